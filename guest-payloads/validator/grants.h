/* SPDX-License-Identifier: Apache-2.0
 * The pages that are open for the drivers which have a vCPU. A permission is a level's, not a driver's: when
 * another driver gets the level, what its predecessor was granted has to be closed. To be called under the lock of
 * the tables; lower levels execute RMPADJUST on other processors meanwhile. */
#ifndef GRANTS_H
#define GRANTS_H

/* Gives `level` the permissions `more` on the page: SVSM_SUCCESS, or the error. There has to be room. */
unsigned long grants_open(unsigned long page, unsigned int level, unsigned int more);

/* Whether there is room to open the page. */
int grants_have_room(unsigned long page);

/* What closes goes to the end, whatever fails on the way: SVSM_SUCCESS, or the error if anything is still open.
 *
 * Takes back everything that `level` was granted. */
unsigned long grants_close_all(unsigned int level);

/* Takes back what any level was granted in [start, end). */
unsigned long grants_close_range(unsigned long start, unsigned long end);

#endif
