/* distill.c - `kdgrid bench distill`: an epoch with stored targets against one with hard
 * labels, and what the teacher costs when it is asked once for many epochs.
 *
 *     hard labels | targets f32 | targets f16      an epoch each, in turn, and again
 *     teacher                                      a BERT of base size over some sentences
 *     distillation = 1 / (1/student + 1/(30 teacher))      tokens a second, as in 30 epochs
 *
 * The student is the published BiLSTM: 28996 pieces of 300, two layers of 300 a direction, an MLP
 * of 256. Pieces are drawn at random; only lengths matter to the time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/trainer.h"
#include "harness/base/args.h"
#include "harness/base/clock.h"
#include "harness/base/half.h"
#include "harness/base/json.h"
#include "harness/cmd/bench/bench.h"
#include "harness/cmd/bench/work.h"

enum { VOCAB = 28996, LABELS = 9, EPOCHS = 30 };

typedef struct {
    const char  *lengths; /* a file, NULL to draw them */
    const char  *precision_word;
    kd_precision precision;
    int          threads, batch, updates, repeats, teacher;
    bool         as_json;
} distill_options;

/* What an epoch learns from. */
enum { HARD, TARGETS_F32, TARGETS_F16, KINDS };

static const char *const kind_words[KINDS] = { "hard labels", "targets f32", "targets f16" };

typedef struct {
    const distill_options *options;
    kd_pack                pack;
    float                 *logits;
    uint16_t              *halves;
    kd_params             *params;
    kd_model              *model;
    double                *epoch_s[KINDS]; /* (repeats), sorted at the end */
    double                 teacher_rate;   /* tokens a second; 0 when it was not asked */
} distill_bench;

/* ---- sentences ---- */

static int drawn_length(kd_rng *rng)
{
    return 8 + (int)kd_rng_below(rng, 24) + (int)kd_rng_below(rng, 24);
}

/* Pieces of as many sentences as are needed, from the file's beginning, again and again. */
static kd_status choose_lengths(const distill_options *o, int *out, int count, kd_error *err)
{
    kd_rng           rng = kd_rng_root(1);
    kd_bench_lengths read = { NULL, 0 };
    kd_status        status = o->lengths ? kd_bench_lengths_read(&read, o->lengths, err) : KD_OK;
    for (int b = 0; b < count && status == KD_OK; b++)
        out[b] = read.count ? read.length[b % read.count] : drawn_length(&rng);
    kd_bench_lengths_fini(&read);
    return status;
}

static void fill_pack(kd_pack *pack, const int *lengths, int count)
{
    kd_rng rng = kd_rng_root(2);
    pack->task = KD_TASK_NER;
    pack->sentences = count;
    pack->piece_begin = kd_alloc((size_t)count + 1, sizeof *pack->piece_begin);
    for (int b = 0; b < count; b++) pack->piece_begin[b + 1] = pack->piece_begin[b] + lengths[b];
    pack->pieces = pack->piece_begin[count];
    pack->ids = kd_alloc((size_t)pack->pieces, sizeof *pack->ids);
    pack->tags = kd_alloc((size_t)pack->pieces, sizeof *pack->tags);
    for (int n = 0; n < pack->pieces; n++) {
        pack->ids[n] = (int32_t)kd_rng_below(&rng, VOCAB);
        pack->tags[n] = (int16_t)kd_rng_below(&rng, LABELS);
    }
}

static kd_status make_pack(distill_bench *b, kd_error *err)
{
    int       count = b->options->batch * b->options->updates;
    int      *lengths = kd_alloc((size_t)count, sizeof *lengths);
    kd_status status = choose_lengths(b->options, lengths, count, err);
    if (status == KD_OK) fill_pack(&b->pack, lengths, count);
    free(lengths);
    return status;
}

static void make_targets(distill_bench *b)
{
    size_t count = (size_t)b->pack.pieces * LABELS;
    kd_rng rng = kd_rng_root(3);
    b->logits = kd_alloc(count, sizeof *b->logits);
    b->halves = kd_alloc(count, sizeof *b->halves);
    for (size_t i = 0; i < count; i++) b->logits[i] = (float)(8 * kd_rng_uniform(&rng) - 4);
    kd_halves_encode(count, b->logits, b->halves);
}

/* ---- networks ---- */

static kd_status make_network(kd_model **model, kd_params *params, const kd_arch *arch,
                              bool will_train, kd_error *err)
{
    kd_rng    root = kd_rng_root(4);
    kd_status status = kd_model_create(model, params, arch, err);
    if (status != KD_OK) return status;
    kd_params_allocate(params, will_train);
    kd_params_init(params, &root);
    return KD_OK;
}

