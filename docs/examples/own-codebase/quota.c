/* SPDX-License-Identifier: Apache-2.0
 * A codebase with a quota: as the standard decision, but no driver gets more than two pages. */
#include "kvmpl/codebase.h"

#define PAGES_MAX 2
#define QUOTA KVMPL_ERR_OWN(1) /* the scenario has a name for it */

unsigned long codebase_main(struct kvmpl_question *question) {
  unsigned long refused = kvmpl_decide(question);
  if (refused != SVSM_SUCCESS || question->owner == question->driver) return refused;
  return question->ownership->pages[question->driver] < PAGES_MAX ? SVSM_SUCCESS : QUOTA;
}
