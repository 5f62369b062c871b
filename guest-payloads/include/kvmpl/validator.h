/* SPDX-License-Identifier: Apache-2.0
 * What a validator of one's own is written with: kvmpl's, whose decision is another. A validator is one C file with a
 * validator_main. It runs at VMPL0 on every processor that a driver runs on, one question at a time. Around it is all
 * that VMPL0 has to do: it takes requests and answers them, keeps the ownership map, opens by RMPADJUST what is allowed
 * and closes it when its driver is done, serves SVSM calls.
 *
 * Who writes all of that anew builds with `make validator-alone`, has a level_main instead, and finds requests in
 * kvmpl/abi/request.h, RMPADJUST in kvmpl/rmp.h, the doorbell in kvmpl/ghcb.h: docs/protocol.md. */
#ifndef KVMPL_VALIDATOR_H
#define KVMPL_VALIDATOR_H

#include "kvmpl/codebase.h"
#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"
#include "kvmpl/print.h"
#include "kvmpl/rmp.h"

/* The validator's own code: SVSM_SUCCESS, or the error that the driver gets. If it is success, the page is recorded as
 * the driver's and opened to its level for that access; what another driver owns, and what the driver's stored
 * permissions do not have, is refused after that all the same. It may have variables. */
unsigned long validator_main(struct kvmpl_question *question);

/* What kvmpl's own validator decides: by the standard decision, or by codebases where the machine has some. */
unsigned long kvmpl_validator_decide(struct kvmpl_question *question);

#endif
