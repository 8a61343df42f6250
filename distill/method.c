/* method.c - the table of methods, their settings, and what they share. */
#include "distill/method.h"

#include <stdlib.h>
#include <string.h>

#include "distill/method_internal.h"
#include "distill/schedule.h"

#define ROW(kind, member, ...) KD_##kind##_ROW(kd_distill_options, member, #member, __VA_ARGS__)

/* The three rows of a part whose weight goes from one number to another. */
#define SCHEDULE_ROWS(part, name, shape, first, last, words)                                     \
    KD_TEXT_ROW(kd_distill_options, part.schedule, name "_schedule", shape, KD_SCHEDULE_NAMES,   \
                "fastbioner", "how the weight of " words " goes while training; off: left out"), \
        KD_REAL_ROW(kd_distill_options, part.from, name "_from", first, 0, 1e6, "fastbioner",    \
                    "weight of " words " at the first update"),                                  \
        KD_REAL_ROW(kd_distill_options, part.to, name "_to", last, 0, 1e6, "fastbioner",         \
                    "weight of " words " at the last update")

const kd_setting kd_distill_settings[] = {
    ROW(TEXT, method, "none", KD_METHOD_NAMES, NULL, "what the student learns from"),
    ROW(REAL, alpha, "0", 0, 1, "logit-mse soft-ce kl tinybert pkd",
        "share of the hard loss; the rest is the teacher's"),
    ROW(REAL, smoothing, "0.1", 0, 0.999, NULL, "label smoothing of the hard loss"),
    ROW(REAL, confidence_penalty, "0", 0, 100, NULL,
        "beta: the hard loss is reduced by beta times the entropy of what is predicted"),
    ROW(REAL, temperature, "2", 0.01, 1000, "soft-ce kl distilbert pkd fastbioner",
        "logits of both sides are divided by it before the softmax"),
    ROW(TEXT, teacher_mode, "eval", "eval train",
        "logit-mse soft-ce kl tinybert distilbert compact pkd fastbioner",
        "train: the teacher is asked in every step, with its dropout, as the compact models' code "
        "has it"),
    ROW(TEXT, attention_maps, "before", "before after", "tinybert compact fastbioner",
        "attention probabilities before a dropout, or after one as the sources' code has them"),
    ROW(TEXT, padding, "none", "none source", "logit-mse",
        "source: sentences are lengthened by PAD to the batch's longest, and learned there too"),
    ROW(TEXT, pairing, "aligned", "aligned source", "tinybert",
        "last layer to last layer, or shifted by one as in the first source's code"),
    ROW(TEXT, attention_target, "probs", "probs scores", "tinybert",
        "attention probabilities, or scores before the softmax"),
    ROW(TEXT, output, "mse", "mse soft-ce none", "tinybert", "loss between the logits"),
    ROW(REAL, output_weight, "1", 0, 1e6, "tinybert", "weight of the loss between the logits"),
    ROW(REAL, embedding_weight, "1", 0, 1e6, "tinybert", "weight of the embeddings' loss"),
    ROW(REAL, hidden_weight, "1", 0, 1e6, "tinybert pkd", "weight of the hidden states' loss"),
    ROW(REAL, attention_weight, "1", 0, 1e6, "tinybert", "weight of the attention maps' loss"),
    SCHEDULE_ROWS(hard, "hard", "linear", "0", "1", "the hard loss"),
    SCHEDULE_ROWS(soft, "soft", "linear", "1", "0", "the soft loss"),
    SCHEDULE_ROWS(hidden, "hidden", "linear", "1", "0", "the hidden states' loss"),
    SCHEDULE_ROWS(embedding, "embedding", "off", "1", "0", "the embeddings' loss"),
    SCHEDULE_ROWS(attention, "attention", "off", "1", "0", "the attention maps' loss"),
    ROW(TEXT, first_phase, "boundary", "boundary kl", "doktra",
        "what is learnt before the switch: the activation boundary, or the logits"),
    ROW(REAL, margin, "1", 0, 1000, "doktra", "by how much an activation passes the boundary"),
    ROW(REAL, loss_switch, "0.8", 0, 1, "doktra",
        "share of the epochs after which the true labels take over"),
    KD_SETTING_END,
};

const kd_method *const kd_methods[] = {
    &kd_method_none,
    &kd_method_logit_mse,
    &kd_method_soft_ce,
    &kd_method_kl,
    &kd_method_tinybert,
    &kd_method_distilbert,
    &kd_method_compact,
    &kd_method_pkd,
    &kd_method_fastbioner,
    &kd_method_doktra,
    NULL,
};

