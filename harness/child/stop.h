/* stop.h - the signals that ask a run to stop.
 *
 * TERM, INT, HUP, USR1 and USR2 all mean the same: bring cells to a safe point, close the
 * journal, exit with 75. A second one means at once.
 */
#ifndef KD_CHILD_STOP_H
#define KD_CHILD_STOP_H

/* Count these signals from now on instead of dying from them. */
void kd_stop_install(void);

/* How many arrived: 0 go on, 1 stop, 2 or more stop at once. */
int kd_stop_count(void);

#endif
