/* SPDX-License-Identifier: Apache-2.0
 * Where a driver starts, on the vCPU that was associated with it: a stack, and in RDI its kvmpl_driver. */
    .file   "driver_start.S"
    .section .text.start, "ax"
    .globl _start
_start:
    call    kvmpl_driver        /* does not return */
    ud2