const kd_method *kd_method_find(const char *name)
{
    for (int i = 0; kd_methods[i]; i++)
        if (strcmp(kd_methods[i]->name, name) == 0) return kd_methods[i];
    return NULL;
}

/* What a task is called, and what a method that is not defined for it misses there. */
static const struct {
    const char *name, *lacks;
} task_words[] = {
    [KD_TASK_NER] = { "named entities", "it learns from one label a sentence" },
    [KD_TASK_RE] = { "relations", "it learns from a label for every piece" },
    [KD_TASK_HOC] = { "sets of classes", "its softmax needs classes of which just one is right" },
    [KD_TASK_TEXT] = { "plain text", "it has no labels" },
};

kd_status kd_method_check(const kd_method *method, kd_task task, kd_error *err)
{
    if (method->tasks & 1u << task) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "distill.method: %s is not defined for %s: %s", method->name,
                   task_words[task].name, task_words[task].lacks);
}

/* A teacher whose dropout is active never says the same twice. */
static bool is_live(const kd_distill_options *options)
{
    return strcmp(options->teacher_mode, "train") == 0;
}

unsigned kd_method_needs(const kd_method *method, const kd_distill_options *options)
{
    unsigned needs = method->needs_with ? method->needs_with(options) : method->needs;
    if (!is_live(options) || !(needs & KD_NEEDS_LOGITS)) return needs;
    return (needs & ~(unsigned)KD_NEEDS_LOGITS) | KD_NEEDS_LIVE;
}

bool kd_method_pads(const kd_distill_options *options)
{
    return strcmp(options->padding, "source") == 0;
}

kd_wants kd_needs_wants(unsigned needs)
{
    return (kd_wants){ .hidden = needs & KD_NEEDS_HIDDEN,
                       .probs = needs & KD_NEEDS_MAPS,
                       .scores = needs & KD_NEEDS_SCORES };
}

/* ---- what is inside a teacher ---- */

const char *kd_inside_word(kd_inside_kind kind)
{
    static const char *const words[] = {
#define X(name, word, need) word,
        KD_INSIDE_KINDS_LIST(X)
#undef X
    };
    return words[kind];
}

static bool has_any(const kd_inside *inside, kd_inside_kind kind)
{
    for (int l = 0; l <= KD_LAYERS_MAX; l++)
        if (inside->has[kind][l]) return true;
    return false;
}

bool kd_inside_is_empty(const kd_inside *inside)
{
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++)
        if (has_any(inside, k)) return false;
    return true;
}

void kd_inside_print(const kd_inside *inside, kd_inside_kind kind, kd_str *out)
{
    const char *between = "";
    for (int l = 0; l <= KD_LAYERS_MAX; l++) {
        if (!inside->has[kind][l]) continue;
        kd_str_addf(out, "%s%d", between, l);
        between = " ";
    }
}

bool kd_inside_parse(kd_inside *inside, kd_inside_kind kind, const char *text)
{
    while (*text) {
        char *end;
        long  layer = strtol(text, &end, 10);
        if (end == text || layer < 0 || layer > KD_LAYERS_MAX || (*end && *end != ' '))
            return false;
        inside->has[kind][layer] = true;
        text = end + (*end == ' ');
    }
    return true;
}

kd_wants kd_inside_wants(const kd_inside *inside)
{
    unsigned needs = 0;
#define X(name, word, need) needs |= has_any(inside, KD_INSIDE_##name) ? need : 0;
    KD_INSIDE_KINDS_LIST(X)
#undef X
    return kd_needs_wants(needs);
}

void kd_method_inside(kd_inside *out, const kd_method *method, const kd_distill_options *options,
                      kd_task task, const kd_arch *student, const kd_arch *teacher)
{
    *out = (kd_inside){ .is_of_firsts = false };
    if (!(kd_method_needs(method, options) & KD_NEEDS_INSIDE) || is_live(options)) return;
    method->looks(out, options, task, student->layers, teacher->layers);
}

/* ---- what the two networks have in common ---- */

/* What is not an encoder has no attention, and its layers are not those of one. */
static kd_status check_kind(const kd_method *method, const kd_arch *arch, unsigned needs,
                            const char *whose, kd_error *err)
{
    if (kd_arch_kind(arch)->is_encoder) return KD_OK;
    bool has_maps = needs & (KD_NEEDS_MAPS | KD_NEEDS_SCORES);
    return kd_fail(err, KD_ECONFIG,
                   "distill.method: %s needs the %s's %s, which a %s does not have", method->name,
                   whose, has_maps ? "attention maps" : "hidden states of an encoder",
                   kd_arch_kind(arch)->name);
}

