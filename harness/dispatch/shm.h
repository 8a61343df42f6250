/* shm.h - a folder of our own for what Open MPI keeps in shared memory, so that nothing stays.
 *
 * A rank that is killed leaves its part of /dev/shm behind. All ranks of a job on one machine
 * therefore work in one folder there, which each of them holds (scratch.h).
 */
#ifndef KD_DISPATCH_SHM_H
#define KD_DISPATCH_SHM_H

#define KD_SHM_JOB "KDGRID_JOB" /* the environment may name the job; else MPI's own name for it */

/* What names the job, the same for all its ranks; NULL outside of one. */
const char *kd_shm_job(void);

/* Before MPI starts: make the folder, hold it, tell Open MPI. Without one (no /dev/shm, not started
 * by mpirun) Open MPI chooses for itself. */
void kd_shm_enter(void);

/* After MPI ended: remove the folder. All ranks have opened what they share by then. */
void kd_shm_leave(void);

/* Remove the folder of a job that has ended. */
void kd_shm_remove(const char *job);

#endif
