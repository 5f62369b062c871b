/* SPDX-License-Identifier: Apache-2.0
 * What VMPL0 touches on behalf of a lower level: memory of the level's own, and only what the level may touch itself.
 * The database is asked each time, because what a page was when it was named says nothing about what it is now. Under
 * the tables' lock it stays validated between question and access: PVALIDATE is VMPL0's, and executed under it. */
#ifndef REACH_H
#define REACH_H

/* Whether [gpa, gpa + length) is the level's in the layout, whatever it may do there. */
int reach_is_own(unsigned int vmpl, unsigned long gpa, unsigned long length);

/* Whether the level has these permissions now on the page that `gpa` is in; it is validated then. */
int reach_has(unsigned int vmpl, unsigned long gpa, unsigned int permissions);

/* Whether the page that `gpa` is in is validated, and the level may not read and write it. */
int reach_is_kept_from(unsigned int vmpl, unsigned long gpa);

/* Whether [gpa, gpa + length), part of one page, is the level's own, and it may read and write there. */
int reach_may_use(unsigned int vmpl, unsigned long gpa, unsigned long length);

#endif
