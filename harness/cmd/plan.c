/* plan.c - `kdgrid plan`: what would run, what it costs, what is there already. */
#include "harness/cmd/cmd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/args.h"
#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "harness/base/map.h"
#include "harness/cell/inputs.h"
#include "harness/cmd/plan_power.h"
#include "harness/cmd/results.h"
#include "harness/config/study.h"
#include "harness/plan/estimate.h"
#include "harness/plan/plan.h"
#include "harness/plan/session.h"
#include "harness/plan/summary.h"
#include "harness/store/store.h"
#include "results/study_table.h"

static const char about[] =
    "Read an experiment file and say what a run would do: its cells, what they need, what\n"
    "the store has of it, and what the rest costs. Nothing is written.\n"
    "\n"
    "Times are estimates. They stand on a tenth of a second of measuring this machine, kept\n"
    "in $XDG_CACHE_HOME/kdgrid/rates (or below ~/.cache), and, once the store has finished\n"
    "models, on what those took. They count every epoch; patience makes it fewer.";

typedef struct {
    const char    *experiment, *store_folder, *profile, *old;
    kd_arg_list    overrides;
    kd_power_query power;
    bool           explain, show_config, with_power, as_json;
} plan_options;

/* Everything that is asked for, opened. */
typedef struct {
    const plan_options *options;
    kd_study           *study;
    kd_store           *store; /* NULL while there is none */
    kd_id              *begun; /* what has a work folder; sorted */
    size_t              begun_count;
    kd_plan            *plan;
    kd_machine          machine;
    kd_learned          learned;
} planning;

static int by_id(const void *a, const void *b)
{
    return kd_id_compare(*(const kd_id *)a, *(const kd_id *)b);
}

/* One look at STORE/work for all cells; a store without it has begun nothing. */
static void list_begun(planning *p)
{
    char  *folder = kd_fs_join(kd_store_folder(p->store), kd_store_work_name(p->store));
    char **names = NULL;
    size_t count = 0;
    kd_fs_list(folder, &names, &count, NULL);
    p->begun = kd_alloc(count, sizeof *p->begun);
    for (size_t i = 0; i < count; i++)
        p->begun_count += kd_id_parse(&p->begun[p->begun_count], names[i]);
    if (p->begun_count) qsort(p->begun, p->begun_count, sizeof *p->begun, by_id);
    kd_fs_free_names(names, count);
    free(folder);
}

static kd_status estimate(planning *p, kd_error *err)
{
    kd_machine_get(&p->machine);
    kd_learn_of_store(&p->learned, p->plan, p->store, &p->machine);
    return kd_plan_estimate(p->plan, &p->machine, &p->learned, err);
}

static kd_status open_planning(planning *p, kd_error *err)
{
    const plan_options *o = p->options;
    kd_study_options    study_options = { .profile = o->profile, .overrides = o->overrides };
    kd_session          session;
    if (o->show_config) return kd_study_open_telling(&p->study, o->experiment, &study_options, err);
    kd_status status = kd_session_open(&session, o->experiment, &study_options, o->store_folder,
                                       KD_SESSION_LOOKS, err);
    p->study = session.study;
    p->store = session.store;
    p->plan = session.plan;
    if (status == KD_OK && p->store) list_begun(p);
    if (status == KD_OK) status = kd_study_tables_check(p->study, err);
    if (status == KD_OK) status = kd_inputs_check(p->plan, err);
    if (status == KD_OK) status = estimate(p, err);
    return status;
}

static void close_planning(planning *p)
{
    kd_plan_destroy(p->plan);
    free(p->begun);
    kd_store_close(p->store);
    kd_study_close(p->study);
}

/* ---- the summary ---- */

static void print_line(const char *word, const kd_plan_sum *sum, kd_str *out)
{
    kd_str_addf(out, "%-10s %8zu %8zu %8zu %11.2e %11.4f %10.1f\n", word, sum->nodes, sum->done,
                sum->to_do, sum->operations, sum->core_s / 3600, sum->bytes / (1 << 20));
}

