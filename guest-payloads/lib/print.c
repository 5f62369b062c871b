/* SPDX-License-Identifier: Apache-2.0
 * Writes to a console's ring. */
#include "kvmpl/cpu.h"
#include "kvmpl/print.h"

#define LINE_MAX 512

static void put_record(struct kvmpl_console *console, unsigned int driver, void (*flush)(void), const char *text,
                       unsigned int length) {
  if (flush && console->head - console->flushed >= KVMPL_CONSOLE_CAPACITY) {
    console->flushed = console->head;
    flush();
  }
  struct kvmpl_console_record *record = &console->records[console->head % KVMPL_CONSOLE_CAPACITY];
  record->tsc = rdtsc();
  record->driver = driver;
  record->length = length;
  for (unsigned int i = 0; i < length; i++) record->text[i] = (unsigned char)text[i];
  __asm__ volatile("" : : : "memory"); /* the head last: it says that the record is there */
  console->head++;
}

void kvmpl_vprint(struct kvmpl_console *console, unsigned int driver, void (*flush)(void), const char *format,
                  va_list arguments) {
  char text[LINE_MAX];
  unsigned int length = kvmpl_vformat(text, sizeof text, format, arguments);
  for (unsigned int at = 0; at < length; at += KVMPL_CONSOLE_TEXT) {
    unsigned int rest = length - at;
    put_record(console, driver, flush, text + at, rest < KVMPL_CONSOLE_TEXT ? rest : KVMPL_CONSOLE_TEXT);
  }
}
