/* SPDX-License-Identifier: Apache-2.0
 * Starts its drivers, each as soon as it is accepted: when the one before has given back the level that they share. */
#include "kernel.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  for (unsigned long i = 0; i < info->driver_count; i++)
    while (request(info, info->drivers[i], GHCB_AP_CREATE) != 0) __asm__ volatile("pause");
  for (unsigned long i = 0; i < info->driver_count; i++) wait_for_interrupt();
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