/* Of those that the study stands on. */
static const char *name_of_study(const planning *p, size_t number)
{
    return kd_study_name(kd_plan_study(kd_plan_of_study(p->plan, number)));
}

/* Teachers are on the longest path of most studies, and what more ranks share is all of a training but its updates
 * and evaluations. Nothing is said of a twentieth or less. */
static void print_wide(const kd_plan_summary *sum, kd_str *out)
{
    char words[64];
    if (sum->wide_s[0] > 0.95 * sum->longest_s) return;
    kd_str_add(out, "By teacher.train.ranks it would take");
    for (int i = 0; i < KD_PLAN_WIDE; i++)
        kd_str_addf(out, "%s %s with %d", i ? "," : " about",
                    kd_clock_words(words, sizeof words, sum->wide_s[i]), kd_plan_wide_ranks(i));
    kd_str_add(out, ", and what gradients take to be exchanged.\n");
}

static void print_summary(const planning *p, kd_str *out)
{
    kd_plan_summary sum;
    kd_plan_sum     of_study;
    char            words[64];
    kd_plan_sum_up(p->plan, p->study, &sum);
    kd_str_addf(out, "%s: %zu cells, %zu done\n\n", kd_study_name(p->study), sum.cells,
                sum.cells_done);
    kd_str_add(out, "              nodes     done    to do  operations  core-hours   disk MiB\n");
    for (int line = 0; line < KD_LINE_COUNT; line++)
        if (sum.line[line].nodes)
            print_line(kd_plan_line_word((kd_plan_line)line), &sum.line[line], out);
    for (size_t n = 1; kd_plan_of_study(p->plan, n); n++) {
        kd_plan_sum_up_study(p->plan, n, &of_study);
        if (of_study.nodes) print_line(name_of_study(p, n), &of_study, out);
    }
    print_line("all", &sum.all, out);
    kd_str_addf(out, "\nShared: %zu nodes stand for %zu that the cells would need one by one.\n",
                sum.all.nodes, sum.unshared);
    if (sum.apart)
        kd_str_addf(out,
                    "Of the corpora, %zu %s in the teacher's own pieces (teacher.data.vocab).\n",
                    sum.apart, sum.apart == 1 ? "is" : "are");
    if (sum.asking)
        kd_str_addf(
            out,
            "%zu students ask a teacher in every step; kept, its states would take up to about "
            "%.3g MiB, more than targets.states_gib.\n",
            sum.asking, sum.asking_gib * 1024);
    if (!sum.all.to_do) return;
    kd_str_addf(out, "The longest path takes about %s, however many workers there are.\n",
                kd_clock_words(words, sizeof words, sum.longest_s));
    print_wide(&sum, out);
    kd_str_addf(out, "Times stand on rates %s", kd_machine_words(&p->machine));
    kd_learned_words(&p->learned, out);
    kd_str_add(out, ".\n");
}

static void write_sum(kd_json_writer *w, const kd_plan_sum *sum)
{
    kd_json_begin(w, '{');
    kd_json_put_int(w, "nodes", (int64_t)sum->nodes);
    kd_json_put_int(w, "done", (int64_t)sum->done);
    kd_json_put_int(w, "to_do", (int64_t)sum->to_do);
    kd_json_put_real(w, "operations", sum->operations);
    kd_json_put_real(w, "core_hours", sum->core_s / 3600);
    kd_json_put_real(w, "bytes", sum->bytes);
    kd_json_end(w, '}');
}

