/* SPDX-License-Identifier: Apache-2.0
 * The pages that are open for the driver which the first vCPU belongs to. A permission is a level's, not a
 * driver's: when another driver gets the vCPU, what its predecessor was granted has to be closed. */
#ifndef GRANTS_H
#define GRANTS_H

/* Opens the page for writing at `level`: SVSM_SUCCESS, or the error. */
unsigned long grants_open(unsigned long page, unsigned int level);

/* Closes every page that is open: SVSM_SUCCESS, or the error. */
unsigned long grants_close_all(unsigned int level);

/* Whether one more page can be opened. */
int grants_have_room(void);

#endif
