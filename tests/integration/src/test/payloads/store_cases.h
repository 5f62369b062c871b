/* SPDX-License-Identifier: Apache-2.0
 * Instructions that a driver executes one after the other, and what it found after each: both in kernel memory. */
#ifndef STORE_CASES_H
#define STORE_CASES_H

struct store_case {
  unsigned char code[64]; /* the instruction, then a jump to where the first page of results says */
  unsigned long registers[16];
  unsigned long rflags;
  unsigned long open[2]; /* pages to be granted before, 0 for none */
  unsigned long reserved[5];
};

struct store_result {
  unsigned long executed;
  unsigned long error; /* of the instruction's operation */
  unsigned long registers[16];
  unsigned long rflags;
  unsigned long reserved[13];
};

#endif
