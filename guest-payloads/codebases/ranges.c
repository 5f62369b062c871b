/* SPDX-License-Identifier: Apache-2.0
 * A codebase with the standard decision: what is neither restricted nor another driver's may be had. */
#include "kvmpl/codebase.h"

unsigned long codebase_main(struct kvmpl_question *question) { return kvmpl_decide(question); }
