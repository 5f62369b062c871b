/* SPDX-License-Identifier: Apache-2.0
 * The real validator, with room for few grants. */
#define GRANTS_MAX 4
#include "broken_validator.h"
