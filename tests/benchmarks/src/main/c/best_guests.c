/* SPDX-License-Identifier: Apache-2.0 */
#include "best_guests.h"

/* Numbers as in best_guests.h. The code is at the start of its page, the reset vector jumps there. */
__asm__(
    ".pushsection .rodata\n"
    ".code16\n"
    ".globl best_driver, best_driver_end, best_validator, best_validator_end\n"
    "best_driver:\n"
    "   movw $0x1000, %ax\n"
    "1: movw %ax, %ds\n"
    "   movb %al, 0x100\n" /* the exit */
    "   movw %ds, %ax\n"
    "   addw $0x100, %ax\n"
    "   cmpw $0x9000, %ax\n"
    "   jb 1b\n"
    "   jmp best_driver\n"
    "best_driver_end:\n"
    /* A restricted range, the page's owner, the page designated: what a validator is there for. */
    "best_validator:\n"
    "   movl 0x8000, %eax\n"
    "   cmpl $0xa0000, %eax\n"
    "   jae 3f\n"
    "   shrl $12, %eax\n"
    "   movw %ax, %bx\n"
    "   movb 0x8008, %cl\n"
    "   movb 0x9000(%bx), %dl\n"
    "   testb %dl, %dl\n"
    "   jz 2f\n"
    "   cmpb %cl, %dl\n"
    "   jne 3f\n"
    "2: movb %cl, 0x9000(%bx)\n"
    "   movb $1, 0x8010\n"
    "   outb %al, $0x42\n" /* the answer */
    "   jmp best_validator\n"
    "3: movb $0, 0x8010\n"
    "   outb %al, $0x42\n"
    "   jmp best_validator\n"
    "best_validator_end:\n"
    ".code64\n"
    ".popsection\n");
