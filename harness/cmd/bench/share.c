/* share.c - steps of a training whose ranks share every batch, timed by the trainer's own safe points. */
#include "harness/cmd/bench/share.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/trainer.h"
#include "harness/base/clock.h"
#include "harness/base/str.h"
#include "harness/cmd/bench/work.h"
#include "harness/dispatch/exchange.h"
#include "harness/dispatch/ranks.h"

enum { ROW = 128, WARMUP = 2, SPECIALS = 5 };

typedef struct {
    kd_precision precision;
    int          rows, steps; /* of a batch; that are timed */
} request;

/* What stood at the end of the last step that is not timed, and now. */
typedef struct {
    double            clock_s, took_s;
    kd_exchange_count at, spent;
} timing;

static kd_status parse(request *out, int argc, char **argv, kd_error *err)
{
    long long pieces = 0, steps = 0;
    if (argc != 5 || !kd_precision_parse(argv[2], &out->precision) ||
        !kd_parse_int(argv[3], &pieces) || !kd_parse_int(argv[4], &steps) || pieces < ROW ||
        steps < 1)
        return kd_fail(err, KD_EUSAGE, "bench: expected share FORM PIECES STEPS");
    out->rows = (int)(pieces / ROW);
    out->steps = (int)steps;
    return KD_OK;
}

static kd_vocab *make_vocab(int pieces)
{
    static const char *const specials[SPECIALS] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" };
    kd_vocab                *vocab = kd_vocab_create();
    for (int i = 0; i < pieces; i++) {
        char piece[16];
        snprintf(piece, sizeof piece, "p%d", i);
        const char *text = i < SPECIALS ? specials[i] : piece;
        kd_vocab_add(vocab, text, strlen(text));
    }
    return vocab;
}

/* Rows of drawn pieces, as many as all steps have. */
static kd_pack make_pack(const request *r, int pieces)
{
    kd_rng  rng = kd_rng_root(1);
    size_t  rows = (size_t)r->rows * (size_t)(WARMUP + r->steps);
    kd_pack pack = {
        .task = KD_TASK_TEXT, .sentences = (int)rows, .pieces = (int)(rows * ROW), .longest = ROW
    };
    pack.piece_begin = kd_alloc(rows + 1, sizeof *pack.piece_begin);
    pack.ids = kd_alloc(rows * ROW, sizeof *pack.ids);
    for (size_t b = 0; b <= rows; b++) pack.piece_begin[b] = (int32_t)(b * ROW);
    for (size_t n = 0; n < rows * ROW; n++)
        pack.ids[n] = SPECIALS + (int32_t)kd_rng_below(&rng, (uint64_t)(pieces - SPECIALS));
    return pack;
}

static kd_exchange_count less(kd_exchange_count a, kd_exchange_count b)
{
    return (kd_exchange_count){ a.bytes - b.bytes, a.finishing_s - b.finishing_s,
                                a.totalling_s - b.totalling_s };
}

static bool note_step(void *user, kd_trainer *trainer)
{
    timing *t = user;
    if (kd_trainer_updates(trainer) > WARMUP) return false;
    t->clock_s = kd_clock_s();
    t->at = kd_exchange_counted();
    return false;
}

static double judge(void *user, const kd_masked_score *score)
{
    (void)user;
    return kd_masked_accuracy(score);
}

static kd_status time_steps(const request *r, kd_training *training, timing *t, kd_error *err)
{
    kd_trainer *trainer = NULL;
    training->watch = (kd_trainer_watch){ .at_safe_point = note_step, .user = t };
    kd_status status = kd_trainer_create(&trainer, training, err);
    if (status == KD_OK) status = kd_trainer_run(trainer, err);
    t->took_s = (kd_clock_s() - t->clock_s) / r->steps;
    t->spent = less(kd_exchange_counted(), t->at);
    kd_trainer_destroy(trainer);
    return status;
}

/* Of rank 0, which alone is asked at safe points; all send as much. */
static void print(const request *r, const timing *t, size_t span)
{
    double ended_s = t->spent.finishing_s / r->steps, totalled_s = t->spent.totalling_s / r->steps;
    printf("step_s %.6f waiting %.6f ending %.6f bytes %.0f gradients %.0f\n", t->took_s,
           (ended_s + totalled_s) / t->took_s, ended_s / t->took_s, t->spent.bytes / r->steps,
           (double)span * sizeof(float));
}

static kd_status run(const request *r, const kd_peers *peers, kd_error *err)
{
    kd_arch            arch;
    kd_model          *model = NULL;
    kd_params         *params = kd_params_create();
    kd_masker         *masker = NULL;
    kd_train_options   train;
    kd_optim_options   optim;
    kd_mask_options    masks;
    kd_distill_options distill;
    kd_rng             root = kd_rng_root(1);
    timing             t = { 0 };
    kd_bench_shape(&arch, KD_SHAPE_TINYBERT);
    arch.head = KD_HEAD_MLM;
    arch.labels = arch.vocab;
    kd_pack   pack = make_pack(r, arch.vocab);
    kd_vocab *vocab = make_vocab(arch.vocab);
    kd_setting_defaults(kd_train_settings, &train);
    kd_setting_defaults(kd_optim_settings, &optim);
    kd_setting_defaults(kd_mask_settings, &masks);
    kd_distill_defaults(&distill, kd_methods[0]);
    train.epochs = 1;
    train.batch = r->rows;
    kd_status status = kd_masker_create(&masker, &masks, vocab, err);
    if (status == KD_OK) status = kd_model_create(&model, params, &arch, err);
    if (status == KD_OK) {
        kd_params_allocate(params, true);
        kd_params_init(params, &root);
        kd_training training = { .train = &pack,
                                 .judge = { .score_words = judge },
                                 .model = model,
                                 .params = params,
                                 .train_options = &train,
                                 .optim_options = &optim,
                                 .method = kd_methods[0],
                                 .distill_options = &distill,
                                 .masker = masker,
                                 .precision = r->precision,
                                 .threads = 1,
                                 .peers = peers,
                                 .root = root };
        status = time_steps(r, &training, &t, err);
    }
    if (status == KD_OK && peers->rank == 0) print(r, &t, kd_params_span(params));
    kd_model_destroy(model);
    kd_params_destroy(params);
    kd_masker_destroy(masker);
    kd_vocab_destroy(vocab);
    kd_pack_fini(&pack);
    return status;
}

kd_status kd_bench_share(int argc, char **argv, kd_error *err)
{
    request   r;
    kd_status status = parse(&r, argc, argv, err);
    if (status != KD_OK) return status;
    kd_peers peers = kd_exchange_open();
    status = run(&r, &peers, err);
    if (status == KD_OK) kd_exchange_meet(INFINITY);
    kd_exchange_close();
    return status;
}
