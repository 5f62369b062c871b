/* SPDX-License-Identifier: Apache-2.0
 * The real validator, which says that it has closed a level's grants, and has not. */
#define BROKEN_GRANTS
#include "validator/grants.c"
#define grants_close_all(...) SVSM_SUCCESS
#include "broken_validator.h"
