/* SPDX-License-Identifier: Apache-2.0
 * Refuses to have the vCPU belong to any driver. */
#include "validator.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  ready(info);
  for (;;) answer(info->request, SVSM_ERR_BUSY);
}
