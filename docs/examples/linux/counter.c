// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* A driver that stays with what is its own. */
#include <linux/module.h>

static unsigned long counts[512];

static int __init counter_init(void) {
  unsigned long i, sum = 0;
  for (i = 0; i < ARRAY_SIZE(counts); i++) counts[i] = i;
  for (i = 0; i < ARRAY_SIZE(counts); i++) sum += counts[i];
  pr_info("counter: counted to %lu\n", sum);
  return 0;
}

static void __exit counter_exit(void) {}

module_init(counter_init);
module_exit(counter_exit);
MODULE_DESCRIPTION("Counts");
MODULE_LICENSE("GPL");
