/* SPDX-License-Identifier: Apache-2.0
 * Part of abi.h, which says where values come from. Stores of a kernel whose drivers are its own code. */
#ifndef KVMPL_ABI_STORES_H
#define KVMPL_ABI_STORES_H

/* What a KVMPL_REQUEST_STORE is answered, in RDX. */
#define KVMPL_STORE_ONCE 0         /* it is stored, and the page stays closed */
#define KVMPL_STORE_OPEN 1         /* the page is opened: nothing in it is judged any more */
#define KVMPL_STORE_DROP 2         /* refused: as if it had been stored */
#define KVMPL_STORE_GP 3           /* refused: general protection exception */
#define KVMPL_STORE_PF 4           /* refused: page fault */

/* What of memory is closed, and what is answered whom. */
#define KVMPL_STORE_ROWS 32        /* who stores */
#define KVMPL_STORE_KINDS 32       /* where */
#define KVMPL_STORE_AREAS_MAX 4096
struct kvmpl_store_area {
  unsigned long start;             /* page-aligned */
  unsigned long end;
  unsigned int kind;
  unsigned int owner;              /* the module whose memory it is, 0 = the kernel's */
};

struct kvmpl_store_policy {
  unsigned long generation;        /* odd while it is being changed */
  unsigned long count;
  unsigned char answers[KVMPL_STORE_KINDS][KVMPL_STORE_ROWS];
  struct kvmpl_store_area areas[KVMPL_STORE_AREAS_MAX];  /* by start, disjoint */
};

#define KVMPL_STORE_POLICY_GPA 0x00fe1000

#endif
