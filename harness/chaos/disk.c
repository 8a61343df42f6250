/* disk.c - the system's own tools do it: mkfs.ext4, mount, umount, cp. */
#include "harness/chaos/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/process.h"

#define DISK_BYTES ((off_t)4 << 30) /* a sparse file: it takes what is written */
#define TOOL_S     120.0
#define FREE_S     20.0 /* for killed processes to let go of their files */

struct kd_disk {
    char *folder, *image, *picture;
    bool  is_mounted;
};

static kd_status run_tool(const char *const *argv, kd_error *err)
{
    kd_str         output = KD_STR_INIT, errors = KD_STR_INIT;
    kd_process_end end;
    kd_status      status = kd_process_capture(argv, TOOL_S, &output, &errors, &end, err);
    if (status == KD_OK && !(end.exited && end.code == 0))
        status = kd_fail(err, KD_EUNAVAILABLE, "%s: %.*s", argv[0], (int)strcspn(errors.text, "\n"),
                         errors.text);
    kd_str_fini(&output);
    kd_str_fini(&errors);
    return status == KD_OK ? KD_OK : KD_EUNAVAILABLE;
}

/* The file system writes when it is told to (fsync) and else only after minutes, so that a picture, which
 * takes a moment, is of one moment. */
static kd_status mount_image(kd_disk *disk, kd_error *err)
{
    const char *const words[] = {
        "mount", "-o", "loop,commit=300", disk->image, disk->folder, NULL
    };
    kd_status status = run_tool(words, err);
    disk->is_mounted = status == KD_OK;
    return status;
}

static kd_status unmount(kd_disk *disk, kd_error *err)
{
    double until_s = kd_clock_s() + FREE_S;
    while (disk->is_mounted) {
        disk->is_mounted = umount2(disk->folder, UMOUNT_NOFOLLOW) != 0;
        if (!disk->is_mounted) break;
        if (errno != EBUSY || kd_clock_s() > until_s)
            return kd_fail_errno(err, errno, "%s: cannot be unmounted", disk->folder);
        kd_sleep_s(0.02);
    }
    return KD_OK;
}

/* A new file each time: the loop device of the one before may linger, with its memory of the blocks. */
static kd_status make_image(kd_disk *disk, kd_error *err)
{
    const char *const words[] = { "mkfs.ext4", "-q", "-F",
                                  "-m",        "0",  "-N",
                                  "65536",     "-E", "lazy_itable_init=0,lazy_journal_init=0",
                                  disk->image, NULL };
    unlink(disk->image);
    int fd = open(disk->image, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return kd_fail_errno(err, errno, "%s", disk->image);
    int failed = ftruncate(fd, DISK_BYTES) != 0 ? errno : 0;
    close(fd);
    if (failed) return kd_fail_errno(err, failed, "%s", disk->image);
    kd_status status = run_tool(words, err);
    if (status == KD_OK) status = mount_image(disk, err);
    if (status != KD_OK) return status;
    char *found = kd_fs_join(disk->folder, "lost+found");
    rmdir(found); /* the store is empty */
    free(found);
    return KD_OK;
}

static void free_disk(kd_disk *disk)
{
    unlink(disk->image);
    unlink(disk->picture);
    free(disk->folder);
    free(disk->image);
    free(disk->picture);
    free(disk);
}

kd_status kd_disk_open(kd_disk **out, const char *folder, kd_error *err)
{
    *out = NULL;
    if (geteuid() != 0) return kd_fail(err, KD_EUNAVAILABLE, "only root can mount a disk");
    kd_status status = kd_fs_make_folders(folder, err);
    if (status != KD_OK) return status;
    kd_disk *disk = kd_alloc(1, sizeof *disk);
    disk->folder = kd_strdup(folder);
    disk->image = kd_sprintf("%s.disk", folder);
    disk->picture = kd_sprintf("%s.picture", disk->image);
    status = make_image(disk, err);
    if (status == KD_OK)
        *out = disk;
    else
        free_disk(disk);
    return status;
}

kd_status kd_disk_picture(kd_disk *disk, kd_error *err)
{
    return run_tool((const char *[]){ "cp", "--sparse=always", disk->image, disk->picture, NULL },
                    err);
}

kd_status kd_disk_cut(kd_disk *disk, kd_error *err)
{
    kd_status status = unmount(disk, err);
    if (status == KD_OK && rename(disk->picture, disk->image) != 0)
        status = kd_fail_errno(err, errno, "%s", disk->picture);
    return status == KD_OK ? mount_image(disk, err) : status;
}

kd_status kd_disk_renew(kd_disk *disk, kd_error *err)
{
    kd_status status = unmount(disk, err);
    return status == KD_OK ? make_image(disk, err) : status;
}

kd_status kd_disk_close(kd_disk *disk, kd_error *err)
{
    if (!disk) return KD_OK;
    char     *held = kd_sprintf("%s.held", disk->folder);
    kd_status status = run_tool((const char *[]){ "cp", "-a", disk->folder, held, NULL }, err);
    kd_status freed = unmount(disk, status == KD_OK ? err : NULL);
    if (status == KD_OK) status = freed;
    if (status == KD_OK && (rmdir(disk->folder) != 0 || rename(held, disk->folder) != 0))
        status = kd_fail_errno(err, errno, "%s: cannot be kept", disk->folder);
    free(held);
    free_disk(disk);
    return status;
}
