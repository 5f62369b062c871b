/* SPDX-License-Identifier: Apache-2.0
 * The real validator, which records the interrupt and makes the exit of its handler, without requesting one. */
#define answer_by_interrupt(info) ((void)(info))
#include "broken_validator.h"
