/* support.c - claims about failures, temporary folders, golden figures. */
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/vec.h"

void kd_assert_fails(kd_status kind, const char *words, kd_status got, const kd_error *err,
                     const char *file, int line)
{
    if (got == kind && strstr(err->text, words)) return;
    print_error("expected %s with \"%s\"\n   found %s with \"%s\"\n", kd_status_word(kind), words,
                kd_status_word(got), got == KD_OK ? "" : err->text);
    _fail(file, line);
}

void kd_assert_ok(kd_status got, const kd_error *err, const char *file, int line)
{
    if (got == KD_OK) return;
    print_error("expected success, found %s: %s\n", kd_status_word(got), err->text);
    _fail(file, line);
}

void kd_assert_close(double got, double want, double tolerance, const char *file, int line)
{
    double allowed = tolerance * fmax(1.0, fabs(want));
    if (fabs(want) > 1e-6) allowed = fmin(allowed, fmax(fabs(want) / 4, 1e-6));
    kd_assert_within(got, want, allowed, file, line);
}

void kd_assert_within(double got, double want, double tolerance, const char *file, int line)
{
    if (fabs(got - want) <= tolerance) return;
    print_error("expected %.17g within %g, found %.17g\n", want, tolerance, got);
    _fail(file, line);
}

/* Paths that are handed out live until the program ends, and are still reachable then. */
static KD_VEC(char *) paths = KD_VEC_INIT;

static const char *keep(char *path)
{
    kd_vec_push(&paths, path);
    return path;
}

static char  folder[128];
static pid_t folder_owner;

static void remove_folder(void)
{
    if (getpid() == folder_owner) kd_fs_remove(folder, NULL);
}

const char *kd_test_folder(void)
{
    if (!*folder) {
        const char *base = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/kdgrid-test-XXXXXX", base ? base : "/tmp");
        KD_CHECK(mkdtemp(folder), "cannot create %s", folder);
        folder_owner = getpid();
        atexit(remove_folder);
    }
    return folder;
}

const char *kd_test_file(const char *name, const char *contents)
{
    kd_error    err;
    const char *path = keep(kd_fs_join(kd_test_folder(), name));
    KD_CHECK(kd_fs_write(path, contents, strlen(contents), &err) == KD_OK, "%s", err.text);
    return path;
}

const char *kd_golden_path(const char *name)
{
    const char *base = getenv("KDGRID_GOLDEN");
    return keep(kd_fs_join(base ? base : "tests/golden", name));
}

kd_json_document *kd_golden_open(const char *name)
{
    kd_error          err;
    kd_json_document *document;
    KD_CHECK(kd_json_open(&document, kd_golden_path(name), &err) == KD_OK, "%s", err.text);
    return document;
}

const char *kd_shared_path(const char *name)
{
    const char *base = getenv("KDGRID_SHARED");
    const char *golden = getenv("KDGRID_GOLDEN");
    const char *path =
        keep(base ? kd_fs_join(base, name)
                  : kd_sprintf("%s/../../../shared/%s", golden ? golden : "tests/golden", name));
    return kd_fs_exists(path) ? path : NULL;
}
