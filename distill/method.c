/* method.c - the list of methods, and what others ask of one. */
#include "distill/method.h"

#include <string.h>

#include "distill/method_internal.h"
#include "models/text/corpus.h"

const kd_method *const kd_methods[] = {
#define X(row) &kd_method_##row,
    KD_METHODS(X)
#undef X
        NULL,
};

const kd_method *kd_method_find(const char *name)
{
    for (int i = 0; kd_methods[i]; i++)
        if (strcmp(kd_methods[i]->name, name) == 0) return kd_methods[i];
    return NULL;
}

const kd_method *kd_method_that_needs(unsigned needs)
{
    for (int i = 0; kd_methods[i]; i++)
        if (kd_methods[i]->needs == needs) return kd_methods[i];
    return NULL;
}

/* What a task is called, and what a method that is not defined for it misses there. */
static const struct {
    const char *name, *lacks;
} task_words[] = {
    [KD_TASK_NER] = { "named entities", "it learns from one label a sentence" },
    [KD_TASK_RE] = { "relations", "it learns from a label for every piece" },
    [KD_TASK_HOC] = { "sets of classes", "its softmax needs classes of which just one is right" },
    [KD_TASK_QA] = { "answers in a text", "it learns from labels, and not from places in a text" },
    [KD_TASK_TEXT] = { "masked words", "it learns from labels of another sort" },
    [KD_TASK_PAIR] = { "pairs of texts", "it learns from a label for every piece" },
};

kd_status kd_task_choose_head(kd_task task, kd_arch *arch, kd_error *err)
{
    static const kd_head_kind heads[] = {
        [KD_TASK_NER] = KD_HEAD_TAGS,       [KD_TASK_RE] = KD_HEAD_CLASS,
        [KD_TASK_HOC] = KD_HEAD_MULTILABEL, [KD_TASK_QA] = KD_HEAD_SPAN,
        [KD_TASK_TEXT] = KD_HEAD_MLM,       [KD_TASK_PAIR] = KD_HEAD_CLASS
    };
    if (arch->head != KD_HEAD_TAGS && arch->head != heads[task])
        return kd_fail(err, KD_ECONFIG, "head: %s cannot learn the task %s, which needs %s",
                       kd_head_word(arch->head), kd_task_name(task), kd_head_word(heads[task]));
    arch->head = heads[task];
    return KD_OK;
}

kd_status kd_method_check(const kd_method *method, kd_task task, kd_error *err)
{
    if (method->tasks & 1u << task) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "distill.method: %s is not defined for %s: %s", method->name,
                   task_words[task].name, task_words[task].lacks);
}

/* A teacher whose dropout is active never says the same twice. */
static bool is_live(const kd_distill_options *options)
{
    return options->shared.teacher_mode == KD_TEACHER_TRAIN;
}

static unsigned needs_with(const kd_method *method, const kd_distill_options *options)
{
    return method->needs_with ? method->needs_with(options) : method->needs;
}

unsigned kd_method_needs(const kd_method *method, const kd_distill_options *options, kd_task task)
{
    unsigned needs = needs_with(method, options);
    bool     is_new_each_time = is_live(options) || task == KD_TASK_TEXT;
    if (!is_new_each_time || !(needs & KD_NEEDS_LOGITS)) return needs;
    return (needs & ~(unsigned)KD_NEEDS_LOGITS) | KD_NEEDS_LIVE;
}

bool kd_method_pads(const kd_distill_options *options)
{
    return options->shared.padding == KD_PADDING_SOURCE;
}

kd_wants kd_needs_wants(unsigned needs)
{
    return (kd_wants){ .hidden = needs & KD_NEEDS_HIDDEN,
                       .probs = needs & KD_NEEDS_MAPS,
                       .scores = needs & KD_NEEDS_SCORES };
}

