/* plan_check.c - a study made up, planned, run one cell after the other, and compared.
 *
 * What is compared is the time of one core, as each cell counted its own: that of the wall belongs to the
 * neighbours as well. What takes less than a third of a second is shown and not judged, for starting a
 * program is no matter of rates. */
#include "harness/cmd/bench/plan_check.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "distill/method.h"
#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "harness/base/program.h"
#include "harness/cell/inputs.h"
#include "harness/cmd/bench/figures.h"
#include "harness/config/study.h"
#include "harness/plan/estimate.h"
#include "harness/plan/plan.h"
#include "harness/store/catalogue.h"
#include "harness/store/store.h"
#include "models/model.h"

static const double judged_s = 1.0 / 3;

/* ---- the study ---- */

/* As long as about a second takes. Networks of attention are used from some width on. */
typedef enum { FOR_ALL, FOR_ENCODERS, FOR_OTHERS } whose;

typedef struct {
    whose of;
    int   layers, hidden, heads, ffn, embedding, epochs;
} size;

static const size sizes[] = { { FOR_OTHERS, 1, 16, 1, 1, 32, 60 },
                              { FOR_ALL, 2, 64, 2, 128, 64, 10 },
                              { FOR_OTHERS, 2, 300, 1, 1, 300, 1 },
                              { FOR_ENCODERS, 4, 312, 4, 1200, 300, 1 } };
enum { SIZES = sizeof sizes / sizeof *sizes, KIND = sizeof(size) };

static bool has_size(const kd_model_kind *kind, const size *s)
{
    return s->of == FOR_ALL || (s->of == FOR_ENCODERS) == kind->is_encoder;
}

/* A value for each kind and size: the member at `offset`, or with KIND the kind's name. */
static void add_column(kd_str *out, const char *key, size_t offset)
{
    const char *before = "[";
    kd_str_addf(out, "    { key = \"%s\"; values = ", key);
    for (kd_kind k = 0; k < KD_KIND_COUNT; k++)
        for (int s = 0; s < SIZES; s++) {
            const kd_model_kind *kind = kd_model_kind_at(k);
            if (!has_size(kind, &sizes[s])) continue;
            kd_str_add(out, before);
            if (offset == KIND)
                kd_str_addf(out, "\"%s\"", kind->name);
            else
                kd_str_addf(out, "%d", *(const int *)((const char *)&sizes[s] + offset));
            before = ", ";
        }
    kd_str_add(out, "]; }");
}

static void add_networks(kd_str *out)
{
    static const struct {
        const char *key;
        size_t      offset;
    } columns[] = {
        { "student.layers", offsetof(size, layers) },
        { "student.hidden", offsetof(size, hidden) },
        { "student.heads", offsetof(size, heads) },
        { "student.ffn", offsetof(size, ffn) },
        { "student.embedding", offsetof(size, embedding) },
        { "train.epochs", offsetof(size, epochs) },
        { "student.kind", KIND },
    };
    kd_str_add(out, "  axes = ( { key = \"precision\"; values = [\"f32\", \"bf16\"]; }, { zip = (");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        kd_str_add(out, i ? ",\n" : "\n");
        add_column(out, columns[i].key, columns[i].offset);
    }
    kd_str_add(out, " ); } );\n");
}

/* The first method that compares hidden states of encoders. */
static const kd_method *comparing(void)
{
    int m = 0;
    while (kd_methods[m] && !(kd_methods[m]->needs & KD_NEEDS_HIDDEN)) m++;
    return kd_methods[m];
}

static void add_lessons(kd_str *out)
{
    const char *logits = kd_method_that_needs(KD_NEEDS_LOGITS)->name;
    kd_str_add(out, "  include = (\n");
    for (kd_kind k = 0; k < KD_KIND_COUNT; k++) {
        const kd_model_kind *kind = kd_model_kind_at(k);
        kd_str_addf(out,
                    "    { student = { kind = \"%s\"; }; augment = { passes = 1; }; },\n"
                    "    { student = { kind = \"%s\"; }; distill = { method = \"%s\"; }; },\n",
                    kind->name, kind->name, logits);
        if (kind->is_encoder && comparing())
            kd_str_addf(out,
                        "    { student = { kind = \"%s\"; }; distill = { method = \"%s\"; }; },\n",
                        kind->name, comparing()->name);
    }
    kd_str_cut(out, out->length - 2);
    kd_str_add(out, " );\n");
}

static const char *an_encoder(void)
{
    kd_kind k = 0;
    while (!kd_model_kind_at(k)->is_encoder) k++;
    return kd_model_kind_at(k)->name;
}

static kd_status write_study(const char *path, kd_error *err)
{
    kd_str text = KD_STR_INIT;
    kd_str_addf(&text,
                "study = {\n  name = \"check\"; task = \"ner\"; seeds = [1];\n"
                "  data = { corpus = \"synth\"; vocab_size = 1000;\n"
                "           synth = { sentences = 400; devel = 100; test = 100; }; };\n"
                "  teacher = { kind = \"%s\"; layers = 4; hidden = 128; heads = 4; ffn = 256;\n"
                "              train = { epochs = 5; batch = 16; }; };\n"
                "  student = { layers = 2; hidden = 64; heads = 4; ffn = 128; embedding = 64; };\n"
                "  train = { epochs = 8; batch = 16; };\n",
                an_encoder());
    add_networks(&text);
    add_lessons(&text);
    kd_str_add(&text, "};\n");
    kd_status status = kd_fs_write(path, text.text, text.length, err);
    kd_str_fini(&text);
    return status;
}

/* ---- planned and run ---- */

typedef struct {
    char         *folder, *path, *store_folder;
    kd_study     *study;
    kd_plan      *plan;
    kd_machine    machine;
    kd_store     *store;
    kd_catalogue *catalogue;
    int           judged, beyond;
    double        least, most; /* ratios */
} check;

