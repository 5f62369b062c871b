/* SPDX-License-Identifier: Apache-2.0
 * Part of abi.h, for C and the assembler. */
#ifndef KVMPL_ABI_VERSION_H
#define KVMPL_ABI_VERSION_H

/* Every payload says in an ELF note for which version of abi.h it was built: name "kvmpl", one word. It changes when
 * what a payload was built with before would not be understood any more. */
#define KVMPL_ABI_VERSION 1
#define KVMPL_NOTE_ABI 1

#endif
