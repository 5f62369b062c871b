/* SPDX-License-Identifier: Apache-2.0
 * A machine of two levels on one memory with one driver: the C side of dev.kvmpl.machine.Machine. */
#ifndef MACHINE_H
#define MACHINE_H

#include "baton.h"
#include "kvm.h"
#include "kvmpl/abi.h"
#include "payload.h"

/* Offsets inside a level's area, as dev.kvmpl.protocol.LevelLayout has them. */
#define PAGE_TABLES 0x8000
#define DRIVERS 0x30000
#define VMSAS 0x40000
#define GDT 0x80000
#define TSS 0x80800
#define BOOT_INFO 0x81000
#define GHCB 0x82000
#define REQUEST 0x83000
#define TRACE 0x85000
#define STACK_TOP 0xa0000
#define IMAGES 0x100000
#define DRIVER_STACK 0x4000

enum { FIRST, SECOND }; /* the vCPU of VMPL1, the vCPU of VMPL0 */

struct level {
  int vm;
  struct vcpu vcpu;
  unsigned long msr_answer;
  unsigned int pending_vector;
};

/* The slots of VMPL1's kernel memory. Pages are granted in a row, and taken back from its end: where it began, and ended when
 * it was longest; the number of the read-only slot above it, and the first number that has not been used. */
struct slots {
  unsigned long granted_start, granted_end;
  unsigned int above, next;
};

struct store {
  unsigned long gpa, data;
  unsigned int length;
  int in_progress;
};

enum hand_over { THREADS, THREAD };

struct machine {
  int kvm;
  char *memory;
  unsigned long size;
  struct level levels[2];
  struct slots slots;
  struct baton baton;
  struct kvmpl_request *request;
  struct kvmpl_rmp *rmp;
  struct kvmpl_driver *driver;
  struct store store;
  struct kvm_regs kernel_regs; /* while the driver has the first vCPU */
  struct kvm_sregs kernel_sregs;
  struct kvm_debugregs kernel_debugregs;
  enum { NOBODY, ASSOCIATING, ASSOCIATED, LEAVING } driver_state;
  long back;     /* when the driver was last let go on after a store, 0: not yet */
  long *trips;   /* the time from one to the next, of each but the first */
  unsigned long trip_count;
};

struct payloads {
  struct payload kernel, validator, driver;
};

/* Builds a machine whose driver stores to `pages` pages from `gpa` on. */
void machine_create(struct machine *machine, int kvm, const struct payloads *payloads, unsigned long gpa,
                    unsigned long pages);

/* Runs it to its end. */
void machine_run(struct machine *machine, enum hand_over how);

void machine_destroy(struct machine *machine);

/* slots.c: what VMPL1 and VMPL0 may do at the start; one page more for VMPL1, and the last one taken back. */
void slots_create(struct machine *machine, int level);
void slots_grant(struct machine *machine, unsigned long page);
void slots_revoke(struct machine *machine, unsigned long page);

/* boot.c: 64-bit mode, with tables in the level's area at `base`. */
void boot(struct machine *machine, int level, unsigned long base, unsigned long entry);

/* hypervisor.c: what to do after an exit. */
enum next { RESUME, SWITCH, STOP };
enum next handle(struct machine *machine, int level);

#endif
