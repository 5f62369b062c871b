/* SPDX-License-Identifier: Apache-2.0
 * What the tests' validators have in common: they accept every driver, answer without an interrupt, and close what
 * they have opened when a driver is done. */
#ifndef VALIDATOR_H
#define VALIDATOR_H

#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"

#define DRIVER_VMPL 1

int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0;
}

static inline void ready(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  ghcb_run_vmpl(DRIVER_VMPL); /* comes back with the first request */
}

static inline void answer(struct kvmpl_request *request, unsigned long result) {
  request->result = result;
  request->pending = 0;
  ghcb_run_vmpl(DRIVER_VMPL); /* comes back with the next request */
}

static inline unsigned long page_of(const struct kvmpl_request *request) {
  return request->gpa & -(unsigned long)KVMPL_PAGE_SIZE;
}

static unsigned long open_pages[16];
static unsigned int open_count;

static inline unsigned int open_page(unsigned long page) {
  if (open_count < sizeof open_pages / sizeof *open_pages) open_pages[open_count++] = page;
  return rmpadjust(page, DRIVER_VMPL, RMP_READ | RMP_WRITE | RMP_EXECUTE_USER | RMP_EXECUTE_SUPERVISOR);
}

static inline void close_pages(void) {
  while (open_count > 0)
    rmpadjust(open_pages[--open_count], DRIVER_VMPL, RMP_READ | RMP_EXECUTE_USER | RMP_EXECUTE_SUPERVISOR);
}

/* The request to judge a store, after every driver that is associated until then was accepted. */
static inline struct kvmpl_request *next_store(struct kvmpl_boot_info *info) {
  while (info->request->kind != KVMPL_REQUEST_VALIDATE) {
    if (info->request->kind == KVMPL_REQUEST_DISSOCIATE) close_pages();
    answer(info->request, SVSM_SUCCESS);
  }
  return info->request;
}

#endif
