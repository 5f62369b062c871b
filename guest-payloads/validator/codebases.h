/* SPDX-License-Identifier: Apache-2.0
 * The registry of codebases: which decides where, and whether it still is what was loaded. */
#ifndef CODEBASES_H
#define CODEBASES_H

#include "kvmpl/codebase.h"

/* The identifier of the codebase that decides for the page, 0 if there is none. */
unsigned long codebases_lookup(const struct kvmpl_codebases *codebases, unsigned long page);

/* The codebase of that identifier, null if there is none. */
const struct kvmpl_codebase *codebases_find(const struct kvmpl_codebases *codebases, unsigned long id);

/* Measures its image: whether every byte is as it was loaded. */
int codebase_is_intact(const struct kvmpl_codebase *codebase);

#endif
