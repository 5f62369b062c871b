/* SPDX-License-Identifier: Apache-2.0
 * Part of abi.h, which says where values come from. The validator's tables. */
#ifndef KVMPL_ABI_TABLES_H
#define KVMPL_ABI_TABLES_H

/* ---- The validator's tables ------------------------------------------------------------------------ */
struct kvmpl_range {
  unsigned long start;    /* first byte, page-aligned */
  unsigned long end;      /* one past the last byte, page-aligned */
};

#define KVMPL_DRIVERS_MAX 64    /* a driver counts once a processor that it runs on */
#define KVMPL_PAGES_MAX 0xc0000  /* of 4 KiB: 3 GiB */

/* Which pages are restricted: a bit each, bit n%8 of byte n/8. Set too where there is no kernel memory. */
struct kvmpl_restricted {
  unsigned char pages[KVMPL_PAGES_MAX / 8];
};

/* Which driver each page is assigned to, 0 for nobody's: a look-up and a change cost the same however many there are. */
struct kvmpl_ownership_map {
  unsigned char driver[KVMPL_PAGES_MAX];
  unsigned int pages[KVMPL_DRIVERS_MAX + 1];  /* how many each driver has, by its number */
};

/* What RMPQUERY would answer, kept by the hypervisor for VMPL0 to read without an exit: the permissions of level n on a
 * page in bits 4n+3..4n, 0 for all of them if the page is not the guest's or not validated. */
struct kvmpl_rmp {
  unsigned short permissions[KVMPL_PAGES_MAX];
};
#define KVMPL_RMP_LEVEL_BITS 4

/* What a driver may do: those operations at those addresses, ports or MSRs. */
struct kvmpl_permission {
  unsigned int driver;
  unsigned int access;
  unsigned long start;
  unsigned long end;      /* one past the last */
};

#define KVMPL_PERMISSIONS_MAX 1024
struct kvmpl_permissions {
  unsigned long drivers;  /* bit n: for driver n + 1 something is stored, even if it is that it may do nothing */
  unsigned long count;
  struct kvmpl_permission entries[KVMPL_PERMISSIONS_MAX];  /* by driver, access, start; disjoint */
};

/* Guest-virtual ranges that shall lead where they lead at launch, and nothing else there. */
#define KVMPL_PROTECTED_MAX 64
#define KVMPL_PROTECTED_PAGES_MAX 256
struct kvmpl_protected {
  unsigned long count;
  unsigned long root;     /* VMPL1's CR3 at launch */
  struct kvmpl_range ranges[KVMPL_PROTECTED_MAX];  /* virtual, disjoint, KVMPL_PROTECTED_PAGES_MAX in all */
};

/* The codebases that decide, in VMPL0's memory. */
#define KVMPL_MEASUREMENT_BYTES 48  /* SHA-384 */
struct kvmpl_codebase {
  unsigned long id;       /* not 0 */
  unsigned long image;    /* first byte, in VMPL0's memory */
  unsigned long size;     /* bytes, all of which are measured */
  unsigned long entry;    /* its codebase_main */
  unsigned char measurement[KVMPL_MEASUREMENT_BYTES];  /* of the image, as it was loaded */
};

struct kvmpl_codebase_range {
  unsigned long start;
  unsigned long end;
  unsigned long codebase; /* the identifier of the one that decides there */
};

#define KVMPL_CODEBASES_MAX 16
#define KVMPL_CODEBASE_RANGES_MAX 1024
struct kvmpl_codebases {
  unsigned long count;
  unsigned long range_count;
  struct kvmpl_codebase entries[KVMPL_CODEBASES_MAX];
  struct kvmpl_codebase_range ranges[KVMPL_CODEBASE_RANGES_MAX];  /* by start, disjoint */
};

#define KVMPL_OWNERSHIP_GPA 0x00f00000
#define KVMPL_RESTRICTED_GPA 0x00fc1000
#define KVMPL_PERMISSIONS_GPA 0x00fd9000
#define KVMPL_PROTECTED_GPA 0x00fe0000

#endif
