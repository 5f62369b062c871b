/* SPDX-License-Identifier: Apache-2.0 */
/* What jextract reads of ELF files, as the C library has it. */
#include <elf.h>