static void write_summary(kd_json_writer *w, const planning *p)
{
    kd_plan_summary sum;
    kd_plan_sum     of_study;
    kd_plan_sum_up(p->plan, p->study, &sum);
    kd_json_put_text(w, "study", kd_study_name(p->study));
    kd_json_put_int(w, "cells", (int64_t)sum.cells);
    kd_json_put_int(w, "cells_done", (int64_t)sum.cells_done);
    kd_json_put_int(w, "unshared_nodes", (int64_t)sum.unshared);
    kd_json_put_int(w, "corpora_in_teachers_pieces", (int64_t)sum.apart);
    kd_json_put_int(w, "asking_in_every_step", (int64_t)sum.asking);
    kd_json_put_real(w, "asking_gib", sum.asking_gib);
    kd_json_put_real(w, "longest_path_s", sum.longest_s);
    kd_json_key(w, "longest_path_s_by_teacher_ranks");
    kd_json_begin(w, '{');
    for (int i = 0; i < KD_PLAN_WIDE; i++) {
        char ranks[16];
        snprintf(ranks, sizeof ranks, "%d", kd_plan_wide_ranks(i));
        kd_json_put_real(w, ranks, sum.wide_s[i]);
    }
    kd_json_end(w, '}');
    kd_json_put_text(w, "rates", kd_machine_words(&p->machine));
    kd_json_put_int(w, "learned_from", p->learned.cells);
    for (int line = 0; line < KD_LINE_COUNT; line++) {
        kd_json_key(w, kd_plan_line_word((kd_plan_line)line));
        write_sum(w, &sum.line[line]);
    }
    kd_json_key(w, "stands_on");
    kd_json_begin(w, '{');
    for (size_t n = 1; kd_plan_of_study(p->plan, n); n++) {
        kd_plan_sum_up_study(p->plan, n, &of_study);
        kd_json_key(w, name_of_study(p, n));
        write_sum(w, &of_study);
    }
    kd_json_end(w, '}');
    kd_json_key(w, "all");
    write_sum(w, &sum.all);
}

/* ---- every cell and why ---- */

typedef enum { CELL_DONE, CELL_SAME, CELL_RESUMES, CELL_RUNS, CELL_WAITS } verdict;

static const char *const verdict_words[] = { "done", "same", "resumes", "runs", "waits" };

/* Also what the cell waits for, or the cell that it equals. */
static verdict judge(const planning *p, size_t cell, kd_str *why)
{
    size_t              number = kd_plan_node_of_cell(p->plan, cell);
    const kd_plan_node *node = kd_plan_node_at(p->plan, number);
    if (node->is_done) return CELL_DONE;
    if ((size_t)node->cell != cell) {
        kd_str_addf(why, "as cell %lld", (long long)node->cell);
        return CELL_SAME;
    }
    for (int k = 0; k < node->input_count; k++) {
        const kd_plan_node *input = kd_plan_node_at(p->plan, (size_t)node->inputs[k]);
        if (input->is_done) continue;
        kd_str_add(why, why->length ? " and " : "for its ");
        kd_str_add(why, input->home ? name_of_study(p, (size_t)input->home)
                                    : kd_plan_line_word(kd_plan_line_of(input)));
    }
    bool waits = why->length > 0;
    if (waits && node->inside != KD_PLAN_LOOKS_NOWHERE) kd_str_add(why, "; ");
    kd_plan_inside_words(node, why);
    if (waits) return CELL_WAITS;
    return kd_store_list_has(p->begun, p->begun_count, node->id) ? CELL_RESUMES : CELL_RUNS;
}

/* A million lines need not be in memory at once. */
static void flush(kd_str *out, size_t most)
{
    if (out->length <= most) return;
    fwrite(out->text, 1, out->length, stdout);
    kd_str_reset(out);
}

/* Without printf, which a million lines would feel. */
static void add_number(kd_str *out, size_t number)
{
    char  digits[24];
    char *at = digits + sizeof digits - 1;
    *at = 0;
    do *--at = (char)('0' + number % 10);
    while (number /= 10);
    kd_str_add(out, at);
}

static void add_padded(kd_str *out, const char *word, size_t width)
{
    kd_str_add(out, word);
    for (size_t length = strlen(word); length < width; length++) kd_str_add_char(out, ' ');
}

