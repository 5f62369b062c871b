/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KVMPL_VECTORS_H
#define KVMPL_VECTORS_H

#define KVMPL_VECTORS 65          /* exceptions, and interrupts up to: */
#define KVMPL_VECTOR_RELAUNCH 64  /* the validator's interrupt to itself: its verdict is there */
#define VECTOR_UD 6
#define VECTOR_GP 13
#define VECTOR_PF 14

#endif
