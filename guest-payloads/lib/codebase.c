/* SPDX-License-Identifier: Apache-2.0 */
#include "kvmpl/codebase.h"

void kvmpl_question_printf(const struct kvmpl_question *question, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  kvmpl_vprint(question->console, question->driver, 0, format, arguments);
  va_end(arguments);
}
