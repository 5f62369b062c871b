/* SPDX-License-Identifier: Apache-2.0
 * The pages that are open for the drivers which have a vCPU. A permission is a level's, not a driver's: when
 * another driver gets the level, what its predecessor was granted has to be closed. */
#ifndef GRANTS_H
#define GRANTS_H

/* Gives `level` the permissions `more` on the page: SVSM_SUCCESS, or the error. */
unsigned long grants_open(unsigned long page, unsigned int level, unsigned int more);

/* Takes back everything that `level` was granted: SVSM_SUCCESS, or the error. */
unsigned long grants_close_all(unsigned int level);

/* Takes back what any level was granted in [start, end): SVSM_SUCCESS, or the error. */
unsigned long grants_close_range(unsigned long start, unsigned long end);

/* Whether one more page can be opened. */
int grants_have_room(void);

#endif
