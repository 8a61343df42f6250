/* method_crf_posterior.c - cross-entropy with the teacher's posteriors.
 *
 *     L = alpha * CRF(student, labels) + (1 - alpha) * mean_n -sum_k q_n(k) log p_n(k)
 *     p_n(k) the marginal of tag k at word n under the student's CRF, by forward-backward; q_n the
 *     same of the teacher
 *
 * The posterior distillation of Wang et al. 2020, Structure-level knowledge distillation for
 * multilingual sequence labeling. Means are over the first pieces of words. Where the teacher has pieces of its own
 * and its row was cut, its chain ends with the last word that it has read, and so do the means. */
#include "distill/method_internal.h"

typedef struct {
    kd_distill_shared shared;
    double            alpha; /* share of the hard loss */
} options;

KD_METHOD_OPTIONS(options)

static const kd_setting settings[] = {
    KD_ALPHA_ROW(options),
    KD_TEACHER_MODE_ROW(options),
    KD_SETTING_END,
};

/* Which pieces are the first of a word, whose tag is told or not: what a chain goes through, and no more than that. Of what
 * the teacher says it is the words that it has read. */
static const int32_t *chain_of(const kd_lesson *lesson, const uint8_t *said)
{
    int      n = lesson->student.logits->n;
    int32_t *firsts = kd_tape_alloc(lesson->tape, (size_t)n, sizeof *firsts);
    for (int i = 0; i < n; i++)
        firsts[i] = lesson->firsts[i] != KD_NO_TAG && (!said || said[i]) ? 0 : KD_NO_TAG;
    return firsts;
}

/* Logits whose softmax are the teacher's posteriors: (N,K), at the rows of `firsts`. */
static const float *ask_teacher(const kd_lesson *lesson, kd_pick *firsts)
{
    const kd_targets_crf *of = &lesson->teacher_crf;
    kd_tape              *tape = lesson->tape;
    int                   n = lesson->student.logits->n, k = lesson->student.logits->d;
    kd_crf_weights        crf = { kd_tape_constant(tape, k, k, of->transitions),
                                  kd_tape_constant(tape, 1, k, of->start),
                                  kd_tape_constant(tape, 1, k, of->end),
                                  lesson->student.crf->weights.forbidden };
    kd_tensor            *said = kd_tape_constant(tape, n, k, lesson->teacher_logits);
    kd_chains chains = kd_chains_of(tape, &lesson->rows, chain_of(lesson, lesson->said));
    *firsts = (kd_pick){ kd_rows_total(&chains.rows), chains.row };
    return kd_op_crf_marginals(tape, said, &crf, &chains)->x;
}

static kd_tensor *posterior_loss(const kd_lesson *lesson)
{
    kd_pick     *firsts = kd_tape_alloc(lesson->tape, 1, sizeof *firsts);
    kd_pick      own_firsts;
    const float *taught = ask_teacher(lesson, firsts);
    kd_tensor   *says = kd_crf_marginals(lesson->student.crf, lesson->tape, lesson->student.logits,
                                         &lesson->rows, chain_of(lesson, NULL), &own_firsts);
    return kd_op_soft_cross_entropy(lesson->tape, says, taught, 1.0, firsts);
}

static void teach(kd_lesson *lesson)
{
    const options *o = own(lesson->options);
    if (o->alpha > 0) kd_lesson_add(lesson, KD_PART_HARD, kd_lesson_hard_loss(lesson), o->alpha);
    if (o->alpha < 1) kd_lesson_add(lesson, "posterior", posterior_loss(lesson), 1 - o->alpha);
}

const kd_method kd_method_crf_posterior = {
    .name = "crf-posterior",
    .about = "cross-entropy with the probabilities of a teacher's tags in their sentence",
    .settings = settings,
    .needs = KD_NEEDS_LOGITS,
    .fits = KD_BOTH_CRF,
    .tasks = KD_FOR_TAGS,
    .teach = teach,
};
