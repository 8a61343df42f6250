/* trainer_update.c - batches through the networks and back, and the update. */
#include "distill/trainer_internal.h"

#include <math.h>
#include <string.h>

#include "distill/by_word.h"

/* The place of a part in the history: parts come and go while training. */
static int place_of(kd_trainer *t, const char *name)
{
    int i = 0;
    while (i < t->at.part_count && strcmp(t->at.part_name[i], name) != 0) i++;
    if (i < t->at.part_count) return i;
    KD_CHECK(i < KD_LOSS_PARTS_MAX && strlen(name) < KD_PART_NAME, "no place for part %s", name);
    strcpy(t->at.part_name[i], name);
    t->at.part_count++;
    return i;
}

/* Of a batch without any label a loss against labels is 0, and no part of the mean. */
static bool says_nothing(const kd_lesson *lesson, const kd_loss_part *part)
{
    return lesson->is_untold && strcmp(part->name, KD_PART_HARD) == 0;
}

/* Remember what each part came to. */
static void count_parts(kd_trainer *t, const kd_lesson *lesson, double loss)
{
    t->at.loss_sum += loss;
    t->at.since_moment++;
    for (int i = 0; i < lesson->part_count; i++) {
        if (says_nothing(lesson, &lesson->parts[i])) continue;
        int place = place_of(t, lesson->parts[i].name);
        t->at.part_sum[place] += (double)lesson->parts[i].value->x[0];
        t->at.part_batches[place]++;
    }
}

/* The sentences of a batch, and which of them are ours. */
typedef struct {
    const int32_t *batch;
    int            count;
    kd_cut         cut;
} portion;

/* Without peers all are. With fewer sentences than ranks some rank has none and goes through the first one, for
 * nothing: all ranks have to ask for the same sums. */
static portion next_portion(kd_trainer *t)
{
    const kd_peers *peers = t->with.peers;
    portion         of = { .cut = { 0, 0 } };
    of.batch = kd_sampler_choose(t->sampler, t->at.epoch, t->at.batch, t->at.batches, &of.count);
    of.cut.count = of.count;
    t->share = (kd_share){ 0 };
    if (!peers) return of;
    of.cut = kd_batcher_cut(t->batcher, of.batch, of.count, peers->rank, peers->count);
    t->share.total = peers->total;
    t->share.user = peers->user;
    t->share.is_idle = of.cut.count == 0;
    if (t->share.is_idle) of.cut = (kd_cut){ 0, 1 };
    return of;
}

/* A text's words, hidden anew in every epoch. What the teacher says is wanted at these rows too, so they alone are
 * decoded, unless a method asks for all. */
static kd_batch hide_words(kd_trainer *t, const kd_batch *batch, const int32_t *numbers,
                           kd_masked *masked, kd_lesson *lesson)
{
    kd_rng stream = kd_rng_split(&t->with.root, "mask", (uint64_t)t->at.epoch);
    bool   is_of_all = t->with.distill_options->shared.rows == KD_ROWS_ALL;
    kd_masker_hide(t->with.masker, &stream, batch, numbers, masked);
    if (is_of_all) masked->batch.at = NULL;
    lesson->labels = is_of_all ? masked->truth : masked->asked;
    return masked->batch;
}

static kd_tensor *total_loss(kd_trainer *t, const kd_lesson *lesson)
{
    kd_tensor *terms[KD_LOSS_PARTS_MAX];
    double     weights[KD_LOSS_PARTS_MAX];
    for (int i = 0; i < lesson->part_count; i++) {
        terms[i] = lesson->parts[i].value;
        weights[i] = lesson->parts[i].weight;
    }
    return kd_op_weighted_sum(t->tape, lesson->part_count, terms, weights);
}

/* Where a tape trains, maps after a dropout. It is one of their own: that which the context
 * went through stays inside the layer. */
static void drop_maps(const kd_trainer *t, kd_tape *tape, const kd_model *model, kd_outputs *out)
{
    if (t->with.distill_options->shared.attention_maps != KD_MAPS_AFTER) return;
    for (int i = 0; out->probs && i < out->map_count; i++)
        out->probs[i] =
            kd_op_dropout_of_maps(tape, out->probs[i], kd_model_arch(model)->encoder.heads,
                                  kd_model_arch(model)->encoder.attention_dropout);
}