static kd_status plan(check *c, kd_error *err)
{
    kd_study_options options = { 0 };
    kd_status        status = kd_study_open(&c->study, c->path, &options, err);
    if (status == KD_OK) status = kd_plan_create(&c->plan, c->study, NULL, err);
    if (status == KD_OK) status = kd_inputs_check(c->plan, err);
    if (status != KD_OK) return status;
    kd_machine_get(&c->machine);
    return kd_plan_estimate(c->plan, &c->machine, NULL, err);
}

static kd_status run(check *c, kd_error *err)
{
    char             *output = kd_fs_join(c->folder, "output");
    const char *const words[] = { "run", c->path, "--store", c->store_folder, NULL };
    kd_verb_cost      cost;
    kd_status         status = kd_bench_verb(words, output, &cost, err);
    if (status == KD_OK) status = kd_store_open(&c->store, c->store_folder, KD_STORE_READ, err);
    if (status == KD_OK) status = kd_catalogue_open(&c->catalogue, c->store, NULL, err);
    free(output);
    return status;
}

/* ---- compared ---- */

typedef struct {
    double estimated_s, measured_s, ratio;
    bool   is_judged;
} comparison;

static bool compare(check *c, size_t number, comparison *out)
{
    const kd_plan_node *node = kd_plan_node_at(c->plan, number);
    const kd_record    *record = kd_catalogue_find(c->catalogue, node->id);
    const double       *took = record ? kd_record_number(record, "time.cpu_s") : NULL;
    if (!took) return false;
    *out = (comparison){ .estimated_s = node->seconds * node->threads, .measured_s = *took };
    out->ratio = out->measured_s / out->estimated_s;
    out->is_judged = out->measured_s >= judged_s || out->estimated_s >= judged_s;
    return true;
}

static void judge(check *c, const comparison *x)
{
    if (!x->is_judged) return;
    if (c->judged == 0 || x->ratio < c->least) c->least = x->ratio;
    if (c->judged == 0 || x->ratio > c->most) c->most = x->ratio;
    c->judged++;
    c->beyond += x->ratio > KD_PLAN_CHECK_FACTOR || x->ratio < 1 / KD_PLAN_CHECK_FACTOR;
}

static void print(check *c)
{
    kd_str label = KD_STR_INIT;
    printf("%s; rates %s\n%9s %9s %6s\n", kd_program_cpu(), kd_machine_words(&c->machine),
           "estimated", "measured", "ratio");
    for (size_t n = 0; n < kd_plan_count(c->plan); n++) {
        comparison x;
        if (!compare(c, n, &x)) continue;
        judge(c, &x);
        kd_str_reset(&label);
        kd_plan_label(c->plan, n, &label);
        printf("%8.2fs %8.2fs %6.2f%s %s\n", x.estimated_s, x.measured_s, x.ratio,
               x.is_judged ? " " : "-", label.text);
    }
    printf("%d judged, %d beyond a factor of %.1f; from %.2f to %.2f\n", c->judged, c->beyond,
           KD_PLAN_CHECK_FACTOR, c->least, c->most);
    kd_str_fini(&label);
}

static void write_node(check *c, size_t number, kd_json_writer *w)
{
    kd_str     label = KD_STR_INIT;
    comparison x;
    if (!compare(c, number, &x)) return;
    judge(c, &x);
    kd_plan_label(c->plan, number, &label);
    kd_json_begin(w, '{');
    kd_json_put_text(w, "label", label.text);
    kd_json_put_real(w, "estimated_s", x.estimated_s);
    kd_json_put_real(w, "measured_s", x.measured_s);
    kd_json_put_real(w, "ratio", x.ratio);
    kd_json_put_bool(w, "judged", x.is_judged);
    kd_json_end(w, '}');
    kd_str_fini(&label);
}

static void print_json(check *c)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &out, 2);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "bench", "plan check");
    kd_json_put_text(&w, "cpu", kd_program_cpu());
    kd_json_put_text(&w, "rates", kd_machine_words(&c->machine));
    kd_json_key(&w, "nodes");
    kd_json_begin(&w, '[');
    for (size_t n = 0; n < kd_plan_count(c->plan); n++) write_node(c, n, &w);
    kd_json_end(&w, ']');
    kd_json_put_int(&w, "judged", c->judged);
    kd_json_put_int(&w, "beyond", c->beyond);
    kd_json_put_real(&w, "least", c->least);
    kd_json_put_real(&w, "most", c->most);
    kd_json_end(&w, '}');
    puts(out.text);
    kd_str_fini(&out);
}

kd_status kd_plan_check(bool as_json, kd_error *err)
{
    check     c = { 0 };
    kd_status status = kd_bench_folder(&c.folder, err);
    if (status != KD_OK) return status;
    c.path = kd_fs_join(c.folder, "check.cfg");
    c.store_folder = kd_fs_join(c.folder, "store");
    status = write_study(c.path, err);
    if (status == KD_OK) status = plan(&c, err);
    if (status == KD_OK) status = run(&c, err);
    if (status == KD_OK) (as_json ? print_json : print)(&c);
    if (status == KD_OK && c.beyond)
        status =
            kd_fail(err, KD_EFAILED, "bench plan: %d of %d estimates are more than %.1f times off",
                    c.beyond, c.judged, KD_PLAN_CHECK_FACTOR);
    kd_catalogue_close(c.catalogue);
    kd_store_close(c.store);
    kd_plan_destroy(c.plan);
    kd_study_close(c.study);
    kd_fs_remove(c.folder, NULL);
    free(c.store_folder);
    free(c.path);
    free(c.folder);
    return status;
}
