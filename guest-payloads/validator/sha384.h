/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA384_H
#define SHA384_H

#include "kvmpl/abi.h"

/* The SHA-384 of `length` bytes [FIPS 180-4, 6.4 and 6.5]. */
void sha384(const unsigned char *data, unsigned long length, unsigned char digest[KVMPL_MEASUREMENT_BYTES]);

#endif
