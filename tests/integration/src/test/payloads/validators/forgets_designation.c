/* SPDX-License-Identifier: Apache-2.0
 * The real validator, which says that it has recorded whose a page is, and has not. */
#define BROKEN_OWNERSHIP
#include "validator/ownership.c"
#define ownership_designate_page(map, page, driver) ((void)(map), (void)(page), (void)(driver))
#include "broken_validator.h"
