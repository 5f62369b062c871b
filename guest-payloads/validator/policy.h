/* SPDX-License-Identifier: Apache-2.0
 * Who decides: the codebase that is registered for the page, or, in a machine without codebases, the validator
 * itself. */
#ifndef POLICY_H
#define POLICY_H

#include "kvmpl/codebase.h"

/* SVSM_SUCCESS, or the error; leaves the page's owner in the question. */
unsigned long policy_decide(const struct kvmpl_codebases *codebases, struct kvmpl_question *question);

/* The same for what a request asks: SVSM_SUCCESS, or the error; leaves the page's owner in the request. Whole pages are
 * judged, because whole pages are opened. */
unsigned long policy_judge(struct kvmpl_request *request);

#endif
