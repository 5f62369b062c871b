/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KVMPL_VECTORS_H
#define KVMPL_VECTORS_H

#define KVMPL_VECTORS 65  /* exceptions, and interrupts up to KVMPL_VECTOR_RELAUNCH */
#define VECTOR_UD 6
#define VECTOR_PF 14

#endif
