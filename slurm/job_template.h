/* job_template.h - the text of job.sh.in, compiled in so that no file has to be found. */
#ifndef KD_SLURM_JOB_TEMPLATE_H
#define KD_SLURM_JOB_TEMPLATE_H

extern const char kd_job_template[];

#endif
