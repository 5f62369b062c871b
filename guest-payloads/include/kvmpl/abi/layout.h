/* SPDX-License-Identifier: Apache-2.0
 * Part of abi.h, which says where values come from. The guest-physical layout. */
#ifndef KVMPL_ABI_LAYOUT_H
#define KVMPL_ABI_LAYOUT_H

/* ---- Guest-physical layout -------------------------------------------------------------------------
 * Virtual equals physical in every level's page tables. Fixed areas, then kernel memory.
 *
 *   00000000  page 0, never mapped: a null pointer faults
 *   00001000  VMPL1: tables, stacks, communication pages, guest kernel, drivers     VMPL1 R W
 *   00400000  VMPL2: the same for the drivers of that level                         VMPL1, VMPL2 R W
 *   00600000  VMPL3: the same for the drivers of that level                         VMPL1, VMPL3 R W
 *   00800000  VMPL0: the same for the validator                                     VMPL0 alone
 *   00b80000  what the validator keeps a page: its own, zero at launch               VMPL0 alone
 *   00d80000  what VMPL0 is told of the permissions database                        VMPL0 alone
 *   00f00000  VMPL0 tables: restricted ranges, ownership map, permissions, ...      VMPL1 to 3 R
 *   01000000  kernel memory, up to the end of memory                                VMPL1 to 3 R, more on grant
 */
#define KVMPL_VMPL1_BASE 0x00001000
#define KVMPL_VMPL1_END 0x00400000
#define KVMPL_VMPL2_BASE 0x00400000
#define KVMPL_VMPL2_END 0x00600000
#define KVMPL_VMPL3_BASE 0x00600000
#define KVMPL_VMPL3_END 0x00800000
#define KVMPL_VMPL0_BASE 0x00800000
#define KVMPL_VMPL0_END 0x00b80000
#define KVMPL_VALIDATOR_GPA 0x00b80000
#define KVMPL_RMP_GPA 0x00d80000
#define KVMPL_TABLES_BASE 0x00f00000
#define KVMPL_KERNEL_MEMORY_BASE 0x01000000

#endif
