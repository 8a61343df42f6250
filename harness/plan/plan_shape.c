/* plan_shape.c - what kind of cell this is: what its method needs, which settings its student reads, and the
 * text of these with gaps for the values that vary. */
#include <stdlib.h>
#include <string.h>

#include "distill/method.h"
#include "harness/config/options.h"
#include "harness/config/resolved_id.h"
#include "harness/plan/plan_builder.h"
#include "models/text/corpus.h"

static void end_piece(kd_plan_shape *s, size_t *begin, int row)
{
    kd_vec_push(&s->pieces, (kd_shape_piece){ *begin, s->text.length - *begin, row });
    *begin = s->text.length;
}

static void write_shape_text(kd_builder *b, kd_plan_shape *s)
{
    size_t begin = 0;
    for (size_t i = 0; i < b->plan->rows; i++) {
        int row = b->id_order[i];
        if (!kd_plan_is_set(b->plan, row, KD_READ_STUDENT, b->values)) continue;
        bool is_varying = kd_plan_varies(b->plan, row);
        kd_resolved_id_set(&s->text, b->plan->schema[row].key, is_varying ? "" : b->values[row]);
        if (!is_varying) continue;
        kd_str_cut(&s->text, s->text.length - 1); /* the line goes on with the value */
        end_piece(s, &begin, row);
        kd_str_add_char(&s->text, '\n');
    }
    end_piece(s, &begin, -1);
}

kd_status kd_builder_check_method(kd_builder *b, const kd_method *method)
{
    kd_status status = kd_method_check(method, kd_plan_task(b->values), b->err);
    return status == KD_OK ? KD_OK : kd_while(b->err, status, "%s", kd_study_path(b->plan->study));
}

static bool is_study(const kd_builder *b, const char *key)
{
    return kd_option_is_study(kd_plan_value(b->values, key));
}

static bool is_file(const kd_builder *b, const char *key)
{
    return kd_option_is_path(kd_plan_value(b->values, key)) && !is_study(b, key);
}

/* A teacher that is asked in every step is one network, and no table of what it said. */
static kd_status check_live(kd_builder *b, unsigned needs)
{
    bool        is_asked = is_file(b, "targets.file") || is_study(b, "targets.file");
    const char *key = is_asked ? "targets.file" : "teacher.count";
    const char *with =
        kd_plan_task(b->values) == KD_TASK_TEXT ? "task = text" : "distill.teacher_mode = train";
    if (!(needs & KD_NEEDS_LIVE) || !strcmp(kd_plan_value(b->values, key), "1")) return KD_OK;
    return kd_fail(b->err, KD_ECONFIG, "%s: with %s one teacher is asked in every step",
                   kd_study_place(b->plan->study, key), with);
}

static bool has_crf(const kd_builder *b, const char *key)
{
    return !strcmp(kd_plan_value(b->values, key), "true");
}

/* What a network's head is the cell learns from the task. */
kd_status kd_builder_check_crf(kd_builder *b, const char *key)
{
    kd_task task = kd_plan_task(b->values);
    if (!has_crf(b, key) || task == KD_TASK_NER) return KD_OK;
    return kd_fail(b->err, KD_ECONFIG, "%s: stands on tags, and task = %s has none",
                   kd_study_place(b->plan->study, key), kd_task_name(task));
}

/* A file has logits and no CRF. */
static kd_status check_crf_of_file(kd_builder *b, const kd_plan_shape *s, const kd_method *method)
{
    if (!s->is_taught_by_file || !(method->fits & KD_BOTH_CRF)) return KD_OK;
    return kd_fail(b->err, KD_ECONFIG, "%s: %s compares tags under a CRF, and a file has none",
                   kd_study_place(b->plan->study, "targets.file"), method->name);
}

static kd_status make_shape(kd_builder *b, kd_plan_shape *s)
{
    const char      *init = kd_plan_value(b->values, "student.init");
    const kd_method *method;
    kd_str_init(&s->text);
    s->ranks = kd_plan_ranks("train.", b->values);
    s->threads = s->ranks * atoi(kd_plan_value(b->values, "threads"));
    kd_distill_options options;
    kd_status          status = kd_plan_read_method(b->values, &method, &options, b->err);
    if (status != KD_OK) return status;
    unsigned needs = kd_method_needs(method, &options, kd_plan_task(b->values));
    s->compares = needs & KD_NEEDS_NETWORK;
    s->has_to_fit = s->compares || method->fits & KD_BOTH_CRF || has_crf(b, "student.crf");
    s->has_targets = needs & KD_NEEDS_LOGITS;
    s->begins_as_teacher = kd_init_is_of_teacher(init);
    s->has_teacher = s->compares || s->begins_as_teacher;
    s->has_start = !strcmp(init, KD_INIT_FINE_TUNED);
    s->begins_as_other = is_study(b, "student.init");
    s->is_taught_by_file = s->has_targets && is_file(b, "targets.file");
    s->is_taught_by_other = s->has_targets && is_study(b, "targets.file");
    status = kd_builder_check_method(b, method);
    if (status == KD_OK) status = check_live(b, needs);
    if (status == KD_OK) status = kd_builder_check_crf(b, "student.crf");
    if (status == KD_OK) status = check_crf_of_file(b, s, method);
    if (status == KD_OK) status = kd_plan_check_selection(b->plan, "train.", b->values, b->err);
    if (status == KD_OK) status = kd_plan_check_ranks(b->plan, "train.", b->values, b->err);
    if (status == KD_OK) status = kd_plan_check_masks(b->plan, "train.", b->values, b->err);
    if (status == KD_OK) status = kd_plan_check_parts(b->plan, b->values, b->err);
    if (status == KD_OK)
        status =
            kd_plan_file_of(b->plan, KD_FILE_INIT, "student.init", b->values, &s->init, b->err);
    if (status == KD_OK && !s->has_start)
        status = kd_plan_file_of(b->plan, KD_FILE_VECTORS, "student.vectors", b->values, &s->init,
                                 b->err);
    if (status == KD_OK) write_shape_text(b, s);
    return status;
}

kd_status kd_builder_find_shape(kd_builder *b, int32_t *out)
{
    kd_id key = kd_plan_memo_key(&b->shape_of, b->values);
    *out = kd_id_map_get(&b->shape_of.known, key);
    if (*out >= 0) return KD_OK;
    kd_plan_shape s = { 0 };
    *out = (int32_t)b->shapes.count;
    kd_status status = make_shape(b, &s);
    kd_vec_push(&b->shapes, s);
    kd_id_map_put(&b->shape_of.known, key, *out);
    return status;
}

kd_id kd_builder_student_id(kd_builder *b, const kd_plan_shape *s, const kd_plan_base *of)
{
    kd_str_reset(&b->text);
    kd_str_add_bytes(&b->text, of->head.text, of->head.length);
    for (size_t i = 0; i < s->pieces.count; i++) {
        const kd_shape_piece *p = &s->pieces.items[i];
        kd_str_add_bytes(&b->text, s->text.text + p->begin, p->length);
        if (p->row >= 0) kd_str_add(&b->text, b->values[p->row]);
    }
    return kd_resolved_id_end(&b->text);
}

void kd_plan_shape_fini(kd_plan_shape *s)
{
    kd_str_fini(&s->text);
    kd_vec_fini(&s->pieces);
}
