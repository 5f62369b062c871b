/* SPDX-License-Identifier: Apache-2.0
 * Payloads: static-pie ELF files, the C side of dev.kvmpl.spec.PayloadImage. */
#ifndef PAYLOAD_H
#define PAYLOAD_H

struct payload {
  char *file;
  unsigned long footprint; /* bytes in memory, in whole pages */
};

/* Reads a file that this project has built: it is not checked. */
struct payload payload_read(const char *path);

/* Copies it to `gpa` of `memory` and relocates it; returns its entry point. */
unsigned long payload_load(const struct payload *payload, char *memory, unsigned long gpa);

#endif
