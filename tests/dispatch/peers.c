/* peers.c - ranks for test_exchange: sums that are known, and small trainings that end in a file.
 *
 *     dispatch_peers sum SEED                        gradients of many sizes in both forms, totals, gifts
 *     dispatch_peers train CASE SEED FOLDER [bf16]   rank 0 writes its losses and weights; CASE may be all
 *     dispatch_peers die CASE RANK UPDATE            that rank kills itself
 *
 * SEED draws how long ranks dawdle between their steps; 0: they do not. Started without mpirun, `train` is a training
 * that knows no peers. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "distill/trainer.h"
#include "harness/base/digest.h"
#include "harness/base/str.h"
#include "harness/dispatch/exchange.h"
#include "harness/dispatch/ranks.h"
#include "tests/distill/accuracy.h"

static kd_peers peers;
static kd_rng   dawdler;
static bool     dawdles;

#define HOLDS(claim, ...)                                     \
    do {                                                      \
        if (claim) break;                                     \
        fprintf(stderr, "rank %d: %s: ", peers.rank, #claim); \
        fprintf(stderr, __VA_ARGS__);                         \
        fputc('\n', stderr);                                  \
        _exit(1);                                             \
    } while (0)

static void dawdle(void)
{
    if (!dawdles) return;
    struct timespec t = { 0, (long)kd_rng_below(&dawdler, 3000000) };
    if (kd_rng_below(&dawdler, 3) == 0) nanosleep(&t, NULL);
}

/* ---- sums ---- */

static float number_of(int round, int part, int rank, size_t i)
{
    kd_rng root = kd_rng_root((uint64_t)(round * 100 + part)),
           own = kd_rng_split(&root, "rank", (uint64_t)rank);
    kd_rng at = kd_rng_split(&own, "i", i);
    return (float)ldexp(kd_rng_normal(&at), (int)kd_rng_below(&at, 20) - 10);
}

static float as_sent(float x, kd_wire_form form)
{
    uint32_t bits;
    if (form == KD_WIRE_F32) return x;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
    memcpy(&x, &bits, sizeof bits);
    return x;
}

static float sum_of(int round, int part, size_t i, kd_wire_form form)
{
    float sum = as_sent(number_of(round, part, 0, i), form);
    for (int r = 1; r < peers.count; r++) sum += as_sent(number_of(round, part, r, i), form);
    return as_sent(sum, form);
}

enum { PARTS = 6, LONGEST = 5003 };

static const size_t lengths[PARTS] = { 1, 3, 1024, 2, LONGEST, 1025 };

static void sum_parts(int round, kd_wire_form form)
{
    static float x[PARTS][LONGEST];
    for (int p = 0; p < PARTS; p++) {
        for (size_t i = 0; i < lengths[p]; i++) x[p][i] = number_of(round, p, peers.rank, i);
        dawdle();
        peers.begin(peers.user, x[p], lengths[p], form);
        dawdle();
        peers.advance(peers.user);
    }
    peers.finish(peers.user);
    for (int p = 0; p < PARTS; p++)
        for (size_t i = 0; i < lengths[p]; i++) {
            float want = sum_of(round, p, i, form);
            HOLDS(memcmp(&want, &x[p][i], sizeof want) == 0,
                  "round %d, part %d, number %zu: %.9g, not %.9g", round, p, i, (double)x[p][i],
                  (double)want);
        }
}

static void check_bytes(double before, kd_wire_form form)
{
    double whole = 0;
    for (int p = 0; p < PARTS; p++) whole += (double)lengths[p] * (form == KD_WIRE_BF16 ? 2 : 4);
    double sent = kd_exchange_counted().bytes - before, due = 2 * whole * (peers.count - 1);
    peers.total(peers.user, &sent, 1);
    HOLDS(sent == due, "all ranks sent %.0f bytes, and %.0f would do", sent, due);
}

