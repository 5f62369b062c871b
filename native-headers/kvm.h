/* SPDX-License-Identifier: Apache-2.0 */
/* What jextract reads of KVM. <linux/ioctl.h> first: without it the KVM_* numbers are not constants. */
#include <linux/ioctl.h>
#include <linux/kvm.h>