static kd_status check_sizes(const kd_method *method, unsigned needs, const kd_arch *s,
                             const kd_arch *t, kd_error *err)
{
    if (method->fits & KD_PAIRS_LAYERS && t->layers % s->layers != 0)
        return kd_fail(err, KD_ECONFIG,
                       "distill.method: %s pairs layers: teacher.layers = %d is no multiple of "
                       "student.layers = %d",
                       method->name, t->layers, s->layers);
    if (method->fits & KD_SPARES_LAST && s->layers < 2)
        return kd_fail(err, KD_ECONFIG,
                       "distill.method: %s pairs every layer but the last, and student.layers = %d",
                       method->name, s->layers);
    if (method->fits & KD_SAME_WIDTH && s->hidden != t->hidden)
        return kd_fail(err, KD_ECONFIG,
                       "distill.method: %s compares states of one width: student.hidden = %d, "
                       "teacher.hidden = %d",
                       method->name, s->hidden, t->hidden);
    if (needs & (KD_NEEDS_MAPS | KD_NEEDS_SCORES) && s->encoder.heads != t->encoder.heads)
        return kd_fail(err, KD_ECONFIG,
                       "distill.method: %s compares attention head by head: student.heads = %d, "
                       "teacher.heads = %d",
                       method->name, s->encoder.heads, t->encoder.heads);
    return KD_OK;
}

kd_status kd_method_fits(const kd_method *method, const kd_distill_options *options,
                         const kd_arch *student, const kd_arch *teacher, kd_error *err)
{
    unsigned  needs = kd_method_needs(method, options);
    kd_status status;
    if (!(needs & KD_NEEDS_INSIDE)) return KD_OK;
    if ((status = check_kind(method, student, needs, "student", err)) != KD_OK ||
        (status = check_kind(method, teacher, needs, "teacher", err)) != KD_OK)
        return status;
    return check_sizes(method, needs, student, teacher, err);
}

kd_status kd_method_declare(const kd_method *method, kd_params *params,
                            const kd_distill_options *options, const kd_arch *student,
                            const kd_arch *teacher, kd_error *err)
{
    bool is_needed = kd_method_needs(method, options) & KD_NEEDS_INSIDE;
    return method->declare && is_needed ? method->declare(params, options, student, teacher, err)
                                        : KD_OK;
}

/* ---- lessons ---- */

void kd_lesson_add(kd_lesson *lesson, const char *name, kd_tensor *value, double weight)
{
    KD_CHECK(lesson->part_count < KD_LOSS_PARTS_MAX, "a lesson has at most %d parts",
             KD_LOSS_PARTS_MAX);
    lesson->parts[lesson->part_count++] = (kd_loss_part){ name, value, weight };
}

const kd_pick *kd_lesson_labelled(const kd_lesson *lesson)
{
    int      n = lesson->student.logits->n;
    kd_pick *pick = kd_tape_alloc(lesson->tape, 1, sizeof *pick);
    int32_t *row = kd_tape_alloc(lesson->tape, (size_t)n, sizeof *row);
    *pick = (kd_pick){ 0, row };
    for (int i = 0; i < n; i++)
        if (lesson->labels[i] >= 0) row[pick->count++] = i;
    return pick;
}

/* Of classes, CE; of a set of classes, CE of each for itself: loss, and entropy in *entropy. */
static kd_tensor *task_loss(kd_lesson *lesson, kd_tensor **entropy)
{
    kd_tensor *z = lesson->student.logits;
    bool       is_set = lesson->task == KD_TASK_HOC;
    *entropy = NULL;
    if (lesson->options->confidence_penalty > 0)
        *entropy = is_set ? kd_op_binary_entropy(lesson->tape, z, NULL)
                          : kd_op_entropy(lesson->tape, z, kd_lesson_labelled(lesson));
    return is_set
               ? kd_op_binary_cross_entropy(lesson->tape, z, lesson->bits, NULL)
               : kd_op_cross_entropy(lesson->tape, z, lesson->labels, lesson->options->smoothing);
}

kd_tensor *kd_lesson_hard_loss(kd_lesson *lesson)
{
    kd_tensor *terms[2];
    terms[0] = task_loss(lesson, &terms[1]);
    if (!terms[1]) return terms[0];
    return kd_op_weighted_sum(lesson->tape, 2, terms,
                              (double[]){ 1, -lesson->options->confidence_penalty });
}
