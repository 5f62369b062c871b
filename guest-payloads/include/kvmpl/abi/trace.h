/* SPDX-License-Identifier: Apache-2.0
 * Part of abi.h, which says where values come from. The trace. */
#ifndef KVMPL_ABI_TRACE_H
#define KVMPL_ABI_TRACE_H

/* ---- Trace: one ring a vCPU, in its level's memory -------------------------------------------------- */
enum kvmpl_step {
  KVMPL_STEP_ASSIGN = 1,
  KVMPL_STEP_REQUEST,
  KVMPL_STEP_ASSOCIATE,
  KVMPL_STEP_ATTEMPT,
  KVMPL_STEP_DETECT,
  KVMPL_STEP_EXIT1,
  KVMPL_STEP_LAUNCH,
  KVMPL_STEP_LOOKUP,
  KVMPL_STEP_OBTAIN,
  KVMPL_STEP_EXECUTE,
  KVMPL_STEP_RESTRICTED,
  KVMPL_STEP_OWNER,
  KVMPL_STEP_ERROR,
  KVMPL_STEP_DESIGNATE,
  KVMPL_STEP_ADJUST,
  KVMPL_STEP_GRANT,
  KVMPL_STEP_IRQ,
  KVMPL_STEP_EXIT2,
  KVMPL_STEP_RELAUNCH,
  KVMPL_STEP_COMPLETE
};

/* In `step`, at VMPL0: about the request that the vCPU has; nothing else is written but tsc. */
#define KVMPL_TRACE_REQUEST 0x100

struct kvmpl_trace_record {
  unsigned long tsc;
  unsigned int step;
  unsigned int driver;
  unsigned long gpa;
  unsigned long length;
  unsigned long data;
  unsigned long rip;      /* the instruction that it is about, 0 = none */
  unsigned int access;
  unsigned int reserved;
  unsigned long to_64_bytes;
};

#define KVMPL_TRACE_CAPACITY 512
struct kvmpl_trace_ring {
  unsigned long enabled;  /* set by the hypervisor before launch */
  unsigned long head;     /* records written since launch; record i is at i % CAPACITY */
  struct kvmpl_trace_record records[KVMPL_TRACE_CAPACITY];
};

#endif
