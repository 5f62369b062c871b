/* SPDX-License-Identifier: Apache-2.0
 * The two guests of the best round trip, in real mode, each a page that is mapped where a vCPU comes out of reset. */
#ifndef BEST_GUESTS_H
#define BEST_GUESTS_H

/* Where both see what they share, guest-physical. */
#define BEST_REQUEST 0x8000 /* the address that the driver stored to */
#define BEST_DRIVER 0x8008  /* whose request it is */
#define BEST_ANSWER 0x8010  /* 1: it may */
#define BEST_OWNERS 0x9000  /* a byte a page: its driver, or 0 */

/* The pages that the driver stores to, one after the other, over and over. */
#define BEST_FIRST_PAGE 0x10000
#define BEST_END 0x90000
#define BEST_OFFSET 0x100

extern const unsigned char best_driver[], best_driver_end[];
extern const unsigned char best_validator[], best_validator_end[];

#endif
