/* disk.h - a disk of our own whose power can be cut: ext4 in a file, on a loop device.
 *
 *     open -> cut, cut, ... -> renew -> cut ... -> close
 *
 * A cut copies the file while the file system on it is mounted and its users stand still: what
 * Linux has in memory and has not yet written is not in the copy. The copy takes the file's place and
 * is mounted again, for which ext4 replays its own journal, as after a power loss.
 */
#ifndef KD_CHAOS_DISK_H
#define KD_CHAOS_DISK_H

#include "harness/base/status.h"

typedef struct kd_disk kd_disk;

/* Make "<folder>.disk" and mount it at the folder, which is made. KD_EUNAVAILABLE where this cannot be
 * done: no root, no mkfs.ext4, no loop device. */
kd_status kd_disk_open(kd_disk **out, const char *folder, kd_error *err);

/* Take the picture, while nobody writes; then, when nobody has a file open any more, put it in
 * the place of the disk. */
kd_status kd_disk_picture(kd_disk *disk, kd_error *err);
kd_status kd_disk_cut(kd_disk *disk, kd_error *err);

/* Begin with an empty one. */
kd_status kd_disk_renew(kd_disk *disk, kd_error *err);

/* Unmount it and leave what it held in the folder. NULL is fine. */
kd_status kd_disk_close(kd_disk *disk, kd_error *err);

#endif
