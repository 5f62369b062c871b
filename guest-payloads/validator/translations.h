/* SPDX-License-Identifier: Apache-2.0
 * Protected virtual pages: each shall lead where it led at launch, and no other page may lead there writable. Lower
 * levels write their page tables as they like, so the tables are walked anew whenever they ask for something. */
#ifndef TRANSLATIONS_H
#define TRANSLATIONS_H

#include "kvmpl/abi.h"

/* Before any lower level has run: notes where the protected pages lead. */
void translations_note(void);

extern unsigned int translations_noted; /* how many pages are protected */

unsigned long translations_walk(const struct kvmpl_request *request);

/* SVSM_SUCCESS if all of that holds in the tables of the vCPU that asks, else KVMPL_ERR_REMAPPED. */
static inline unsigned long translations_check(const struct kvmpl_request *request) {
  return translations_noted ? translations_walk(request) : SVSM_SUCCESS;
}

#endif
