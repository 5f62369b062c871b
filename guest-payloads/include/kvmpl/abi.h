/* SPDX-License-Identifier: Apache-2.0
 *
 * What guest and hypervisor agree on. Read by the payloads' compiler and, through jextract, by the Java
 * side, so every constant exists once. One file a subject.
 *
 * Encodings that AMD has published keep their published values; where they are from:
 *   [GHCB]  SEV-ES Guest-Hypervisor Communication Block Standardization, AMD 56421
 *   [SVSM]  Secure VM Service Module for SEV-SNP Guests, AMD 58019
 *   [APM]   AMD64 Architecture Programmer's Manual, volumes 2 and 3
 * Everything else is kvmpl's own and starts with KVMPL_.
 */
#ifndef KVMPL_ABI_H
#define KVMPL_ABI_H

#define KVMPL_PAGE_SIZE 4096

#include "abi/version.h"
#include "abi/layout.h"
#include "abi/ghcb.h"
#include "abi/rmp.h"
#include "abi/results.h"
#include "abi/svsm.h"
#include "abi/request.h"
#include "abi/tables.h"
#include "abi/stores.h"
#include "abi/agent.h"
#include "abi/trace.h"
#include "abi/console.h"
#include "abi/launch.h"

#endif
