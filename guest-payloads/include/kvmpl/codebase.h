/* SPDX-License-Identifier: Apache-2.0
 * What a codebase is written with: code at VMPL0 that decides for some of kernel memory. A codebase is one C file
 * with a codebase_main. It is measured when it is loaded and again before each use, so it has code and constants
 * and nothing that can be written; the linker script sees to that.
 */
#ifndef KVMPL_CODEBASE_H
#define KVMPL_CODEBASE_H

#include "kvmpl/print.h"
#include "kvmpl/trace.h"

/* May `driver` do `access` in that page? Only what is marked as an answer is the codebase's to write. */
struct kvmpl_question {
  unsigned int driver;        /* 0 = none is associated with the vCPU */
  unsigned int access;        /* KVMPL_ACCESS_* */
  unsigned long gpa;
  unsigned long length;
  unsigned long data;         /* what would be stored */
  unsigned long page;         /* where gpa's page starts: pages are judged, because pages are opened */
  unsigned long memory_size;
  const struct kvmpl_restricted *restricted;
  const struct kvmpl_ownership_map *ownership;
  struct kvmpl_trace_ring *trace;
  struct kvmpl_console *console;
  unsigned int level;         /* of the vCPU that attempts it, 1 to 3 */
  unsigned int owner;         /* answer: the driver that the page is assigned to, 0 = none or not looked for */
};

/* The codebase's own code: SVSM_SUCCESS, or the error that the driver gets. The validator records the page as the
 * driver's and opens it; it refuses by itself what another driver owns. */
unsigned long codebase_main(struct kvmpl_question *question);

/* A refusal of one's own, 0 to 4095: the driver gets it as it is, and scenarios can name it. */
#define KVMPL_ERR_OWN(number) (KVMPL_ERR_OWN_FIRST + ((number) & (KVMPL_ERR_OWN_LAST - KVMPL_ERR_OWN_FIRST)))

/* kvmpl_printf for codebases, which have no variables to know their console by. What does not fit into the ring before
 * the answer is lost, and counted. */
void kvmpl_question_printf(const struct kvmpl_question *question, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The standard decision, with its steps: not restricted, not another driver's, and there is a driver. */
unsigned long kvmpl_decide(struct kvmpl_question *question);

static inline void kvmpl_decision_step(const struct kvmpl_question *question, enum kvmpl_step step,
                                       unsigned long data) {
  trace_access(question->trace, step, question->driver, question->access, question->gpa, question->length, data, 0);
}

#endif
