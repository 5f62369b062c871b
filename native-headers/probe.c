/* SPDX-License-Identifier: Apache-2.0
 * Prints what the C compiler makes of everything that the Java side uses, one "kind name value" a line.
 * What that is, the test writes into the generated probe.inc, from the bindings' own classes: a struct, field
 * or constant that is generated and not printed here cannot be.
 *
 *   gcc -I DIRECTORY_OF_PROBE_INC -o probe native-headers/probe.c && ./probe
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>

#include <linux/version.h>

#include "elf64.h"
#include "kvm.h"
#include "libc.h"
#include "../guest-payloads/include/kvmpl/abi.h"

#define CONSTANT(name) printf("constant %s %lld\n", #name, (long long)(name));
/* `member` is a path into the struct; an empty one is the struct itself. */
#define SIZE(tag) printf("size %s %zu\n", #tag, sizeof(struct tag));
#define MEMBER_SIZE(tag, member) printf("size %s.%s %zu\n", #tag, #member, sizeof(((struct tag *)0)->member));
#define OFFSET(tag, member) printf("offset %s.%s %zu\n", #tag, #member, offsetof(struct tag, member));
/* The same of what the headers have as a typedef alone. */
#define TYPE_SIZE(type) printf("size %s %zu\n", #type, sizeof(type));
#define TYPE_MEMBER_SIZE(type, member) printf("size %s.%s %zu\n", #type, #member, sizeof(((type *)0)->member));
#define TYPE_OFFSET(type, member) printf("offset %s.%s %zu\n", #type, #member, offsetof(type, member));

int main(void) {
  CONSTANT(LINUX_VERSION_CODE)
#include "probe.inc"
  return 0;
}