/* What a network says of the batch, on its tape. */
static kd_outputs ask(kd_trainer *t, kd_tape *tape, const kd_model *model, const kd_batch *batch)
{
    kd_wants   wants = kd_needs_wants(t->needs);
    kd_outputs out = kd_model_apply(model, tape, batch, &wants);
    drop_maps(t, tape, model, &out);
    return out;
}

/* What was said of the first piece of each sentence, `from` its rows, at the places that those have in `to`; the other
 * rows are zeroes, for nobody who compares first pieces looks there. */
static kd_tensor *move_firsts(kd_tape *tape, const kd_tensor *x, const kd_rows *from,
                              const kd_rows *to)
{
    kd_tensor *out = kd_tape_variable(tape, kd_rows_total(to), x->d);
    memset(out->x, 0, kd_tensor_len(out) * sizeof *out->x);
    for (int i = 0; i < to->count; i++)
        memcpy(kd_tensor_row(out, to->begin[i]), kd_tensor_row(x, from->begin[i]),
               (size_t)x->d * sizeof *out->x);
    return out;
}

/* Tags of the teacher's pieces at the student's, by words. */
static kd_tensor *move_words(kd_trainer *t, const kd_tensor *x, const kd_rows *from,
                             const int32_t *sentences, const kd_rows *to, kd_lesson *lesson)
{
    kd_tensor *out = kd_tape_variable(t->teacher_tape, kd_rows_total(to), x->d);
    uint8_t   *said = kd_tape_alloc(t->teacher_tape, (size_t)out->n, sizeof *said);
    for (int i = 0; i < to->count; i++)
        kd_words_move(t->with.reading, kd_tensor_row(x, from->begin[i]), t->with.train,
                      sentences[i], x->d, kd_tensor_row(out, to->begin[i]), said + to->begin[i]);
    lesson->said = said;
    return out;
}

/* A teacher with pieces of its own reads the same sentences; what may be compared of it are logits, of words or of whole
 * sentences, and states of whole sentences (kd_method_fits_apart), and these stand as if it had read the student's pieces. */
static kd_outputs ask_reader(kd_trainer *t, const portion *of, const kd_rows *rows,
                             kd_lesson *lesson)
{
    kd_lesson own = { .tape = t->teacher_tape };
    kd_batch  batch =
        kd_batcher_gather_cut(t->reader, of->batch, of->count, of->cut, t->asked.before, &own);
    kd_tape_set_share(t->teacher_tape, &t->asked);
    kd_outputs out = ask(t, t->teacher_tape, t->with.teacher, &batch);
    out.last = move_firsts(t->teacher_tape, out.last, &batch.rows, rows);
    for (int l = 0; l < out.hidden_count; l++)
        out.hidden[l] = move_firsts(t->teacher_tape, out.hidden[l], &batch.rows, rows);
    if (t->with.train->task == KD_TASK_NER && t->needs & KD_NEEDS_LIVE)
        out.logits =
            move_words(t, out.logits, &batch.rows, of->batch + of->cut.first, rows, lesson);
    return out;
}

/* Lives until the teacher is asked again. */
static kd_outputs ask_teacher(kd_trainer *t, const kd_batch *batch, const portion *of,
                              kd_lesson *lesson)
{
    kd_tape_reset(t->teacher_tape);
    kd_tape_set_share(t->teacher_tape, &t->share);
    kd_tape_seed(t->teacher_tape, kd_rng_split(&t->with.root, "teacher", (uint64_t)t->at.batches));
    kd_outputs out = t->reader ? ask_reader(t, of, &batch->rows, lesson)
                               : ask(t, t->teacher_tape, t->with.teacher, batch);
    if (!(t->needs & KD_NEEDS_LIVE)) return out;
    lesson->teacher_logits = out.logits->x;
    if (out.crf)
        lesson->teacher_crf =
            (kd_targets_crf){ out.crf->weights.transitions->x, out.crf->weights.start->x,
                              out.crf->weights.end->x };
    return out;
}

