/* method_doktra.c - DoKTra: first the teacher's activation boundary, then the calibrated task.
 *
 *     epoch < int(E * loss_switch):   L = AB / 1000 / batch          and no true label at all
 *     after:                          L = CE - beta H                and no teacher at all
 *
 *     AB = sum over sentences and units  (s+m)^2 where s > -m and t <= 0
 *                                        (s-m)^2 where s <= m and t > 0
 *
 * s is the student's last state at the first position, or what it pools of all positions where its kind
 * has no such state (models/bilstm.c), and t = F h_t the teacher's. F is Linear,
 * Xavier-uniform with bias 0.01, drawn once and never trained; with equal widths it is the
 * identity. `batch` is the nominal one, for a smaller last batch too. beta is confidence_penalty;
 * the published runs have 0.5 here and 0.3 in the teacher. `first_phase = kl` is the ablation that
 * puts mean KL(softmax(z_t) || softmax(z_s)) in the boundary's place; for sets of classes, the
 * cross-entropy with sigmoid(z_t), whose slope is the divergence's. */
#include <math.h>

#include "distill/method_internal.h"

typedef enum { BOUNDARY, KL } first_phase;

typedef struct {
    kd_distill_shared shared;
    first_phase       first_phase;
    double            margin;
    double            loss_switch; /* share of the epochs before the switch */
} options;

KD_METHOD_OPTIONS(options)

static const kd_choice phases[] = { { "boundary", BOUNDARY }, { "kl", KL }, KD_CHOICE_END };

#define ROW(kind, member, ...) KD_##kind##_ROW(options, member, #member, __VA_ARGS__)

static const kd_setting settings[] = {
    KD_HARD_ROWS(options),
    ROW(CHOICE, first_phase, "boundary", phases, NULL,
        "what is learnt before the switch: the activation boundary, or the logits",
        .flags = KD_ROW_KIND),
    ROW(REAL, margin, "1", 0, 1000, NULL, "by how much an activation passes the boundary"),
    ROW(REAL, loss_switch, "0.8", 0, 1, NULL,
        "share of the epochs after which the true labels take over"),
    KD_SETTING_END,
};

#define WEIGHT KD_METHOD_PREFIX "connector.weight"
#define BIAS   KD_METHOD_PREFIX "connector.bias"

static bool is_boundary(const kd_distill_options *o)
{
    return own(o)->first_phase == BOUNDARY;
}

static kd_status add_frozen(kd_params *params, const char *name, int rank, const int *dim,
                            kd_init init, kd_error *err)
{
    kd_param *param;
    kd_status status = kd_params_add(&param, params, name, rank, dim, rank > 1, init, err);
    if (status == KD_OK) param->is_frozen = true;
    return status;
}

static kd_status declare(kd_params *params, const kd_distill_options *o, const kd_arch *student,
                         const kd_arch *teacher, kd_error *err)
{
    int in = kd_arch_width(teacher), out = kd_arch_width(student);
    if (in == out || !is_boundary(o)) return KD_OK;
    kd_init   xavier = { KD_INIT_UNIFORM, (float)sqrt(6.0 / (in + out)) };
    kd_status status = add_frozen(params, WEIGHT, 2, (int[]){ out, in }, xavier, err);
    if (status != KD_OK) return status;
    return add_frozen(params, BIAS, 1, &out, (kd_init){ KD_INIT_CONSTANT, 0.01f }, err);
}

/* The teacher's first states, as wide as the student's: (B, student's width). */
static kd_tensor *connect(const kd_lesson *lesson)
{
    const kd_tensor *last = lesson->teacher->last;
    kd_tensor       *x = kd_tape_constant(lesson->tape, last->n, last->d, last->x);
    kd_param        *weight = kd_params_find(lesson->params, WEIGHT);
    x = kd_op_first(lesson->tape, x, &lesson->rows);
    if (!weight) return x;
    return kd_op_linear(lesson->tape, x, &weight->value,
                        &kd_params_find(lesson->params, BIAS)->value, KD_IDENTITY);
}

static kd_tensor *boundary_loss(const kd_lesson *lesson)
{
    kd_tensor *active = lesson->student.sentence;
    if (!active) active = kd_op_first(lesson->tape, lesson->student.last, &lesson->rows);
    return kd_op_boundary(lesson->tape, active, connect(lesson)->x, own(lesson->options)->margin,
                          NULL);
}

static kd_tensor *soft_loss(const kd_lesson *lesson)
{
    kd_tape   *tape = lesson->tape;
    kd_tensor *z = lesson->student.logits;
    if (lesson->task != KD_TASK_HOC) return kd_op_kl(tape, z, lesson->teacher_logits, 1, NULL);
    kd_tensor *of = kd_tape_constant(tape, z->n, z->d, lesson->teacher_logits);
    return kd_op_binary_cross_entropy(tape, z, kd_op_activate(tape, of, KD_SIGMOID)->x, NULL);
}

static void teach_first_phase(kd_lesson *lesson)
{
    if (is_boundary(lesson->options))
        kd_lesson_add(lesson, "boundary", boundary_loss(lesson), 1.0 / 1000 / lesson->batch);
    else
        kd_lesson_add(lesson, "soft", soft_loss(lesson), 1);
}

/* int() cuts the binary product: 100 * 0.29 gives 28, as it does in the source. */
static void teach(kd_lesson *lesson)
{
    if (lesson->epoch < (int)(lesson->epochs * own(lesson->options)->loss_switch))
        teach_first_phase(lesson);
    else
        kd_lesson_add(lesson, KD_PART_HARD, kd_lesson_hard_loss(lesson), 1);
}

static unsigned needs_with(const kd_distill_options *o)
{
    return is_boundary(o) ? KD_NEEDS_HIDDEN : KD_NEEDS_LOGITS;
}

static void looks(kd_inside *inside, const kd_distill_options *o, kd_task task, int layers, int of)
{
    (void)o, (void)task, (void)layers;
    inside->is_of_firsts = true;
    kd_inside_add(inside, KD_INSIDE_HIDDEN, of, 1, 1);
}

const kd_method kd_method_doktra = {
    .name = "doktra",
    .about = "the teacher's activation boundary first, then the task with a confidence penalty",
    .settings = settings,
    .needs = KD_NEEDS_LOGITS | KD_NEEDS_HIDDEN,
    .fits = KD_ONE_STATE,
    .tasks = KD_FOR_SEQUENCES,
    .teach = teach,
    .needs_with = needs_with,
    .looks = looks,
    .declare = declare,
};
