/* method_fastbioner.c - FastBioNER's dynamic weights, as far as they can be reconstructed.
 *
 *     L_s = w_h L_hard + w_s L_soft + w_f L_hidden [+ w_e L_emb + w_a L_att]      at update s
 *     L_soft = T^2 mean KL(softmax(z_t/T) || softmax(z_s/T))   over labelled rows, T = 2
 *     L_hidden = mean over layers l of MSE(h_s[l], h_t[r l])
 *     L_emb = MSE(h_s[0], h_t[0])     L_att = mean over layers of MSE(A_s[l], A_t[r l])
 *
 * The paper says that a function changes the importance of the parts while training, and neither
 * which function nor which parts. The defaults go from imitation to the true labels in a straight
 * line: w_h = tau, w_s = w_f = 1 - tau. Every part has a schedule of its own, so that any other
 * reading can be written as settings. Tables call it a reconstruction. */
#include "distill/method_internal.h"
#include "distill/schedule.h"

typedef struct {
    kd_distill_shared shared;
    double            temperature; /* of both sides of the soft loss */
    kd_part_schedule  hard, soft, hidden, embedding, attention;
} options;

KD_METHOD_OPTIONS(options)

/* The three rows of a part whose weight goes from one number to another. */
#define SCHEDULE_ROWS(part, name, usual, first, last, about)                          \
    KD_CHOICE_ROW(options, part.shape, name "_schedule", usual, kd_shape_words, NULL, \
                  "how the weight of " about " goes while training; off: left out",   \
                  .flags = KD_ROW_KIND | KD_ROW_LAYERS),                              \
        KD_REAL_ROW(options, part.from, name "_from", first, 0, 1e6, NULL,            \
                    "weight of " about " at the first update"),                       \
        KD_REAL_ROW(options, part.to, name "_to", last, 0, 1e6, NULL,                 \
                    "weight of " about " at the last update")

static const kd_setting settings[] = {
    KD_HARD_ROWS(options),
    KD_TEMPERATURE_ROW(options),
    SCHEDULE_ROWS(hard, "hard", "linear", "0", "1", "the hard loss"),
    SCHEDULE_ROWS(soft, "soft", "linear", "1", "0", "the soft loss"),
    SCHEDULE_ROWS(hidden, "hidden", "linear", "1", "0", "the hidden states' loss"),
    SCHEDULE_ROWS(embedding, "embedding", "off", "1", "0", "the embeddings' loss"),
    SCHEDULE_ROWS(attention, "attention", "off", "1", "0", "the attention maps' loss"),
    KD_TEACHER_MODE_ROW(options),
    KD_ATTENTION_MAPS_ROW(options),
    KD_SETTING_END,
};

static void teach_logits(kd_lesson *lesson, double tau)
{
    const options *o = own(lesson->options);
    double         hard = kd_schedule_weight(&o->hard, tau);
    double         soft = kd_schedule_weight(&o->soft, tau);
    if (hard > 0) kd_lesson_add(lesson, KD_PART_HARD, kd_lesson_hard_loss(lesson), hard);
    if (soft > 0)
        kd_lesson_add(lesson, "soft",
                      kd_op_kl(lesson->tape, lesson->student.logits, lesson->teacher_logits,
                               o->temperature, kd_lesson_taught(lesson)),
                      soft);
}

static void teach_states(kd_lesson *lesson, double tau)
{
    const options *o = own(lesson->options);
    double         hidden = kd_schedule_weight(&o->hidden, tau);
    double         embedding = kd_schedule_weight(&o->embedding, tau);
    kd_tensor    **states = lesson->student.hidden;
    if (hidden > 0) {
        int layers = kd_lesson_layers(lesson);
        kd_lesson_add(lesson, "hidden",
                      kd_lesson_pairs(lesson, layers, states + 1,
                                      lesson->teacher->hidden + kd_lesson_stride(lesson),
                                      kd_pair_mse, 1.0 / layers),
                      hidden);
    }
    if (embedding > 0)
        kd_lesson_add(lesson, "embedding",
                      kd_pair_mse(lesson->tape, states[0], lesson->teacher->hidden[0]->x),
                      embedding);
}

static void teach_attention(kd_lesson *lesson, double tau)
{
    double weight = kd_schedule_weight(&own(lesson->options)->attention, tau);
    if (weight <= 0) return;
    int layers = kd_lesson_layers(lesson);
    kd_lesson_add(lesson, "attention",
                  kd_lesson_pairs(lesson, layers, lesson->student.probs,
                                  lesson->teacher->probs + kd_lesson_stride(lesson) - 1,
                                  kd_pair_mse, 1.0 / layers),
                  weight);
}

static void teach(kd_lesson *lesson)
{
    double tau = kd_schedule_progress(lesson->update, lesson->updates);
    teach_logits(lesson, tau);
    teach_states(lesson, tau);
    teach_attention(lesson, tau);
}

/* The states come with the maps: their count tells how layers pair. */
static unsigned needs_with(const kd_distill_options *all)
{
    const options *o = own(all);
    unsigned       needs = KD_NEEDS_NOTHING;
    if (!kd_schedule_is_off(&o->soft)) needs |= KD_NEEDS_LOGITS;
    if (!kd_schedule_is_off(&o->hidden) || !kd_schedule_is_off(&o->embedding))
        needs |= KD_NEEDS_HIDDEN;
    if (!kd_schedule_is_off(&o->attention)) needs |= KD_NEEDS_HIDDEN | KD_NEEDS_MAPS;
    return needs;
}

static void looks(kd_inside *inside, const kd_distill_options *all, kd_task task, int layers,
                  int of)
{
    const options *o = own(all);
    int            stride = of / layers;
    (void)task;
    if (!kd_schedule_is_off(&o->embedding)) kd_inside_add(inside, KD_INSIDE_HIDDEN, 0, 1, 1);
    if (!kd_schedule_is_off(&o->hidden))
        kd_inside_add(inside, KD_INSIDE_HIDDEN, stride, stride, layers);
    if (!kd_schedule_is_off(&o->attention))
        kd_inside_add(inside, KD_INSIDE_PROBS, stride, stride, layers);
}

const kd_method kd_method_fastbioner = {
    .name = "fastbioner",
    .about = "hard, soft and feature losses whose weights change while training (reconstruction)",
    .settings = settings,
    .needs = KD_NEEDS_LOGITS | KD_NEEDS_HIDDEN | KD_NEEDS_MAPS,
    .fits = KD_PAIRS_LAYERS | KD_SAME_WIDTH,
    .tasks = KD_FOR_CLASSES | KD_FOR_WORDS,
    .label = "reconstruction",
    .teach = teach,
    .needs_with = needs_with,
    .looks = looks,
};