/* Student, teacher, and the parts of the loss. */
static void teach_batch(kd_trainer *t, const kd_batch *batch, const portion *of, kd_lesson *lesson)
{
    const int32_t *own = of->batch + of->cut.first;
    kd_outputs     teacher;
    if (t->teacher_tape) teacher = ask_teacher(t, batch, of, lesson);
    if (t->states) teacher = kd_states_read(t->states, t->tape, own, &batch->rows);
    if (t->teacher_tape || t->states) lesson->teacher = &teacher;
    lesson->student = ask(t, t->tape, t->with.model, batch);
    kd_lesson_turn(lesson);
    t->with.method->teach(lesson);
    if (lesson->part_count == 0) /* all weights are 0 just now: the step moves nothing */
        kd_lesson_add(lesson, KD_PART_HARD, kd_lesson_hard_loss(lesson), 0);
    lesson->teacher = NULL;
}

/* Whether the loss of a batch is one that training can go on from. */
static kd_status check_loss(kd_trainer *t, double loss, kd_error *err)
{
    double explode = t->with.train_options->explode;
    if (!isfinite(loss))
        return kd_fail(err, KD_EDIVERGED, "the loss is not finite in epoch %d, update %lld",
                       t->at.epoch + 1, (long long)t->at.updates + 1);
    if (t->at.batches == 0) t->at.first_loss = loss;
    if (explode == 0 || loss <= explode * fmax(1, t->at.first_loss)) return KD_OK;
    return kd_fail(err, KD_EDIVERGED,
                   "the loss has grown from %.3g to %.3g in epoch %d, update %lld; a smaller lr or "
                   "a warmup may help",
                   t->at.first_loss, loss, t->at.epoch + 1, (long long)t->at.updates + 1);
}

/* Pieces of the whole batch in hand. */
static double count_pieces(kd_trainer *t)
{
    double pieces = t->share.is_idle ? 0 : kd_batcher_pieces(t->batcher);
    if (t->with.peers) t->with.peers->total(t->with.peers->user, &pieces, 1);
    return pieces;
}

/* Forward and back over one batch; gradients are added, and after the last one of an update they are sums over all
 * peers. */
static kd_status learn_batch(kd_trainer *t, bool is_last, kd_error *err)
{
    const kd_train_options *o = t->with.train_options;
    kd_rng                  step = kd_rng_split(&t->with.root, "dropout", (uint64_t)t->at.batches);
    kd_tape_reset(t->tape);
    kd_tape_seed(t->tape, step);
    kd_tape_set_share(t->tape, &t->share);

    kd_lesson lesson = {
        .tape = t->tape,
        .options = t->with.distill_options,
        .task = t->with.train->task,
        .params = t->with.params,
        .batch = o->batch,
        .epoch = t->at.epoch,
        .epochs = t->epochs,
        .update = (int)t->at.updates,
        .updates = (int)t->updates_in_all,
    };
    portion  of = next_portion(t);
    kd_batch batch =
        kd_batcher_gather_cut(t->batcher, of.batch, of.count, of.cut, t->share.before, &lesson);
    kd_masked masked;
    if (t->with.masker) batch = hide_words(t, &batch, of.batch + of.cut.first, &masked, &lesson);
    teach_batch(t, &batch, &of, &lesson);
    kd_tensor *loss = total_loss(t, &lesson);
    double     value = (double)loss->x[0];
    kd_status  status = check_loss(t, value, err);
    if (status != KD_OK) return status;
    if (is_last && t->buckets)
        kd_buckets_walk_back(t->buckets, t->tape, loss);
    else
        kd_tape_backward(t->tape, loss, 1.0f);
    count_parts(t, &lesson, value);
    t->at.sentences += of.count;
    t->at.tokens += count_pieces(t);
    t->at.batch++;
    t->at.batches++;
    return KD_OK;
}

kd_status kd_trainer_learn_update(kd_trainer *t, kd_error *err)
{
    int left = t->batches_an_epoch - t->at.batch;
    int count = t->with.train_options->accumulate < left ? t->with.train_options->accumulate : left;
    for (int i = 0; i < count; i++) {
        kd_status status = learn_batch(t, i + 1 == count, err);
        if (status != KD_OK) return status;
    }
    kd_optim_report report;
    kd_status       status = kd_optim_step(t->optim, 1.0 / count, &report, err);
    if (status != KD_OK)
        return kd_while(err, status, "epoch %d, update %lld", t->at.epoch + 1,
                        (long long)t->at.updates + 1);
    t->at.updates++;
    t->at.clipped += report.clip < 1;
    return KD_OK;
}
