// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* A module whose data others try to store to. */
#include <linux/module.h>

static char buffer[4096] __aligned(4096) = {1};
static int use;
module_param(use, int, 0);

static int set(const char *value, const struct kernel_param *param) {
  buffer[17]++;
  return 0;
}
static const struct kernel_param_ops touch = {.set = set};
module_param_cb(touch, &touch, NULL, 0200);

static int __init victim_init(void) {
  pr_info("victim: buffer %px\n", buffer);
  return 0;
}

static void __exit victim_exit(void) { pr_info("victim: gone, %d\n", buffer[17]); }

module_init(victim_init);
module_exit(victim_exit);
MODULE_DESCRIPTION("Has data");
MODULE_LICENSE("GPL");
