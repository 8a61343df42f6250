/* contents.h - what is in a file that a study names, as a digest.
 *
 * The plan takes it when it reads the study and a cell takes it again before it reads the file,
 * so that an id never stands for other contents than those it was made from. A folder (a
 * vocabulary, published weights) counts by the files that its readers say they open
 * (models/weights/folder.h): all shards of a checkpoint among them. A folder of neither counts by its texts
 * (models/text/text_files.h), and a vocabulary of two files with both.
 */
#ifndef KD_CONFIG_CONTENTS_H
#define KD_CONFIG_CONTENTS_H

#include <stdint.h>

#include "harness/base/digest.h"
#include "harness/base/status.h"

/* `bytes` is the size of all that was digested. KD_ENOINPUT for a folder without any of it. */
kd_status kd_contents_of(kd_id *out, int64_t *bytes, const char *path, kd_error *err);

/* KD_EDATA when the file has changed since the plan took this digest: what would be made of it
 * would stand under the wrong id. */
kd_status kd_contents_check(const char *path, kd_id contents, kd_error *err);

#endif