static kd_status make_student(distill_bench *b, kd_error *err)
{
    kd_arch arch;
    kd_bench_shape(&arch, KD_SHAPE_BILSTM);
    b->params = kd_params_create();
    return make_network(&b->model, b->params, &arch, true, err);
}

/* ---- time ---- */

/* Two epochs, of which the second counts. */
static kd_status time_epoch(distill_bench *b, int kind, double *seconds, kd_error *err)
{
    const distill_options *o = b->options;
    const kd_method       *method =
        kd_method_that_needs(kind == HARD ? KD_NEEDS_NOTHING : KD_NEEDS_LOGITS);
    kd_train_options   train;
    kd_optim_options   optim;
    kd_distill_options distill;
    kd_trainer        *trainer;
    kd_setting_defaults(kd_train_settings, &train);
    kd_setting_defaults(kd_optim_settings, &optim);
    kd_distill_defaults(&distill, method);
    train.epochs = 2;
    train.batch = o->batch;
    train.shuffle = false;
    kd_targets  targets = { .rows = b->pack.pieces,
                            .labels = LABELS,
                            .logits = kind == TARGETS_F32 ? b->logits : NULL,
                            .halves = kind == TARGETS_F16 ? b->halves : NULL };
    kd_training training = { .train = &b->pack,
                             .model = b->model,
                             .params = b->params,
                             .train_options = &train,
                             .optim_options = &optim,
                             .method = method,
                             .distill_options = &distill,
                             .targets = kind == HARD ? NULL : &targets,
                             .precision = o->precision,
                             .threads = o->threads,
                             .root = kd_rng_root(5) };
    kd_status   status = kd_trainer_create(&trainer, &training, err);
    if (status != KD_OK) return status;
    if ((status = kd_trainer_run(trainer, err)) == KD_OK) {
        kd_history history = kd_trainer_history(trainer);
        *seconds = history.moments[1].seconds - history.moments[0].seconds;
    }
    kd_trainer_destroy(trainer);
    return status;
}

/* In turn, so that what else the machine does meets all kinds alike. */
static kd_status time_epochs(distill_bench *b, kd_error *err)
{
    kd_status status = KD_OK;
    for (int r = 0; r < b->options->repeats; r++)
        for (int kind = 0; kind < KINDS && status == KD_OK; kind++)
            status = time_epoch(b, kind, &b->epoch_s[kind][r], err);
    return status;
}

static kd_status time_teacher(distill_bench *b, kd_error *err)
{
    const distill_options *o = b->options;
    kd_arch                arch;
    kd_params             *params = kd_params_create();
    kd_model              *model = NULL;
    kd_pack                some = b->pack;
    float                 *logits;
    int                    rows, labels;
    kd_bench_shape(&arch, KD_SHAPE_BERT);
    kd_status status = make_network(&model, params, &arch, false, err);
    if (status == KD_OK) {
        some.sentences = o->teacher < some.sentences ? o->teacher : some.sentences;
        some.pieces = some.piece_begin[some.sentences];
        for (int pass = 0; pass < 2; pass++) { /* the first warms up */
            double start_s = kd_clock_s();
            kd_predict_logits(model, &some, o->precision, o->threads, &logits, &rows, &labels);
            b->teacher_rate = some.pieces / (kd_clock_s() - start_s);
            free(logits);
        }
    }
    kd_model_destroy(model);
    kd_params_destroy(params);
    return status;
}

