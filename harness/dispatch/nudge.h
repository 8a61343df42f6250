/* nudge.h - wake who waits for a message of MPI, when both are on one machine.
 *
 *     one rank      MPI_Send, then nudge --------.
 *                                                v
 *     another       asks MPI; nothing: sleeps in wait until it is nudged
 *
 * MPI can be asked whether something has come, but not waited for without burning a core, and
 * asking two hundred times a second costs a core about a hundredth. A nudge is a datagram, with the
 * rank of who sends it, to a socket that bears the name of the job and the rank of who is woken. It
 * carries nothing else: one that is lost, or that nobody listens to, costs time and never a
 * message. So who sleeps until he is nudged sleeps only as long as he may for other reasons, and
 * only while all whom he waits for have shown that their nudges arrive.
 *
 * Everybody on the machine can send to such a socket. The kernel says whose process did: nudges of
 * other users are thrown away, and of whatever comes only so much is read at a time.
 */
#ifndef KD_DISPATCH_NUDGE_H
#define KD_DISPATCH_NUDGE_H

typedef struct kd_nudge kd_nudge;

/* For `rank`, to nudge and to be nudged. NULL outside of a job, or when the system refuses; all
 * else here takes NULL for one that neither nudges nor is nudged. */
kd_nudge *kd_nudge_open(int rank);
void      kd_nudge_close(kd_nudge *nudge);

void kd_nudge_send(const kd_nudge *nudge, int to);

/* Sleep until somebody nudges, a signal arrives, or `most_s` are over. Who waits for other things
 * as well finds the descriptor that becomes readable, -1 for none. */
void kd_nudge_wait(const kd_nudge *nudge, double most_s);
int  kd_nudge_fd(const kd_nudge *nudge);

#define KD_NUDGES_A_TURN 64

/* Who nudged, one after another; -1 for nobody, or nobody else, or when *left datagrams were read:
 * it begins as KD_NUDGES_A_TURN, and who sends without end keeps nobody from his work. */
int kd_nudge_take(const kd_nudge *nudge, int *left);

#endif
