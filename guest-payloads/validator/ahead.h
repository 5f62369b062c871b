/* SPDX-License-Identifier: Apache-2.0
 * Grants ahead: with a page that a driver stores to, its neighbours are opened that it is going to ask for next. */
#ifndef AHEAD_H
#define AHEAD_H

#include "kvmpl/abi.h"

/* After a verdict: if a store was allowed, judges those of the pages around it that the driver owns and its level may read,
 * and opens what it may write. What is nobody's is left to whoever comes first; where a codebase or a validator of a user's own
 * decides, each page waits for its own verdict. To be called under the lock of the tables. */
void ahead_open(const struct kvmpl_request *asked);

#endif
