/* SPDX-License-Identifier: Apache-2.0
 * Exception and interrupt entry: one stub a vector, 16 bytes apart, then one common path to C. */
    .file   "vectors.S"
#include "kvmpl/vectors.h"

    .text
    .globl vector_stubs
    .balign 16
vector_stubs:
    .set    vector, 0
    .rept   KVMPL_VECTORS
    .balign 16
    /* Vectors with an error code: 8, 10-14, 17, 21, 29, 30 [APM 2, 8.2]. Others get a zero in its place. */
    .if !((vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30))
    pushq   $0
    .endif
    pushq   $vector
    jmp     vector_common
    .set    vector, vector + 1
    .endr

vector_common:                  /* pushes in the reverse order of struct interrupt_frame */
    pushq   %rax
    pushq   %rcx
    pushq   %rdx
    pushq   %rbx
    pushq   %rbp
    pushq   %rsi
    pushq   %rdi
    pushq   %r8
    pushq   %r9
    pushq   %r10
    pushq   %r11
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    movq    %rsp, %rdi
    cld
    call    interrupt
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %r11
    popq    %r10
    popq    %r9
    popq    %r8
    popq    %rdi
    popq    %rsi
    popq    %rbp
    popq    %rbx
    popq    %rdx
    popq    %rcx
    popq    %rax
    addq    $16, %rsp           /* vector and error code */
    iretq
