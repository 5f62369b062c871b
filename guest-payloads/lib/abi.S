/* SPDX-License-Identifier: Apache-2.0
 * For which version of abi.h a payload was built: an ELF note, which is looked at when it is loaded. */
    .file   "abi.S"
#include "kvmpl/abi/version.h"
    .section .note.kvmpl, "a", @note
    .balign 4
    .long   6                   /* bytes of the name, with its zero */
    .long   4                   /* bytes of what follows it */
    .long   KVMPL_NOTE_ABI
    .asciz  "kvmpl"
    .balign 4
    .long   KVMPL_ABI_VERSION
    .section .note.GNU-stack, "", @progbits
