/* site.h - the file of a site: what every study that is handed in there has in common.
 *
 *     $KDGRID_SITE, else $XDG_CONFIG_HOME/kdgrid/site.cfg, else ~/.config/kdgrid/site.cfg
 *
 *     slurm = { partition = "cpu"; account = "bio7"; modules = [ "openmpi" ]; };   by hand
 *     probe = { shape = "array"; };                                               by `submit --probe`
 *
 * Both groups have the rows of the `slurm` group of an experiment file (slurm_options.h), and say what an experiment
 * file leaves open: probe < slurm < the experiment file < its profile < environment < command line. Only `submit`
 * reads it (kd_study_options.site), because a study is the same study everywhere. The shape that a site prefers is for
 * jobs of one node.
 *
 * A probe keeps what a person wrote: its part stands between two lines of its own, and is what is
 * made anew.
 */
#ifndef KD_CONFIG_SITE_H
#define KD_CONFIG_SITE_H

#include "harness/base/status.h"

/* Where the file is or would be; NULL when there is no place for one (KDGRID_SITE is empty, or there is no
 * home). The caller frees it. */
char *kd_site_path(void);

/* The file that is to be read: as kd_site_path, but NULL where there is none and nobody named one. */
char *kd_site_find(void);

/* Put `text`, whole lines, in place of what the last probe left; the file and its folder are made when they are
 * absent. KD_EIO or KD_ECREATE when that cannot be done; the file is what it was, then. */
kd_status kd_site_remember(const char *path, const char *text, kd_error *err);

#endif
