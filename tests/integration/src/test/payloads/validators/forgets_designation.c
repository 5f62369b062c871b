/* SPDX-License-Identifier: Apache-2.0
 * The real validator, which says that it has recorded whose a page is, and has not. */
#define BROKEN_OWNERSHIP
#include "validator/ownership.c"
#define ownership_designate(...) SVSM_SUCCESS
#include "broken_validator.h"
