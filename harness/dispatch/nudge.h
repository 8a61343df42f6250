/* nudge.h - wake who waits for a message of MPI, when both are on one machine.
 *
 *     worker        MPI_Send, then nudge --------.
 *                                                v
 *     coordinator   asks MPI; nothing: sleeps in wait until it is nudged
 *
 * MPI can be asked whether something has come, but not waited for without burning a core, and
 * asking two hundred times a second costs a core about a hundredth. A nudge is a datagram, with the
 * number of who sends it, to a socket that bears the name of the job. It carries nothing else: one
 * that is lost, or that nobody listens to, costs time and never a message. So who sleeps until he
 * is nudged sleeps only as long as he may for other reasons, and only while all whom he waits for
 * have shown that their nudges arrive.
 */
#ifndef KD_DISPATCH_NUDGE_H
#define KD_DISPATCH_NUDGE_H

typedef struct kd_nudge kd_nudge;

/* The side that is woken, and the side that wakes. NULL outside of a job, or when the system
 * refuses; all else here takes NULL for a side that is never nudged. */
kd_nudge *kd_nudge_listen(void);
kd_nudge *kd_nudge_speak(void);
void      kd_nudge_close(kd_nudge *nudge);

void kd_nudge_send(const kd_nudge *nudge, int from);

/* Sleep until somebody nudges, a signal arrives, or `most_s` are over. */
void kd_nudge_wait(const kd_nudge *nudge, double most_s);

/* Who nudged, one after another; -1 for nobody, or nobody else. */
int kd_nudge_take(const kd_nudge *nudge);

#endif
