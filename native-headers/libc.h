/* SPDX-License-Identifier: Apache-2.0 */
/* What jextract reads of the C library: constants only; all calls go through syscall(2). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
