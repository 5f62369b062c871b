/* A codebase: decides for a part of kernel memory, is measured before each use, and has no variables. As the standard
 * decision, but no driver gets more than three pages. */
#include "kvmpl/codebase.h"

#define QUOTA KVMPL_ERR_OWN(1) /* scenario.yaml has a name for it */
#define PAGES_MAX 3

unsigned long codebase_main(struct kvmpl_question *question) {
  unsigned long refused = kvmpl_decide(question);
  if (refused != SVSM_SUCCESS || question->owner == question->driver) return refused;
  unsigned int pages = question->ownership->pages[question->driver];
  if (pages < PAGES_MAX) return SVSM_SUCCESS;
  kvmpl_question_printf(question, "%u pages are enough\n", pages);
  return QUOTA;
}
