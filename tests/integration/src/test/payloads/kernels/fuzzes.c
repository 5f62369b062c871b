/* SPDX-License-Identifier: Apache-2.0
 * A guest kernel that makes random requests, those for its drivers' vCPUs among them. The first driver's arguments: seed,
 * number, whether they may be its end. In the end it takes back what drivers still have, starts the last one, as it should
 * be, and says that all is done. */
#include "fuzz.h"

int level_interrupt(struct interrupt_frame *frame) { return fuzz_interrupt(frame); }

/* A request for one of the drivers but the last, with nothing wrong or one thing. */
static void fuzz_vcpu(const struct kvmpl_boot_info *info) {
  const struct kvmpl_driver *driver = info->drivers[fuzz_below(info->driver_count - 1)];
  struct vmsa *vmsa = (struct vmsa *)driver->vmsa;
  unsigned long type = fuzz_below(3), level = driver->wanted_level, processor = driver->processor, page = driver->vmsa;
  *vmsa = (struct vmsa){.vmpl = (unsigned char)level, .rip = driver->entry, .rsp = driver->stack, .rdi = (unsigned long)driver};
  ((struct kvmpl_driver *)driver)->level = driver->wanted_level;
  switch (fuzz_below(12)) {
    case 0: vmsa->vmpl = (unsigned char)fuzz_level(); break;
    case 1: vmsa->rip += fuzz_below(3) - 1; break;
    case 2: level = fuzz_level(); break;
    case 3: processor = fuzz.deadly ? fuzz_below(5) : 1 + fuzz_below(4); break; /* on the first, a driver of another's stays */
    case 4: page = fuzz_address(); break;
    case 5: type = fuzz_random() & 0xffff; break;
    case 6: ghcb_event(fuzz.ghcb, GHCB_NAE_HV_IPI, processor << APIC_ICR_DESTINATION_SHIFT | APIC_ICR_DELIVERY_INIT, 0); break;
    default: break;
  }
  ghcb_event(fuzz.ghcb, GHCB_NAE_SNP_AP_CREATION, processor << GHCB_AP_APIC_SHIFT | level << GHCB_AP_VMPL_SHIFT | type, page);
}

static void prepare(struct kvmpl_driver *driver) {
  driver->level = driver->wanted_level;
  *(struct vmsa *)driver->vmsa = (struct vmsa){
      .vmpl = (unsigned char)driver->wanted_level, .rip = driver->entry, .rsp = driver->stack, .rdi = (unsigned long)driver};
}

static unsigned long vcpu_event(unsigned long type, const struct kvmpl_driver *driver) {
  unsigned long which = (unsigned long)driver->processor << GHCB_AP_APIC_SHIFT | (unsigned long)driver->wanted_level << GHCB_AP_VMPL_SHIFT;
  return ghcb_event(fuzz.ghcb, GHCB_NAE_SNP_AP_CREATION, which | type, driver->vmsa);
}

/* Takes the vCPU of another processor from whichever driver still has it: one that was started there, and is of another,
 * cannot give it back. A start that awaits an INIT, which never comes, is accepted for a vCPU that is free. */
static void take_back(const struct kvmpl_driver *driver) {
  do vcpu_event(GHCB_AP_DESTROY, driver);
  while (vcpu_event(GHCB_AP_CREATE_ON_INIT, driver));
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  static struct kvmpl_driver self; /* it makes accesses as a driver does, and is none */
  const unsigned long *arguments = info->drivers[0]->arguments, count = arguments[1];
  interrupts_install();
  self.ghcb = fuzz.ghcb = info->ghcb; /* where drivers on this vCPU have their results too */
  self.trace = fuzz.trace = info->trace;
  fuzz.level = 1;
  fuzz.deadly = arguments[2] != 0;
  fuzz.keeps_ghcb = 1;
  fuzz.area = info->calling_area;
  fuzz_begin();
  fuzz.random = arguments[0] * 2 + 1;
  for (unsigned long i = 0; i < count; i += 5) {
    info->driver = &self;
    unsigned long next = fuzz_random();
    fuzz_requests(&self, next, 4);
    fuzz_vcpu(info);
  }
  info->driver = &self;
  for (unsigned int i = 0; !fuzz.deadly && i < info->driver_count; i++) {
    if (info->drivers[i]->processor == 0) continue; /* the kernel waits there until it is given back */
    prepare(info->drivers[i]);
    take_back(info->drivers[i]);
  }
  struct kvmpl_driver *last = info->drivers[info->driver_count - 1];
  prepare(last);
  if (vcpu_event(GHCB_AP_CREATE, last))
    last->status = 1UL << 32 | info->ghcb->sw_exitinfo2;
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
