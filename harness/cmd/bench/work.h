/* work.h - what the benches of networks measure: which networks, which sentences.
 *
 * The shapes are those of the published studies, and of the other side's scripts, so that both
 * sides do the same work. Sentences are given by their lengths alone; pieces are drawn.
 */
#ifndef KD_CMD_BENCH_WORK_H
#define KD_CMD_BENCH_WORK_H

#include "models/shapes.h"

#define KD_BENCH_WORD(constant, word) " " word
#define KD_BENCH_MODELS               "one of" KD_SHAPES(KD_BENCH_WORD)

/* A network of this shape with the vocabulary and labels that all have here; also by its name,
 * where KD_EUSAGE says KD_BENCH_MODELS. */
void      kd_bench_shape(kd_arch *arch, kd_shape shape);
kd_status kd_bench_arch(kd_arch *arch, const char *name, kd_error *err);

/* Lengths of sentences in pieces: one count a line of `path`, cut at 200, and the 2 pieces that
 * stand around each sentence. */
typedef struct {
    int *length;
    int  count;
} kd_bench_lengths;
kd_status kd_bench_lengths_read(kd_bench_lengths *out, const char *path, kd_error *err);
void      kd_bench_lengths_fini(kd_bench_lengths *lengths);

/* Peak resident size of this process so far, in MiB. */
double kd_bench_peak_mib(void);

/* One figure of a bench's JSON object under its key, with six digits. */
void kd_bench_write_real(kd_json_writer *w, const char *key, double value);

#endif
