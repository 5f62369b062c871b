// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* A driver that has data of its own. */
#include <linux/module.h>

static unsigned long data[512] __aligned(4096) = {1};

static int __init disk_driver_init(void) {
  pr_info("disk_driver: data at 0x%px\n", data);
  return 0;
}

static void __exit disk_driver_exit(void) {}

module_init(disk_driver_init);
module_exit(disk_driver_exit);
MODULE_DESCRIPTION("Has data");
MODULE_LICENSE("GPL");