static void add_label(const planning *p, size_t cell, kd_str *out)
{
    kd_str label = KD_STR_INIT;
    kd_grid_label(kd_study_grid(p->study), cell, &label);
    kd_str_add_visible(out, label.text, label.length);
    kd_str_fini(&label);
}

static void print_cells(const planning *p, kd_str *out)
{
    kd_str why = KD_STR_INIT;
    kd_str_add_char(out, '\n');
    for (size_t cell = 0; cell < kd_grid_count(kd_study_grid(p->study)); cell++) {
        char id[KD_ID_TEXT];
        kd_str_reset(&why);
        verdict v = judge(p, cell, &why);
        kd_id_text(id, kd_plan_id_of_cell(p->plan, cell));
        add_number(out, cell);
        kd_str_add_char(out, ' ');
        kd_str_add(out, id);
        kd_str_add_char(out, ' ');
        add_padded(out, verdict_words[v], 8);
        add_label(p, cell, out);
        if (why.length) {
            kd_str_add(out, " (");
            kd_str_add(out, why.text);
            kd_str_add_char(out, ')');
        }
        kd_str_add_char(out, '\n');
        flush(out, 1 << 20);
    }
    kd_str_fini(&why);
}

static void write_cells(kd_json_writer *w, const planning *p)
{
    kd_str why = KD_STR_INIT, label = KD_STR_INIT;
    kd_json_key(w, "list");
    kd_json_begin(w, '[');
    for (size_t cell = 0; cell < kd_grid_count(kd_study_grid(p->study)); cell++) {
        char id[KD_ID_TEXT];
        kd_str_reset(&why);
        kd_str_reset(&label);
        verdict v = judge(p, cell, &why);
        kd_id_text(id, kd_plan_id_of_cell(p->plan, cell));
        kd_grid_label(kd_study_grid(p->study), cell, &label);
        kd_json_begin(w, '{');
        kd_json_put_int(w, "cell", (int64_t)cell);
        kd_json_put_text(w, "id", id);
        kd_json_put_text(w, "state", verdict_words[v]);
        kd_json_put_text(w, "why", why.length ? why.text : NULL);
        kd_json_put_text(w, "label", label.text);
        kd_json_end(w, '}');
    }
    kd_json_end(w, ']');
    kd_str_fini(&why);
    kd_str_fini(&label);
}

/* ---- what another file would have run ---- */

/* Cells of `from` that `other` does not have: how many, and a line for each into `out`. */
static size_t list_absent(const planning *from, const planning *other, char sign, kd_str *out)
{
    size_t absent = 0;
    for (size_t cell = 0; cell < kd_grid_count(kd_study_grid(from->study)); cell++) {
        kd_id id = kd_plan_id_of_cell(from->plan, cell);
        char  text[KD_ID_TEXT];
        if (kd_plan_find(other->plan, id) != SIZE_MAX) continue;
        kd_id_text(text, id);
        kd_str_addf(out, "%c %s ", sign, text);
        add_label(from, cell, out);
        kd_str_add_char(out, '\n');
        absent++;
    }
    return absent;
}

typedef struct {
    size_t added, removed, kept;
    kd_str lines;
} difference;

static void compare(const planning *p, const planning *old, difference *out)
{
    kd_str_init(&out->lines);
    out->removed = list_absent(old, p, '-', &out->lines);
    out->added = list_absent(p, old, '+', &out->lines);
    out->kept = kd_grid_count(kd_study_grid(p->study)) - out->added;
}

static void print_difference(const planning *p, const planning *old, kd_str *out)
{
    difference d;
    compare(p, old, &d);
    kd_str_addf(out, "\nAgainst %s: %zu added, %zu removed, %zu kept\n%s",
                kd_study_path(old->study), d.added, d.removed, d.kept, d.lines.text);
    kd_str_fini(&d.lines);
}

static void write_difference(kd_json_writer *w, const planning *p, const planning *old)
{
    difference d;
    compare(p, old, &d);
    kd_json_put_int(w, "added", (int64_t)d.added);
    kd_json_put_int(w, "removed", (int64_t)d.removed);
    kd_json_put_int(w, "kept", (int64_t)d.kept);
    kd_str_fini(&d.lines);
}