void kd_method_inside(kd_inside *out, const kd_method *method, const kd_distill_options *options,
                      kd_task task, const kd_arch *student, const kd_arch *teacher)
{
    *out = (kd_inside){ .is_of_firsts = false };
    if (!(needs_with(method, options) & KD_NEEDS_INSIDE)) return;
    if (is_live(options) || task == KD_TASK_TEXT) return;
    method->looks(out, options, task, student->layers, teacher->layers);
}

/* ---- what the two networks have in common ---- */

/* What is not an encoder has no attention, and its layers are not those of one; a state for each
 * sentence any network has that classifies them. */
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

static kd_status has_no_crf(const kd_method *method, const char *whose, kd_error *err)
{
    return kd_fail(err, KD_ECONFIG,
                   "distill.method: %s compares tags under a CRF, and the %s has none: set %s.crf",
                   method->name, whose, whose);
}

kd_status kd_method_suits(const kd_method *method, const kd_distill_options *options,
                          bool student_has_crf, bool teacher_has_crf, kd_error *err)
{
    bool compares = method->fits & KD_BOTH_CRF;
    if (compares && !student_has_crf) return has_no_crf(method, "student", err);
    if (compares && !teacher_has_crf) return has_no_crf(method, "teacher", err);
    if (!student_has_crf || options->shared.confidence_penalty == 0) return KD_OK;
    return kd_fail(
        err, KD_ECONFIG,
        "distill.confidence_penalty: is for tags that are predicted each for itself, not "
        "by a CRF");
}

kd_status kd_method_fits(const kd_method *method, const kd_distill_options *options,
                         const kd_arch *student, const kd_arch *teacher, kd_error *err)
{
    unsigned  needs = needs_with(method, options);
    kd_status status = kd_method_suits(method, options, student->crf, teacher->crf, err);
    if (status != KD_OK || !(needs & KD_NEEDS_INSIDE)) return status;
    if (!(method->fits & KD_ONE_STATE)) status = check_kind(method, student, needs, "student", err);
    if (status == KD_OK) status = check_kind(method, teacher, needs, "teacher", err);
    if (status != KD_OK) return status;
    return check_sizes(method, needs, student, teacher, err);
}

static kd_status needs_pieces(const char *key, const char *what, const char *which, kd_error *err)
{
    return kd_fail(err, KD_ECONFIG,
                   "distill.%s: %s %s, and teacher.data.vocab gives the teacher other pieces than "
                   "the student's",
                   key, what, which);
}

kd_status kd_method_fits_apart(const kd_method *method, const kd_distill_options *options,
                               kd_task task, const kd_arch *student, const kd_arch *teacher,
                               kd_error *err)
{
    unsigned  needs = kd_method_needs(method, options, task);
    kd_inside inside = { .is_of_firsts = false };
    bool      is_of_words = task == KD_TASK_NER;
    bool      is_of_rows = kd_task_is_of_class(task) || task == KD_TASK_HOC;
    if (!is_of_words && !is_of_rows)
        return kd_fail(err, KD_ECONFIG,
                       "teacher.data.vocab: with task = %s the teacher says nothing of words or of "
                       "whole sentences that other pieces could learn",
                       kd_task_name(task));
    if (needs & KD_NEEDS_INSIDE)
        method->looks(&inside, options, task, student->layers, teacher->layers);
    if (needs & (KD_NEEDS_MAPS | KD_NEEDS_SCORES) ||
        (needs & KD_NEEDS_HIDDEN && !inside.is_of_firsts))
        return needs_pieces("method", method->name, "compares the inside of both piece by piece",
                            err);
    if (kd_method_pads(options))
        return needs_pieces("padding", "source", "learns what the teacher says of PAD pieces", err);
    return KD_OK;
}

kd_status kd_method_declare(const kd_method *method, kd_params *params,
                            const kd_distill_options *options, const kd_arch *student,
                            const kd_arch *teacher, kd_error *err)
{
    bool is_needed = needs_with(method, options) & KD_NEEDS_INSIDE;
    return method->declare && is_needed ? method->declare(params, options, student, teacher, err)
                                        : KD_OK;
}
