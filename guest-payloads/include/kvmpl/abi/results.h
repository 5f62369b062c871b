/* SPDX-License-Identifier: Apache-2.0
 * Part of abi.h, which says where values come from. Results of a request, a call, an operation. */
#ifndef KVMPL_ABI_RESULTS_H
#define KVMPL_ABI_RESULTS_H

/* ---- Results [SVSM table 3]; protocol-specific ones from 0x80001000 -------------------------------- */
#define SVSM_SUCCESS 0x00000000
#define SVSM_ERR_INCOMPLETE 0x80000000
#define SVSM_ERR_UNSUPPORTED_PROTOCOL 0x80000001
#define SVSM_ERR_UNSUPPORTED_CALL 0x80000002
#define SVSM_ERR_INVALID_ADDRESS 0x80000003
#define SVSM_ERR_INVALID_FORMAT 0x80000004
#define SVSM_ERR_INVALID_PARAMETER 0x80000005
#define SVSM_ERR_INVALID_REQUEST 0x80000006
#define SVSM_ERR_BUSY 0x80000007
#define SVSM_ERR_PROTOCOL_BASE 0x80001000
#define KVMPL_ERR_RESTRICTED 0x80001000      /* inside a restricted range */
#define KVMPL_ERR_OWNED_BY_OTHER 0x80001001  /* assigned to another driver */
#define KVMPL_ERR_NO_DRIVER 0x80001002       /* no driver is associated with the vCPU */
#define KVMPL_ERR_MAP_FULL 0x80001003        /* no room: ownership map, list of grants, KVM's slots */
#define KVMPL_ERR_NOT_GRANTED 0x80001004     /* the permissions database refused the change */
#define KVMPL_ERR_NO_CODEBASE 0x80001005     /* no codebase decides for the address */
#define KVMPL_ERR_UNKNOWN_CODEBASE 0x80001006  /* the codebase that decides for it is not registered */
#define KVMPL_ERR_MEASUREMENT 0x80001007     /* that codebase is not what was loaded */
#define KVMPL_ERR_EXCEPTION 0x80001100       /* + vector: status of a hosted driver that an exception has ended */
#define KVMPL_ERR_PANIC 0x80001200           /* status of a hosted driver that has called kvmpl_panic */
#define KVMPL_ERR_OWN_FIRST 0x80002000       /* up to KVMPL_ERR_OWN_LAST: refusals to which validators and codebases */
#define KVMPL_ERR_OWN_LAST 0x80002fff        /* give a meaning of their own; scenarios name them */
#define KVMPL_ERR_NOT_DETECTED 0x80001008    /* the guest kernel could not be told, or did not ask */
#define KVMPL_ERR_NO_PERMISSION 0x80001009   /* the driver's stored permissions do not have it */
#define KVMPL_ERR_REMAPPED 0x8000100a        /* a protected virtual page leads elsewhere, or another leads there too */
#define KVMPL_WOULD_REFUSE 0x100000000    /* policy watch: opened; it would be refused with the code below that bit */
#define KVMPL_GP_REFUSED 0xfffc              /* #GP's error code where the access at RIP is refused; why is in the GHCB page */

#endif
