/* status.h - how a failure is said, and how a bug stops the program.
 *
 * Two kinds of failure. An *event* (a bad file, a full disk, a loss that is not
 * finite) is returned as a kd_status with one line of text in a caller-owned
 * kd_error. A *bug* (shapes that cannot meet) stops the program through KD_CHECK, and
 * so does memory that cannot be had, in words of its own (kd_out_of_memory).
 *
 *     lowest function        kd_fail(err, KD_EDATA, "%s:%d: expected 2 columns", ...)
 *     the one whose work     kd_while(err, status, "cell %s", id)
 *     main                   prints err.text once, exits with kd_status_exit(status)
 *
 * Nobody else rewords the text, and library code never prints or exits.
 */
#ifndef KD_BASE_STATUS_H
#define KD_BASE_STATUS_H

#include <stddef.h>

/*    name         exit  word           meaning                                       */
#define KD_STATUSES(X)                                                          \
    X(OK, 0, "ok", "everything asked for is complete")                          \
    X(EFAILED, 1, "failed", "finished, but some cells failed for good")         \
    X(EUSAGE, 2, "usage", "the command line is wrong")                          \
    X(ECHECK, 3, "check", "a check said no")                                    \
    X(EDIVERGED, 4, "diverged", "the loss is not finite; record it, no retry")  \
    X(EDATA, 65, "data", "a corpus, vocabulary or checkpoint is bad")           \
    X(ENOINPUT, 66, "no-input", "an input is missing")                          \
    X(EUNAVAILABLE, 69, "unavailable", "MPI or the scheduler is not available") \
    X(EBUG, 70, "bug", "a bug: please report")                                  \
    X(EMEMORY, 71, "memory", "there is not enough memory")                      \
    X(ECREATE, 73, "create", "cannot create output")                            \
    X(EIO, 74, "io", "the system refused; the cell may be retried")             \
    X(ESTOPPED, 75, "stopped", "stopped early and resumable")                   \
    X(ECONFIG, 78, "config", "an experiment file or a setting is wrong")

/* What kind of failure, for the caller to decide on; the text is for people. */
typedef enum {
#define X(name, exit, word, meaning) KD_##name,
    KD_STATUSES(X)
#undef X
        KD_STATUS_COUNT
} kd_status;

typedef struct {
    char text[512];
} kd_error;

/* Set err->text and return `code`. `err` may be NULL when nobody wants the text. */
__attribute__((format(printf, 3, 4))) kd_status kd_fail(kd_error *err, kd_status code,
                                                        const char *fmt, ...);

/* Put "<context>: " before err->text and return `code`. */
__attribute__((format(printf, 3, 4))) kd_status kd_while(kd_error *err, kd_status code,
                                                         const char *fmt, ...);

/* As kd_fail, with ": " and the words of `error_number` (an errno) at the end. The code is
 * chosen from the number: ENOENT is KD_ENOINPUT, a refused creation KD_ECREATE, a full or
 * failing disk KD_EIO. */
__attribute__((format(printf, 3, 4))) kd_status kd_fail_errno(kd_error *err, int error_number,
                                                              const char *fmt, ...);

/* The exit code of DESIGN's table for a status; its word ("data"); its meaning. */
int         kd_status_exit(kd_status status);
const char *kd_status_word(kd_status status);
const char *kd_status_meaning(kd_status status);

/* The status whose exit code is `code`, KD_EBUG for one that no status has. */
kd_status kd_status_of_exit(int code);

/* Stop the program: print "kdgrid: bug: file:line: <text>" and exit with 70. */
__attribute__((noreturn, format(printf, 3, 4))) void kd_bug(const char *file, int line,
                                                            const char *fmt, ...);

/* A claim that only a bug can break. */
#define KD_CHECK(claim, ...)                                                        \
    do {                                                                            \
        if (__builtin_expect(!(claim), 0)) kd_bug(__FILE__, __LINE__, __VA_ARGS__); \
    } while (0)

/* Stop the program: print "kdgrid: error: out of memory: <text>" and exit with KD_EMEMORY's code. */
__attribute__((noreturn, format(printf, 1, 2))) void kd_out_of_memory(const char *fmt, ...);

/* The end of main: what is buffered is written, and the process is gone, whatever its libraries would
 * like to do first. (A thread of OpenBLAS that gets no memory tries for ever, and exit(3) waits.) */
__attribute__((noreturn)) void kd_leave(int code);

/* ---- memory.c ---- */

/* Memory that is there or the program stops: zeroed, grown, copied; or undefined, on 64-byte
 * boundaries, and beyond a megabyte in large pages. `free` releases it. */
void                                       *kd_alloc(size_t count, size_t size);
void                                       *kd_realloc(void *old, size_t count, size_t size);
void                                       *kd_alloc_aligned(size_t bytes);
char                                       *kd_strdup(const char *text);
char                                       *kd_strndup(const char *text, size_t length);
__attribute__((format(printf, 1, 2))) char *kd_sprintf(const char *fmt, ...);

#endif
