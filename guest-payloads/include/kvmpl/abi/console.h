/* SPDX-License-Identifier: Apache-2.0
 * What guests print: one ring a vCPU, in its level's memory, read at its exits. */
#ifndef KVMPL_ABI_CONSOLE_H
#define KVMPL_ABI_CONSOLE_H

#define KVMPL_CONSOLE_TEXT 112
struct kvmpl_console_record {
  unsigned long tsc;
  unsigned int driver;    /* who prints, 0 = none */
  unsigned int length;    /* bytes of text; a line may be in several records, and ends with a newline */
  unsigned char text[KVMPL_CONSOLE_TEXT];
};

#define KVMPL_CONSOLE_CAPACITY 30
struct kvmpl_console {
  unsigned long head;     /* records written since launch; record i is at i % CAPACITY */
  unsigned long flushed;  /* the guest's own: head at its last exit for the console's sake */
  struct kvmpl_console_record records[KVMPL_CONSOLE_CAPACITY];
};

#endif
