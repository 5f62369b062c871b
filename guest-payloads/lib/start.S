/* SPDX-License-Identifier: Apache-2.0
 * Where a level's kernel starts: long mode, paging on, interrupts off, a stack, and in RDI the boot info. */
    .file   "start.S"
    .section .text.start, "ax"
    .globl _start
_start:
    call    level_main
1:  hlt                         /* level_main does not return */
    jmp     1b
