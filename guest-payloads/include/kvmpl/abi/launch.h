/* SPDX-License-Identifier: Apache-2.0
 * Part of abi.h, which says where values come from. What a vCPU starts with. */
#ifndef KVMPL_ABI_LAUNCH_H
#define KVMPL_ABI_LAUNCH_H

#include "console.h"
#include "ghcb.h"
#include "request.h"
#include "svsm.h"
#include "tables.h"
#include "trace.h"

/* ---- Launch: what a vCPU finds in GS:0, and a level's kernel in RDI too --------------------------------- */
#define KVMPL_PANIC_TEXT 256
#define KVMPL_PANIC_CALLED 0x100 /* no exception: kvmpl_panic was called, and `text` says why */
struct kvmpl_panic {
  unsigned long vector;
  unsigned long error;
  unsigned long rip;
  unsigned long cr2;
  unsigned char text[KVMPL_PANIC_TEXT]; /* zero-terminated if it is shorter */
};

#define KVMPL_PROCESSORS_MAX 4
#define KVMPL_ARGUMENTS_MAX 64

/* What a driver finds in RDI when it starts, one a processor that it runs on. The guest kernel fills in the
 * level, the driver its status. */
struct kvmpl_driver {
  unsigned int id;        /* 1, 2, ... in the scenario's order */
  unsigned int level;     /* set by the guest kernel: ASSIGN */
  unsigned int wanted_level;
  unsigned int processor; /* APIC id of the processor that it shall run on */
  unsigned int cpl;       /* KVMPL_CPL_HOSTED, or 0 */
  unsigned int reserved;
  unsigned long entry;
  unsigned long image;    /* first byte of its code and data, which end where the stack starts */
  unsigned long stack;    /* top, 16-byte aligned */
  unsigned long vmsa;     /* a page for the vCPU request */
  struct ghcb *ghcb;
  struct kvmpl_trace_ring *trace;
  struct kvmpl_console *console;
  unsigned long status;   /* what the driver returned */
  unsigned long fixup_rip; /* where to go on, and with which RSP, if the access that is under way is refused by */
  unsigned long fixup_rsp; /* an exception; 0 = none is under way */
  unsigned long on_fault; /* its own function for exceptions, at CPL 0; 0 = none */
  unsigned long instance; /* 0, 1, ... on the driver's processors */
  unsigned long argument_count;
  unsigned long arguments[KVMPL_ARGUMENTS_MAX];
};

struct kvmpl_boot_info {
  struct kvmpl_boot_info *self;   /* so that GS:0 is the address of this */
  struct ghcb *ghcb;
  struct kvmpl_trace_ring *trace;
  struct kvmpl_console *console;
  struct kvmpl_request *request;  /* VMPL0 only */
  struct svsm_calling_area *calling_area; /* where this vCPU announces its SVSM calls at first */
  struct svsm_calling_area *calling_areas[4]; /* VMPL0 only: where this processor's levels do, by level */
  struct kvmpl_codebases *codebases;  /* VMPL0 only; 0 = the validator decides by itself */
  unsigned long processor;        /* APIC id */
  unsigned long memory_size;      /* bytes */
  unsigned long detection;        /* KVMPL_DETECTION_*; VMPL1 only */
  unsigned long driver_count;     /* the guest kernel's: one a processor that a driver runs on; VMPL0's: drivers */
  struct kvmpl_driver *driver;    /* the one that runs on this vCPU, 0 = none; kept by the guest */
  struct kvmpl_panic panic;       /* written before KVMPL_TERMINATE_PANIC */
  struct kvmpl_driver *drivers[KVMPL_DRIVERS_MAX];
  unsigned long policy;           /* KVMPL_POLICY_*; VMPL0 only */
  unsigned long grant;            /* KVMPL_GRANT_*; VMPL0 only */
};

#define KVMPL_DETECTION_TRAP 0
#define KVMPL_DETECTION_REFLECT 1
#define KVMPL_DETECTION_FAULT 2

/* What VMPL0 makes of its refusals. */
#define KVMPL_POLICY_ENFORCE 0
#define KVMPL_POLICY_WATCH 1 /* it says what they would be, and opens the page all the same */

/* What is granted. */
#define KVMPL_GRANT_PAGE 0  /* the page that is stored to */
#define KVMPL_GRANT_AHEAD 1 /* with it those of the KVMPL_GRANT_PAGES around it that are the driver's own */
#define KVMPL_GRANT_PAGES 16 /* the first a multiple of as many */

#endif
