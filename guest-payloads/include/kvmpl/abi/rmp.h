/* SPDX-License-Identifier: Apache-2.0
 * Part of abi.h, which says where values come from. Instructions on the permissions database. */
#ifndef KVMPL_ABI_RMP_H
#define KVMPL_ABI_RMP_H

/* ---- Permissions database [APM 3, RMPADJUST, RMPQUERY, PVALIDATE] ---------------------------------- */
#define RMP_PAGE_SIZE_4K 0
#define RMP_PAGE_SIZE_2M 1
#define RMP_READ 0x1
#define RMP_WRITE 0x2
#define RMP_EXECUTE_USER 0x4
#define RMP_EXECUTE_SUPERVISOR 0x8
#define RMP_ALL 0xf
#define RMP_PERMISSIONS_SHIFT 8           /* in RDX; the target level is in bits 7:0 */
#define RMP_VMSA 0x10000                  /* in RDX */
#define RMP_VALIDATE 0x1                  /* PVALIDATE, in EDX: 1 validates, 0 rescinds */
#define RMP_OK 0
#define RMP_FAIL_INPUT 1
#define RMP_FAIL_PERMISSION 2
#define RMP_FAIL_SIZEMISMATCH 6
#define KVMPL_RMP_FAIL_NO_ROOM 0x80       /* KVM has no slots left for one more piece of the level's memory */
#define VECTOR_GP 13                      /* PVALIDATE below VMPL0: #GP(0) */
#define VECTOR_VC 29
#define VC_PAGE_NOT_VALIDATED 0x404       /* #VC's error code for a page that is not validated [APM 2, 15.36.10] */
/* Where the CPU raises #UD for such an instruction, the handler forwards it: `in` of 4 bytes from its port with
 * the operands still in RAX, RCX and RDX. What is read says all that the instruction does to registers: */
#define KVMPL_PORT_RMPADJUST 0xa0
#define KVMPL_PORT_RMPQUERY 0xa1
#define KVMPL_PORT_PVALIDATE 0xa2
#define KVMPL_RMP_RESULT_MASK 0xff        /* EAX */
#define KVMPL_RMP_CARRY 0x100             /* CF: PVALIDATE has changed nothing */
#define KVMPL_RMP_LARGE 0x200             /* RCX = 1: RMPQUERY of a 2 MiB entry, else 0 */
#define KVMPL_RMP_RDX_SHIFT 8             /* bits 31:16 are RDX's bits 23:8 after RMPQUERY: permissions, VMSA */
#define KVMPL_RMP_RDX_MASK 0xffff00
/* or that it raises an exception instead: the vector in bits 7:0, the error code in bits 31:16 */
#define KVMPL_RMP_EXCEPTION 0x400
#define KVMPL_RMP_ERROR_SHIFT 16

#endif
