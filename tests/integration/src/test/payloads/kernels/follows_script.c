/* SPDX-License-Identifier: Apache-2.0
 * Does what the first driver's arguments say, which is not started itself: quintuples of what and four operands, the
 * first of which is overwritten by the result. Drivers are counted from 0. */
#include "../kernel.h"
#include "kvmpl/svsm.h"

enum { CREATE, CREATE_ON_INIT, DESTROY, INIT, HALT, AWAIT, CREATE_WHEN_FREE, CLEAR_VMSA, WRITE, FILL, ADJUST, CALL };

#define UNSET 0x42
#define PATTERN 0x5a

static void fill(volatile unsigned char *page, unsigned char with) {
  for (unsigned int i = 0; i < KVMPL_PAGE_SIZE; i++) page[i] = with;
}

static unsigned long call(struct ghcb *ghcb, const unsigned long *registers) {
  static struct svsm_calling_area *area;
  if (!area) area = vcpu_info()->calling_area;
  struct svsm_call call = {.rax = registers[0], .rcx = registers[1], .rdx = registers[2], .r8 = registers[3]};
  unsigned long result = svsm_call(ghcb, area, &call);
  if (registers[0] == SVSM_CORE_REMAP_CA && result == SVSM_SUCCESS) area = (struct svsm_calling_area *)registers[1];
  return result;
}

static unsigned long follow(struct kvmpl_boot_info *info, unsigned long what, const unsigned long *o) {
  struct kvmpl_driver *driver = o[0] < info->driver_count ? info->drivers[o[0]] : info->drivers[0];
  switch (what) {
    case CREATE: return request(info, driver, GHCB_AP_CREATE);
    case CREATE_ON_INIT: return request(info, driver, GHCB_AP_CREATE_ON_INIT);
    case DESTROY: return request(info, driver, GHCB_AP_DESTROY);
    case INIT: return send_init(info, driver->processor);
    case HALT: wait_for_interrupt(); return 0;
    case AWAIT:
      while (*(volatile unsigned long *)&driver->status == UNSET) __asm__ volatile("pause");
      return 0;
    case CREATE_WHEN_FREE:
      while (request(info, driver, GHCB_AP_CREATE) != 0) __asm__ volatile("pause");
      return 0;
    case CLEAR_VMSA: fill((volatile unsigned char *)driver->vmsa, 0); return 0;
    case WRITE: *(volatile unsigned long *)o[0] = o[1]; return 0;
    case FILL: fill((volatile unsigned char *)o[0], PATTERN); return 0;
    case ADJUST: return rmpadjust(o[0], (unsigned int)o[1], (unsigned int)o[2]);
    default: return call(info->ghcb, o);
  }
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  struct kvmpl_driver *script = info->drivers[0];
  for (unsigned long i = 1; i < info->driver_count; i++) info->drivers[i]->status = UNSET;
  for (unsigned long i = 0; i + 4 < script->argument_count; i += 5)
    script->arguments[i] = follow(info, script->arguments[i], &script->arguments[i + 1]);
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