static void sum_all(void)
{
    for (int round = 0; round < 6; round++) {
        kd_wire_form form = round % 2 ? KD_WIRE_BF16 : KD_WIRE_F32;
        double       before = kd_exchange_counted().bytes, numbers[2] = { 0.1 * peers.rank, 1 };
        sum_parts(round, form);
        dawdle();
        peers.total(peers.user, numbers, 2);
        double want = 0;
        for (int r = 0; r < peers.count; r++) want += 0.1 * r;
        HOLDS(numbers[0] == want && numbers[1] == peers.count, "%g and %g", numbers[0], numbers[1]);
        check_bytes(before, form);
        char gift[100] = { 0 };
        if (peers.rank == 0) memset(gift, round + 1, sizeof gift);
        peers.give(peers.user, gift, sizeof gift);
        HOLDS(gift[0] == round + 1 && gift[99] == round + 1, "a gift of %d", gift[0]);
    }
}

/* ---- trainings ---- */

enum { SENTENCES = 20, LABELS = 3, VOCAB = 30 };

typedef struct {
    const char *name, *method;
    kd_task     task;
    kd_kind     kind;
    int         batch, accumulate;
    bool        crf;
    const char *settings[5]; /* of the method's, keys and values */
} training_case;

/* A batch of 6 of 20 sentences: the last one of an epoch has 2, fewer than there may be ranks. */
static const training_case cases[] = {
    { "tags", "none", KD_TASK_NER, KD_KIND_BERT, 6, 1 },
    { "accumulated", "none", KD_TASK_NER, KD_KIND_BERT, 5, 2 },
    { "crf", "none", KD_TASK_NER, KD_KIND_BILSTM, 6, 1, true },
    { "classes", "none", KD_TASK_RE, KD_KIND_BERT, 6, 1 },
    { "words", "none", KD_TASK_TEXT, KD_KIND_BERT, 6, 1 },
    { "words-distilled", "distilbert", KD_TASK_TEXT, KD_KIND_BERT, 6, 1 },
    { "tinybert", "tinybert", KD_TASK_NER, KD_KIND_BERT, 6, 1, false, { "teacher_mode", "train" } },
    { "maps",
      "compact",
      KD_TASK_NER,
      KD_KIND_BERT,
      6,
      1,
      false,
      { "teacher_mode", "train", "attention_maps", "after" } },
    { "doktra", "doktra", KD_TASK_RE, KD_KIND_BERT, 6, 1 },
};

/* Sentences of 3 to 9 pieces, [CLS] first. */
static kd_pack make_pack(kd_task task)
{
    kd_rng  rng = kd_rng_root(1);
    kd_pack pack = { .task = task, .sentences = SENTENCES };
    pack.piece_begin = kd_alloc(SENTENCES + 1, sizeof *pack.piece_begin);
    pack.word_begin = kd_alloc(SENTENCES + 1, sizeof *pack.word_begin);
    pack.ids = kd_alloc(SENTENCES * 9, sizeof *pack.ids);
    pack.word = kd_alloc(SENTENCES * 9, sizeof *pack.word);
    if (task == KD_TASK_NER) pack.tags = kd_alloc(SENTENCES * 9, sizeof *pack.tags);
    if (task == KD_TASK_NER) pack.word_tags = kd_alloc(SENTENCES * 9, sizeof *pack.word_tags);
    if (task == KD_TASK_RE) pack.labels = kd_alloc(SENTENCES, sizeof *pack.labels);
    for (int b = 0; b < SENTENCES; b++) {
        int length = 3 + (int)kd_rng_below(&rng, 7);
        for (int i = 0; i < length; i++) {
            int n = pack.pieces++;
            pack.ids[n] = i == 0 ? 2 : 5 + (int32_t)kd_rng_below(&rng, VOCAB - 5);
            pack.word[n] = i;
            if (pack.tags) pack.tags[n] = pack.word_tags[n] = (int16_t)(pack.ids[n] % LABELS);
        }
        if (pack.labels) pack.labels[b] = pack.ids[pack.piece_begin[b] + 1] % LABELS;
        pack.piece_begin[b + 1] = pack.word_begin[b + 1] = pack.words = pack.pieces;
    }
    return pack;
}

