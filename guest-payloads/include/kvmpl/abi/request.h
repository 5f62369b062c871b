/* SPDX-License-Identifier: Apache-2.0
 * Part of abi.h, which says where values come from. What the hypervisor asks of VMPL0. */
#ifndef KVMPL_ABI_REQUEST_H
#define KVMPL_ABI_REQUEST_H

/* ---- Validation: hypervisor -> VMPL0 -> hypervisor, in VMPL0's memory ------------------------------ */
#define KVMPL_REQUEST_NONE 0
#define KVMPL_REQUEST_VALIDATE 1   /* may `driver` do `access` at [gpa, gpa + length)? */
#define KVMPL_REQUEST_ASSOCIATE 2  /* from now on a vCPU of `vmpl` belongs to `driver` */
#define KVMPL_REQUEST_CALL 3       /* an SVSM call of `vmpl`: registers below, and out again */
#define KVMPL_REQUEST_DISSOCIATE 4 /* no vCPU of `vmpl` belongs to `driver` any more; `data`: */
#define KVMPL_DISSOCIATE_UNLOAD 1  /* the driver is unloaded: what it owns is nobody's */
#define KVMPL_REQUEST_STORE 5      /* may that be stored? `driver` is the kernel's module, 0 = the kernel itself; RAX:
                                      its instruction's address, RCX: its row in the store policy; answer:
                                      KVMPL_STORE_* in RDX, why it is refused in `result` */

/* A bit of a page-table entry that the CPU ignores: with detection fault VMPL1's tables have the page as not present
 * until the guest kernel is granted it. */
#define KVMPL_PTE_HIDDEN 0x200

/* What an operation is. */
#define KVMPL_ACCESS_WRITE 0
#define KVMPL_ACCESS_READ 1
#define KVMPL_ACCESS_EXECUTE 2
#define KVMPL_ACCESS_PORT_READ 3   /* `gpa` is the port */
#define KVMPL_ACCESS_PORT_WRITE 4
#define KVMPL_ACCESS_MSR_READ 5    /* `gpa` is the MSR */
#define KVMPL_ACCESS_MSR_WRITE 6

struct kvmpl_request {
  unsigned int kind;
  unsigned int driver;    /* as recorded by the hypervisor, 0 = none */
  unsigned int vmpl;      /* the level that asks, and runs on when this is answered */
  unsigned int access;
  unsigned long gpa;      /* or port, or MSR */
  unsigned long length;   /* bytes, 1 to 8, inside one page */
  unsigned long data;     /* what would be stored, little-endian, zero above length; 0 for other accesses */
  unsigned int pending;   /* 1 from the request to its answer */
  unsigned int owner;     /* answer: the driver that the page is assigned to, 0 = none */
  unsigned long result;   /* answer: SVSM_SUCCESS or an error */
  unsigned long rax, rcx, rdx, r8, r9;
  unsigned long cr3;      /* of the vCPU that asks, where virtual ranges are protected, else 0 */
};

#endif
