/* support.h - what tests share: cmocka, claims about failures, temporary folders, golden figures.
 */
#ifndef KD_TESTS_SUPPORT_H
#define KD_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/base/json.h"
#include "harness/base/status.h"

/* Sanitizers look at memory, and are slow: what a test repeats to prove something else, it repeats
 * less often for them. */
#ifdef __SANITIZE_ADDRESS__
enum { KD_SANITIZED = 1 };
#else
enum { KD_SANITIZED = 0 };
#endif

/* assert_fails(KD_EDATA, "train.tsv:7: ", kd_corpus_read(&c, path, &err), &err): the call fails
 * with this kind, and its text holds these words. */
#define assert_fails(kind, words, call, err) \
    kd_assert_fails(kind, words, (call), (err), __FILE__, __LINE__)
void kd_assert_fails(kd_status kind, const char *words, kd_status got, const kd_error *err,
                     const char *file, int line);

/* assert_ok(call, &err): it succeeds, or its text is shown. */
#define assert_ok(call, err) kd_assert_ok((call), (err), __FILE__, __LINE__)
void kd_assert_ok(kd_status got, const kd_error *err, const char *file, int line);

/* |got - want| <= tolerance * max(1, |want|), and never more than a quarter of |want|, so that a small
 * number that is half wrong fails; below 1e-6, where sums of larger numbers leave their rounding, the
 * tolerance alone decides. */
#define assert_close(got, want, tolerance) \
    kd_assert_close((got), (want), (tolerance), __FILE__, __LINE__)
void kd_assert_close(double got, double want, double tolerance, const char *file, int line);

/* |got - want| <= tolerance, for estimates and coarse precisions, whose small numbers may be all error. */
#define assert_within(got, want, tolerance) \
    kd_assert_within((got), (want), (tolerance), __FILE__, __LINE__)
void kd_assert_within(double got, double want, double tolerance, const char *file, int line);

/* A new folder below $TMPDIR, removed when the program ends. Borrowed; lives until then. */
const char *kd_test_folder(void);

/* "<folder>/<name>" with these contents; the path lives until the program ends. */
const char *kd_test_file(const char *name, const char *contents);

/* The path of a file in tests/golden, and a document from it; the program ends when absent. */
const char       *kd_golden_path(const char *name);
kd_json_document *kd_golden_open(const char *name);

/* The shared corpora and cases, when they are beside the project ($KDGRID_SHARED or
 * ../shared), else NULL: such a test then says so and skips. */
const char *kd_shared_path(const char *name);

#endif