static kd_arch describe(const training_case *c, int layers, double dropout)
{
    kd_arch arch;
    kd_arch_begin(&arch, c->kind);
    arch.head = c->task == KD_TASK_NER  ? KD_HEAD_TAGS
                : c->task == KD_TASK_RE ? KD_HEAD_CLASS
                                        : KD_HEAD_MLM;
    arch.vocab = VOCAB;
    arch.labels = c->task == KD_TASK_TEXT ? VOCAB : LABELS;
    arch.hidden = 8;
    arch.embedding = 8;
    arch.layers = layers;
    arch.classifier = 0;
    arch.encoder.heads = 2;
    arch.encoder.ffn = 16;
    arch.positions = 10;
    arch.encoder.pooler = c->task == KD_TASK_RE;
    arch.dropout = arch.encoder.attention_dropout = dropout;
    arch.init_range = 0.3;
    arch.crf = c->crf;
    return arch;
}

static kd_masker *make_masker(void)
{
    static const char *const specials[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" };
    kd_vocab                *vocab = kd_vocab_create();
    kd_mask_options          options;
    kd_masker               *masker = NULL;
    kd_error                 err;
    for (int i = 0; i < VOCAB; i++) {
        char piece[16];
        snprintf(piece, sizeof piece, "p%d", i);
        const char *text = i < 5 ? specials[i] : piece;
        kd_vocab_add(vocab, text, strlen(text));
    }
    kd_setting_defaults(kd_mask_settings, &options);
    options.mask_rate = 0.9; /* so that no share of a batch is without a hidden piece */
    HOLDS(kd_masker_create(&masker, &options, vocab, &err) == KD_OK, "%s", err.text);
    kd_vocab_destroy(vocab);
    return masker;
}

typedef struct {
    int rank, update; /* who dies, and when; update 0: nobody */
} death;

static bool at_safe_point(void *user, kd_trainer *trainer)
{
    (void)user, (void)trainer;
    dawdle();
    return false;
}

static double judge_words(void *user, const kd_masked_score *score)
{
    (void)user;
    return kd_masked_accuracy(score);
}

/* What ranks dawdle at is between any two ops of the way back, and before each sum. */
static kd_peers plain;
static death    planned;
static int      totals;

static void slow_total(void *user, double *numbers, int count)
{
    dawdle();
    if (planned.update && peers.rank == planned.rank && ++totals == planned.update) raise(SIGKILL);
    plain.total(user, numbers, count);
}

static void slow_advance(void *user)
{
    dawdle();
    plain.advance(user);
}

static void write_outcome(const char *folder, const char *name, const kd_history *history,
                          const kd_params *params)
{
    char *path = kd_sprintf("%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    HOLDS(f, "%s", path);
    for (int i = 0; i < history->count; i++) fprintf(f, "%.17g\n", history->moments[i].loss);
    const float *x = kd_params_block(params, KD_VALUES);
    for (size_t i = 0; i < kd_params_span(params); i++) fprintf(f, "%.9g\n", (double)x[i]);
    fclose(f);
    free(path);
}

/* All ranks have the same weights to the bit. */
static void check_agreement(const kd_params *params)
{
    uint64_t own =
        kd_checksum(kd_params_block(params, KD_VALUES), kd_params_span(params) * sizeof(float), 0);
    uint64_t of_first = own;
    if (peers.count < 2) return;
    peers.give(peers.user, &of_first, sizeof of_first);
    HOLDS(own == of_first, "the weights of rank 0 are others");
}

static kd_model *make_model(kd_params *params, const kd_arch *arch, bool trains, uint64_t seed)
{
    kd_model *model = NULL;
    kd_error  err;
    kd_rng    root = kd_rng_root(seed);
    HOLDS(kd_model_create(&model, params, arch, &err) == KD_OK, "%s", err.text);
    if (trains) return model;
    kd_params_allocate(params, false);
    kd_params_init(params, &root);
    return model;
}

static void train(const training_case *c, const char *folder, kd_wire_form wire)
{
    kd_error   err;
    kd_pack    pack = make_pack(c->task);
    kd_params *params = kd_params_create(), *of_teacher = kd_params_create();
    kd_arch    arch = describe(c, 1, 0.2), of = describe(c, 2, 0.3);
    kd_model  *model = make_model(params, &arch, true, 0);
    kd_model  *teacher = strcmp(c->method, "none") ? make_model(of_teacher, &of, false, 7) : NULL;
    const kd_method   *method = kd_method_find(c->method);
    kd_distill_options distill;
    kd_train_options   train;
    kd_optim_options   optim;
    kd_rng             root = kd_rng_root(3);
    kd_trainer        *trainer = NULL;
    kd_masker         *masker = c->task == KD_TASK_TEXT ? make_masker() : NULL;
    kd_distill_defaults(&distill, method);
    for (const char *const *word = c->settings; *word; word += 2)
        HOLDS(kd_setting_put(kd_setting_find(method->settings, word[0]), &distill, word[1], &err) ==
                  KD_OK,
              "%s", err.text);
    if (teacher)
        HOLDS(kd_method_declare(method, params, &distill, &arch, &of, &err) == KD_OK, "%s",
              err.text);
    kd_params_allocate(params, true);
    kd_params_init(params, &root);
    kd_setting_defaults(kd_train_settings, &train);
    kd_setting_defaults(kd_optim_settings, &optim);
    train.epochs = 3;
    train.batch = c->batch;
    train.accumulate = c->accumulate;
    train.wire = wire;
    optim.lr = 1e-3;
    kd_training training = { .train = &pack,
                             .devel = &pack,
                             .judge = { accuracy, &pack, judge_words },
                             .model = model,
                             .params = params,
                             .train_options = &train,
                             .optim_options = &optim,
                             .method = method,
                             .distill_options = &distill,
                             .teacher = teacher,
                             .masker = masker,
                             .threads = 1,
                             .peers = peers.total ? &peers : NULL,
                             .root = root,
                             .watch = { NULL, at_safe_point, NULL } };
    HOLDS(kd_trainer_create(&trainer, &training, &err) == KD_OK, "%s", err.text);
    HOLDS(kd_trainer_run(trainer, &err) == KD_OK, "%s", err.text);
    kd_history history = kd_trainer_history(trainer);
    HOLDS(history.sentences == 3.0 * SENTENCES && history.tokens == 3.0 * pack.pieces,
          "%g sentences, %g pieces", history.sentences, history.tokens);
    check_agreement(params);
    if (folder && peers.rank == 0) write_outcome(folder, c->name, &history, params);
    kd_trainer_destroy(trainer);
    kd_model_destroy(model);
    kd_model_destroy(teacher);
    kd_params_destroy(params);
    kd_params_destroy(of_teacher);
    kd_masker_destroy(masker);
    kd_pack_fini(&pack);
}

static void train_all(const char *name, const char *folder, kd_wire_form wire)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(name, "all") == 0 || strcmp(cases[i].name, name) == 0)
            train(&cases[i], folder, wire);
}

