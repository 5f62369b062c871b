/* SPDX-License-Identifier: Apache-2.0
 * Part of abi.h, which says where values come from. What levels ask of VMPL0, and hosted drivers of the guest kernel. */
#ifndef KVMPL_ABI_SVSM_H
#define KVMPL_ABI_SVSM_H

/* ---- SVSM calls [SVSM 5 and 6] -----------------------------------------------------------------------
 * RAX = protocol << 32 | call. The doorbell here is a write of the GHCB MSR, which takes RAX, RCX and RDX: so the
 * registers of a call are those of the GHCB page, with the event SNP_RUN_VMPL. */
struct svsm_calling_area {
  unsigned char call_pending;
  unsigned char memory_available;
  unsigned char reserved[6];
};

/* What PVALIDATE's RCX points to: entries in the same page, of which `next` is the first to be done. */
struct svsm_pvalidate_list {
  unsigned short count;
  unsigned short next;
  unsigned int reserved;
  unsigned long entries[];  /* page's address | SVSM_PVALIDATE_... */
};
#define SVSM_PVALIDATE_SIZE_MASK 0x3      /* 0 = 4 KiB, 1 = 2 MiB */
#define SVSM_PVALIDATE_VALIDATE 0x4       /* else rescind */
#define SVSM_PVALIDATE_IGNORE_CF 0x8      /* a page that is in that state already is no error */
#define SVSM_ERR_PVALIDATE_UNCHANGED 0x80001010 /* others: SVSM_ERR_PROTOCOL_BASE + the instruction's code */

#define SVSM_PROTOCOL_SHIFT 32
#define SVSM_PROTOCOL_CORE 0
#define SVSM_CORE_VERSION 1
#define SVSM_CORE_REMAP_CA 0
#define SVSM_CORE_PVALIDATE 1
#define SVSM_CORE_CREATE_VCPU 2
#define SVSM_CORE_DELETE_VCPU 3
#define SVSM_CORE_QUERY_PROTOCOL 6
/* kvmpl's own protocol. */
#define KVMPL_PROTOCOL 0x6b766d
#define KVMPL_PROTOCOL_VERSION 1
#define KVMPL_CALL_VALIDATE 0   /* may I do access (RDX) at address (RCX), length (R8)? answer: owner in RCX */
#define KVMPL_CALL_TRANSFER 1   /* [RCX, RCX + RDX), all of it mine, is driver R8's from now on, and closed to me */

/* ---- What a hosted driver, at CPL 3, asks the guest kernel for: number in RAX, argument in RDI, answer in RAX */
#define KVMPL_CPL_HOSTED 3
#define KVMPL_SYSTEM_CALL_EXIT 0       /* the driver is done; its status */
#define KVMPL_SYSTEM_CALL_RESULT 1     /* why the operation before was refused; forgets it */
#define KVMPL_SYSTEM_CALL_HANDLER 2    /* where to go on at an interrupt, with its vector in RDI; 0 = let it wait */
#define KVMPL_SYSTEM_CALL_INTERRUPT 3  /* an interrupt, please */
#define KVMPL_SYSTEM_CALL_RETURN 4     /* the handler is done: go on where the interrupt came */

#endif
