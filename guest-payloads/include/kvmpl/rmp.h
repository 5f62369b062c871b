/* SPDX-License-Identifier: Apache-2.0
 * The instructions on the permissions database, as they are on SNP: addresses are virtual, a page that is not
 * validated raises #VC. */
#ifndef KVMPL_RMP_H
#define KVMPL_RMP_H

#include "kvmpl/abi.h"

#define RMP_OPCODE_SIZE 4

/* Changes what `level`, a lower one than the caller's, may do with the page of 4 KiB at `address`, and nothing
 * beyond what the caller may: RMP_OK or one of RMP_FAIL_*. */
static inline unsigned int rmpadjust(unsigned long address, unsigned int level, unsigned int permissions) {
  unsigned long result = address;
  __asm__ volatile(".byte 0xf3, 0x0f, 0x01, 0xfe"
                   : "+a"(result)
                   : "c"((unsigned long)RMP_PAGE_SIZE_4K), "d"((unsigned long)(level | permissions << RMP_PERMISSIONS_SHIFT))
                   : "memory", "cc");
  return (unsigned int)result;
}

/* What the database has of a page for one level. */
struct rmp_state {
  unsigned int permissions;
  unsigned int vmsa;
  unsigned int page_size;
};

/* Reads that, for the caller's level or a lower one: RMP_OK or one of RMP_FAIL_*. */
static inline unsigned int rmpquery(unsigned long address, unsigned int level, struct rmp_state *state) {
  unsigned long result = address, size, rdx = level;
  __asm__ volatile(".byte 0xf3, 0x0f, 0x01, 0xfd" : "+a"(result), "=c"(size), "+d"(rdx) : : "memory", "cc");
  state->permissions = (unsigned int)(rdx >> RMP_PERMISSIONS_SHIFT) & 0xff;
  state->vmsa = (rdx & RMP_VMSA) != 0;
  state->page_size = (unsigned int)size;
  return (unsigned int)result;
}

/* At VMPL0: what rmpquery would say of every level, for a page below KVMPL_PAGES_MAX, without an exit: level n's
 * permissions in bits 4n+3..4n, and 0 altogether where it would fail. */
static inline unsigned int rmp_permissions(unsigned long page) {
  return ((const volatile struct kvmpl_rmp *)KVMPL_RMP_GPA)->permissions[page / KVMPL_PAGE_SIZE];
}

/* At VMPL0: validates the page of RMP_PAGE_SIZE_* at `address`, or rescinds that: RMP_OK or one of RMP_FAIL_*. If
 * `changed` is not null, it says whether the page was not in that state before. */
static inline unsigned int pvalidate(unsigned long address, unsigned long size, int valid, int *changed) {
  unsigned long result = address;
  unsigned char carry;
  __asm__ volatile(".byte 0xf2, 0x0f, 0x01, 0xff\n\tsetc %1"
                   : "+a"(result), "=qm"(carry)
                   : "c"(size), "d"((unsigned long)(valid ? RMP_VALIDATE : 0))
                   : "memory", "cc");
  if (changed) *changed = !carry;
  return (unsigned int)result;
}

#endif
