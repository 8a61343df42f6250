/* fs_maps.c - the names of what is mapped, for the moment in which one of them cannot be read.
 *
 * Files are mapped because corpora and weights are larger than what should be copied; what a map costs is
 * that a read which fails is a signal. Whoever reads is deep in a parser or in a product of matrices, in any
 * thread, and a jump out of there would leave locks held and work half done. So the process ends, as it would
 * have, but says why: a cell is tried again, and a person knows which file it was.
 *
 * The handler makes system calls only, on text that was prepared before. SIGBUS for any other reason goes
 * to whoever had it.
 *
 * A file that is cut within its last page gives no signal: behind its end a page reads as zeros. So its length is
 * looked at when the map ends, and before anything is made durable: a stat of a file that is open, which cannot be
 * another one. */
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/fs_internal.h"
#include "harness/base/status.h"
#include "harness/base/str.h"

#define MAPS 64 /* at a time; those beyond have no words, and are not looked at again */

typedef struct {
    atomic_bool       is_taken;
    _Atomic uintptr_t begin; /* 0 while the rest is not there */
    size_t            length;
    int               fd;
    char              words[512]; /* "kdgrid: error: ...\n" */
} map;

static const char prefix[] = "kdgrid: error: ";

static map              maps[MAPS];
static struct sigaction before;

static void say(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

static void hear(int number, siginfo_t *info, void *context)
{
    (void)context;
    uintptr_t at = (uintptr_t)info->si_addr;
    for (size_t i = 0; info->si_code > 0 && i < MAPS; i++) {
        uintptr_t begin = maps[i].begin;
        if (!begin || at < begin || at - begin >= maps[i].length) continue;
        say(maps[i].words);
        _exit(kd_status_exit(KD_EIO));
    }
    sigaction(number, &before, NULL); /* what failed fails again, and is his */
    if (info->si_code <= 0) raise(number);
}

/* At each map, because libraries that come later (MPI) may want the signal, too. */
static void take_signal(void)
{
    struct sigaction now, ours = { .sa_sigaction = hear, .sa_flags = SA_SIGINFO };
    sigemptyset(&ours.sa_mask);
    if (sigaction(SIGBUS, NULL, &now) != 0 || now.sa_sigaction == hear) return;
    before = now;
    sigaction(SIGBUS, &ours, NULL);
}

static bool is_shorter(const map *one)
{
    struct stat info;
    return fstat(one->fd, &info) == 0 && (size_t)info.st_size < one->length;
}

void kd_fs_maps_add(const void *begin, size_t length, int fd, const char *path)
{
    take_signal();
    for (size_t i = 0; i < MAPS; i++) {
        if (atomic_exchange(&maps[i].is_taken, true)) continue;
        kd_str name = KD_STR_INIT;
        kd_str_add_visible(&name, path, strlen(path));
        maps[i].length = length;
        maps[i].fd = fd;
        snprintf(maps[i].words, sizeof maps[i].words,
                 "%s%.400s: cannot be read to its end any more: it was cut short "
                 "meanwhile, or its disk fails\n",
                 prefix, name.text);
        maps[i].begin = (uintptr_t)begin;
        kd_str_fini(&name);
        return;
    }
    close(fd);
}

void kd_fs_maps_remove(const void *begin)
{
    for (size_t i = 0; i < MAPS; i++) {
        uintptr_t expected = (uintptr_t)begin;
        if (!atomic_compare_exchange_strong(&maps[i].begin, &expected, 0)) continue;
        if (is_shorter(&maps[i])) {
            say(maps[i].words);
            kd_leave(kd_status_exit(KD_EIO));
        }
        close(maps[i].fd);
        maps[i].is_taken = false;
        return;
    }
}

kd_status kd_fs_maps_check(kd_error *err)
{
    for (size_t i = 0; i < MAPS; i++) {
        if (!maps[i].begin || !is_shorter(&maps[i])) continue;
        const char *words = maps[i].words + strlen(prefix);
        return kd_fail(err, KD_EIO, "%.*s", (int)strcspn(words, "\n"), words);
    }
    return KD_OK;
}