static void set_dawdling(uint64_t seed)
{
    kd_rng root = kd_rng_root(seed);
    dawdles = seed > 0;
    dawdler = kd_rng_split(&root, "dawdle", (uint64_t)peers.rank);
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    bool is_alone = !getenv("OMPI_COMM_WORLD_SIZE");
    peers = (kd_peers){ .count = 1 };
    if (!is_alone) {
        kd_ranks_start(&argc, &argv);
        peers = plain = kd_exchange_open();
        peers.total = slow_total;
        peers.advance = slow_advance;
    }
    if (strcmp(argv[1], "sum") == 0) {
        set_dawdling(strtoull(argv[2], NULL, 10));
        sum_all();
    } else if (strcmp(argv[1], "die") == 0 && argc == 5) {
        planned = (death){ atoi(argv[3]), atoi(argv[4]) };
        train_all(argv[2], NULL, KD_WIRE_F32);
    } else if (strcmp(argv[1], "train") == 0 && argc >= 5) {
        set_dawdling(strtoull(argv[3], NULL, 10));
        train_all(argv[2], argv[4], argc > 5 ? KD_WIRE_BF16 : KD_WIRE_F32);
    } else {
        return 2;
    }
    if (is_alone) return 0;
    kd_exchange_meet(INFINITY);
    kd_exchange_close();
    kd_ranks_end(false, 0);
    fflush(NULL);
    _exit(
        0); /* what MPI keeps to the end is no leak of ours; those of a training alone are looked for */
}