/* ---- the verb ---- */

static void write_json(const planning *p, const planning *old, const kd_power_tables *power,
                       kd_str *out)
{
    kd_json_writer w;
    kd_json_start(&w, out, 2);
    if (p->options->show_config) {
        kd_study_show_json(p->study, &w);
    } else {
        kd_json_begin(&w, '{');
        write_summary(&w, p);
        if (p->options->explain) write_cells(&w, p);
        if (old->plan) write_difference(&w, p, old);
        if (p->options->with_power) kd_power_put(power, &w);
        kd_json_end(&w, '}');
    }
    kd_str_add_char(out, '\n');
}

static void write_text(const planning *p, const planning *old, const kd_power_tables *power,
                       kd_str *out)
{
    if (p->options->show_config) {
        kd_study_show(p->study, out);
        return;
    }
    print_summary(p, out);
    if (p->options->explain) print_cells(p, out);
    if (old->plan) print_difference(p, old, out);
    kd_power_print(power, out);
}

static kd_status show(const plan_options *options, kd_error *err)
{
    plan_options    old_options = *options;
    planning        p = { .options = options }, old = { .options = &old_options };
    kd_power_tables power = { KD_VEC_INIT, KD_VEC_INIT };
    kd_str          out = KD_STR_INIT;
    old_options.experiment = options->old;
    kd_status status = open_planning(&p, err);
    if (status == KD_OK && options->old) status = open_planning(&old, err);
    if (status == KD_OK && options->with_power)
        status = kd_power_open(&power, p.study, p.store, &options->power, err);
    if (status == KD_OK) {
        if (options->as_json)
            write_json(&p, &old, &power, &out);
        else
            write_text(&p, &old, &power, &out);
        flush(&out, 0);
    }
    kd_power_close(&power);
    kd_str_fini(&out);
    close_planning(&old);
    close_planning(&p);
    return status;
}

kd_status kd_cmd_plan(int argc, char **argv, kd_error *err)
{
    plan_options o = { .store_folder = "store", .power = { .points = "0.5,1,2,5" } };
    const kd_arg table[] = {
        KD_ARG_STORE(o.store_folder),
        KD_ARG_PROFILE(o.profile),
        KD_ARG_DEFINE(o.overrides),
        { 'e', "explain", KD_ARG_FLAG, &o.explain, NULL,
          "a line for every cell: does it run, and why" },
        { 0, "diff", KD_ARG_TEXT, &o.old, "OLD.cfg", "what came and went since that file" },
        { 0, "power", KD_ARG_FLAG, &o.with_power, NULL,
          "how many seeds a difference takes, from the store's spreads" },
        { 0, "points", KD_ARG_TEXT, &o.power.points, "D,...",
          "with --power: these differences (0.5,1,2,5)" },
        KD_ARG_METRIC(o.power.metric, "with --power: differences of these (f1); repeatable"),
        { 0, "show-config", KD_ARG_FLAG, &o.show_config, NULL, "every setting and who said it" },
        KD_ARG_JSON(o.as_json),
        KD_ARG_END,
    };
    kd_args   args = { .verb = "plan",
                       .usage = "EXPERIMENT.cfg [--store DIR] [--explain]",
                       .about = about,
                       .table = table };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) status = kd_args_expect(&args, 1, 1, err);
    if (status == KD_OK && !o.with_power && o.power.metric.count)
        status = kd_fail(err, KD_EUSAGE, "plan: --metric goes with --power");
    if (status == KD_OK && o.with_power && o.show_config)
        status = kd_fail(err, KD_EUSAGE, "plan: --power and --show-config do not go together");
    if (status == KD_OK && !args.helped) {
        o.experiment = args.words[0];
        status = show(&o, err);
    }
    kd_args_fini(&args);
    return status;
}