/* ---- the report ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const distill_bench *b, int kind)
{
    int n = b->options->repeats;
    return (b->epoch_s[kind][(n - 1) / 2] + b->epoch_s[kind][n / 2]) / 2;
}

static double rate(const distill_bench *b, int kind)
{
    return b->pack.pieces / median(b, kind);
}

static double distillation_rate(const distill_bench *b, int kind)
{
    return 1 / (1 / rate(b, kind) + 1 / (EPOCHS * b->teacher_rate));
}

static void print_report(const distill_bench *b, kd_str *out)
{
    const distill_options *o = b->options;
    kd_str_addf(
        out, "%d sentences, %d tokens, batch %d, %s, threads %d; median of %d (least, most)\n",
        b->pack.sentences, b->pack.pieces, o->batch, o->precision_word, o->threads, o->repeats);
    for (int kind = 0; kind < KINDS; kind++)
        kd_str_addf(out, "  %-12s %8.3f s an epoch (%.3f, %.3f) %10.0f tokens/s %+6.1f %%\n",
                    kind_words[kind], median(b, kind), b->epoch_s[kind][0],
                    b->epoch_s[kind][o->repeats - 1], rate(b, kind),
                    100 * (median(b, kind) / median(b, HARD) - 1));
    if (b->teacher_rate == 0) return;
    kd_str_addf(out, "  %-12s %10.0f tokens/s\n", "teacher", b->teacher_rate);
    kd_str_addf(out, "  distillation, the teacher asked once in %d epochs: %.0f tokens/s\n", EPOCHS,
                distillation_rate(b, TARGETS_F32));
}

static void write_kind(kd_json_writer *w, const distill_bench *b, int kind)
{
    kd_json_key(w, kind_words[kind]);
    kd_json_begin(w, '{');
    kd_json_key(w, "epoch_s");
    kd_json_begin(w, '[');
    for (int r = 0; r < b->options->repeats; r++) kd_json_real(w, b->epoch_s[kind][r]);
    kd_json_end(w, ']');
    kd_json_put_real(w, "tokens_per_s", rate(b, kind));
    kd_json_end(w, '}');
}

static void write_report(const distill_bench *b, kd_str *out)
{
    kd_json_writer w;
    kd_json_start(&w, out, 0);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "precision", b->options->precision_word);
    kd_json_put_int(&w, "threads", b->options->threads);
    kd_json_put_int(&w, "tokens", b->pack.pieces);
    for (int kind = 0; kind < KINDS; kind++) write_kind(&w, b, kind);
    if (b->teacher_rate > 0) {
        kd_json_put_real(&w, "teacher_tokens_per_s", b->teacher_rate);
        kd_json_put_real(&w, "distillation_tokens_per_s", distillation_rate(b, TARGETS_F32));
    }
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

static void release(distill_bench *b)
{
    for (int kind = 0; kind < KINDS; kind++) free(b->epoch_s[kind]);
    kd_model_destroy(b->model);
    kd_params_destroy(b->params);
    kd_pack_fini(&b->pack);
    free(b->logits);
    free(b->halves);
}

static kd_status run(const distill_options *o, kd_error *err)
{
    distill_bench b = { .options = o };
    kd_str        out = KD_STR_INIT;
    kd_status     status;
    kd_gemm_set_threads(o->threads);
    for (int kind = 0; kind < KINDS; kind++)
        b.epoch_s[kind] = kd_alloc((size_t)o->repeats, sizeof **b.epoch_s);
    if ((status = make_pack(&b, err)) == KD_OK && (status = make_student(&b, err)) == KD_OK) {
        make_targets(&b);
        status = time_epochs(&b, err);
    }
    if (status == KD_OK && o->teacher) status = time_teacher(&b, err);
    if (status == KD_OK) {
        for (int kind = 0; kind < KINDS; kind++)
            qsort(b.epoch_s[kind], (size_t)o->repeats, sizeof **b.epoch_s, by_size);
        (o->as_json ? write_report : print_report)(&b, &out);
        fputs(out.text, stdout);
    }
    kd_str_fini(&out);
    release(&b);
    return status;
}

kd_status kd_bench_distill(int argc, char **argv, kd_error *err)
{
    distill_options o = { .precision_word = "f32",
                          .threads = 1,
                          .batch = 32,
                          .updates = 20,
                          .repeats = 5,
                          .teacher = 64 };
    const kd_arg    table[] = {
           { 0, "lengths", KD_ARG_TEXT, &o.lengths, "FILE", "pieces of each sentence; else drawn" },
           { 0, "precision", KD_ARG_TEXT, &o.precision_word, "P", "f32 or bf16 (f32)", "f32 bf16" },
           { 0, "threads", KD_ARG_INT, &o.threads, "N", "cores (1)" },
           { 0, "batch", KD_ARG_INT, &o.batch, "B", "sentences an update (32)" },
           { 0, "updates", KD_ARG_INT, &o.updates, "N", "an epoch (20)" },
           { 0, "repeats", KD_ARG_INT, &o.repeats, "N", "epochs of each kind that count (5)" },
           { 0, "teacher", KD_ARG_INT, &o.teacher, "N",
             "sentences that a BERT of base size is asked of; 0 for none (64)" },
           KD_ARG_JSON(o.as_json),
           KD_ARG_END
    };
    kd_args   args = { "bench distill", "[OPTION]...",
                       "An epoch of the published BiLSTM with stored targets against one with hard\n"
                         "labels, and the cost of asking a teacher once for 30 epochs.",
                       table };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 0, 0, err)) != KD_OK) return status;
    if (o.threads < 1 || o.batch < 1 || o.updates < 1 || o.repeats < 1 || o.teacher < 0)
        return kd_fail(err, KD_EUSAGE, "bench distill: counts are 1 or more");
    if (!kd_precision_parse(o.precision_word, &o.precision) || o.precision == KD_INT8)
        return kd_fail(err, KD_EUSAGE, "bench distill: --precision is f32 or bf16, not %s",
                       o.precision_word);
    status = kd_gemm_require(o.precision, err);
    return status == KD_OK ? run(&o, err) : status;
}
