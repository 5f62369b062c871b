/* SPDX-License-Identifier: Apache-2.0
 * The real validator, all of it, in one piece, so that a test can break one thing. A function is broken by a macro
 * of its name, defined before this and after the file that has the function, which leaves its include guard. */
#ifndef BROKEN_RESTRICTED
#include "validator/restricted.c"
#endif
#ifndef BROKEN_OWNERSHIP
#include "validator/ownership.c"
#endif
#ifndef BROKEN_GRANTS
#include "validator/grants.c"
#endif
#include "validator/grant_table.c"
#include "validator/ahead.c"
#include "validator/codebases.c"
#include "validator/decision.c"
#include "validator/judge.c"
#include "validator/permissions.c"
#include "validator/policy.c"
#include "validator/pvalidate.c"
#include "validator/reach.c"
#include "validator/sha384.c"
#ifndef BROKEN_STORES
#include "validator/stores.c"
#endif
#include "validator/svsm.c"
#include "validator/translations.c"
#include "validator/validator.c"
#include "validator/vcpus.c"
