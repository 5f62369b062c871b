/* SPDX-License-Identifier: Apache-2.0
 * Where a driver starts, on the vCPU that was associated with it: a stack, and in RDI its kvmpl_driver. */
    .section .text.start, "ax"
    .globl _start
_start:
    pushq   %rdi
    subq    $8, %rsp            /* the ABI wants RSP 16-byte aligned at a call */
    call    driver_main
    addq    $8, %rsp
    popq    %rdi
    movq    %rax, %rsi
    call    kvmpl_driver_exit   /* does not return */
    ud2
