/* show.c - `kdgrid show CELL`: all that is known of one cell, and how to repeat it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/score.h"
#include "harness/base/clock.h"
#include "harness/base/json.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/finding.h"
#include "harness/config/again.h"
#include "harness/review/account.h"
#include "results/metric.h"

static const char about[] =
    "Shows one cell: how it stands, what every setting is and who set it (an axis, a file, a\n"
    "profile, the command line, or the default), every metric by split and type, the history in\n"
    "short, what it stands on, how long it took, where and with which program, and how to repeat "
    "it.\n"
    "CELL is an id, its first digits, a label or 'best' (docs/FINDING.md).\n"
    "    kdgrid show best --where distill.method=kl\n"
    "    kdgrid show 6b35244 --study >again.cfg   # an experiment file with this cell\n"
    "    kdgrid show 6b35244 --cell >again        # what `kdgrid cell` takes";

/* Filled up with blanks: behind it for a positive width, before it for a negative one. */
static void print_filled(const char *text, size_t length, int width)
{
    kd_str out = KD_STR_INIT;
    kd_str_add_visible(&out, text, length);
    int fill = abs(width) - (int)kd_utf8_width(out.text);
    if (fill < 0) fill = 0;
    printf("%*s%s%*s", width < 0 ? fill : 0, "", out.text, width > 0 ? fill : 0, "");
    kd_str_fini(&out);
}

static void print_visible(const char *text)
{
    print_filled(text, strlen(text), 0);
}

/* ---- who it is ---- */

static void print_line(const char *word, const char *text)
{
    if (!text || !*text) return;
    printf("%-9s ", word);
    print_visible(text);
    putchar('\n');
}

static void print_state(const kd_account *a)
{
    printf("%-9s %s", "state", a->state);
    if (a->tally && a->tally->attempts > 0)
        printf(", after %u attempt%s", a->tally->attempts, a->tally->attempts == 1 ? "" : "s");
    if (a->tally && a->tally->failures > 0) printf(", of which %u failed", a->tally->failures);
    putchar('\n');
    if (a->tally && *a->tally->text && strcmp(a->state, "done") != 0)
        print_line("because", a->tally->text);
}

static void print_times(const kd_account *a)
{
    const double *cell_s = kd_record_number(&a->record, "time.cell_s"),
                 *train_s = kd_record_number(&a->record, "time.train_s"),
                 *memory = kd_record_number(&a->record, "time.peak_memory_mib");
    char words[32];
    if (!cell_s) return;
    printf("%-9s %s", "took", kd_clock_words(words, sizeof words, *cell_s));
    if (train_s && *train_s > *cell_s) /* that of its last attempt, which went on */
        printf(" from a checkpoint on, %s of training in all",
               kd_clock_words(words, sizeof words, *train_s));
    else if (train_s)
        printf(", %s of it training", kd_clock_words(words, sizeof words, *train_s));
    if (memory) printf(", %.0f MiB at most", *memory);
    putchar('\n');
}

static void print_facts(const kd_account *a)
{
    static const char *const lines[][2] = {
        { "started", "started" },
        { "committed", "finished" },
        { "host", "host" },
        { "slurm.job", "job" },
        { "cpu", "cpu" },
        { "program.version", "kdgrid" },
        { "program.commit", "commit" },
        { "libraries", "libraries" },
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        print_line(lines[i][1], kd_account_fact(a, lines[i][0]));
}

static void print_head(const kd_account *a)
{
    char id[KD_ID_TEXT];
    kd_id_text(id, a->id);
    print_line("cell", id);
    print_line("label", a->tally ? a->tally->label : NULL);
    print_line("kind", a->role ? a->role : a->kind);
    print_state(a);
    print_times(a);
    print_facts(a);
}

/* ---- what it stands on ---- */

static void print_inputs(const kd_account *a)
{
    char id[KD_ID_TEXT];
    if (a->node_count == 0) return;
    const kd_resolved *node = &a->nodes[0];
    if (a->input_count + node->file_count > 0) printf("\nstands on\n");
    for (size_t i = 0; i < a->input_count; i++) {
        kd_id_text(id, a->inputs[i].id);
        printf("  ");
        print_filled(a->inputs[i].role, strlen(a->inputs[i].role), 8);
        printf(" %s%s", id, *a->inputs[i].label != '\0' ? "  " : "");
        print_visible(a->inputs[i].label);
        printf("%s\n", a->inputs[i].is_there ? "" : "  (not in the store)");
    }
    for (size_t i = 0; i < node->file_count; i++) {
        const char *role = kd_file_role_word(node->files[i].role);
        kd_id_text(id, node->files[i].contents);
        printf("  ");
        print_filled(role, strlen(role), 8);
        printf(" %s  ", id);
        print_visible(node->files[i].path);
        putchar('\n');
    }
}

/* ---- settings ---- */

static void print_settings(const kd_account *a, const char *title,
                           const kd_resolved_setting *settings, size_t count)
{
    if (count > 0) printf("\n%s\n", title);
    for (size_t i = 0; i < count; i++) {
        kd_str      line = KD_STR_INIT;
        const char *origin = kd_account_origin(a, &settings[i]);
        kd_str_add(&line, "  ");
        kd_str_add_visible(&line, settings[i].key, strlen(settings[i].key));
        kd_str_add(&line, " = ");
        kd_str_add_visible(&line, settings[i].value, strlen(settings[i].value));
        if (origin) {
            size_t width = kd_utf8_width(line.text);
            kd_str_addf(&line, "%*s  # ", width < 44 ? (int)(44 - width) : 0, "");
            kd_str_add_visible(&line, origin, strlen(origin));
        }
        puts(line.text);
        kd_str_fini(&line);
    }
}

static void print_all_settings(const kd_account *a)
{
    if (a->node_count == 0 && *a->text) {
        printf("\nThis program does not give the text of the cell this id: it is of another "
               "version.\n");
        print_visible(a->text);
        putchar('\n');
    }
    if (a->node_count == 0) return;
    print_settings(a, "settings that the id depends on", a->nodes[0].set, a->nodes[0].set_count);
    print_settings(a, "settings that it was told", a->nodes[0].tell, a->nodes[0].tell_count);
}

/* ---- metrics ---- */

static size_t split_length(const char *name)
{
    size_t length = strcspn(name, ".");
    return name[length] ? length : 0;
}

/* "test.entity_strict.Gene" of one of its three parts; 0 for other names, as "test.f1" of questions. */
static size_t score_length(const char *name)
{
    static const char *const parts[] = { ".precision", ".recall", ".f1" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t length = kd_ends_with(name, parts[i]) ? strlen(name) - strlen(parts[i]) : 0;
        if (length > split_length(name)) return length;
    }
    return 0;
}

/* A figure of answers to questions, one number each. */
static bool is_of_answers(const char *name)
{
    size_t split = split_length(name);
    return split > 0 && kd_score_has(KD_TASK_QA, name + split + 1);
}

/* Whether a metric is a score of a split, and no count of it. */
static bool is_scored(const char *name)
{
    bool is_of_split = kd_starts_with(name, "devel.") || kd_starts_with(name, "test.");
    return is_of_split && (score_length(name) > 0 || kd_ends_with(name, ".accuracy"));
}

static void print_number(const kd_account *a, const char *name, int width)
{
    const double *value = kd_record_number(&a->record, name);
    if (value && !isnan(*value))
        printf("%*.4f", width, *value);
    else
        printf("%*s", width, "-");
}

/* One line for the three parts of a score; a metric that is none has a line of its own. */
static void print_metric(const kd_account *a, const kd_record_metric *metric, size_t skip)
{
    size_t length = score_length(metric->name);
    if (length == 0) {
        kd_metric named;
        kd_cells  none = KD_VEC_INIT;
        kd_metric_resolve(&named, &none, metric->name, "test", NULL);
        bool is_whole = !is_scored(metric->name) && !is_of_answers(metric->name) &&
                        metric->value == floor(metric->value);
        printf("  ");
        print_filled(metric->name + skip, strlen(metric->name + skip), 32);
        printf(" %10.*f%s%s\n", is_whole ? 0 : named.decimals, metric->value,
               *named.unit ? " " : "", named.unit);
        return;
    }
    if (!kd_ends_with(metric->name, ".f1")) return;
    printf("  ");
    print_filled(metric->name + skip, length - skip, 32);
    putchar(' ');
    static const char *const parts[] = { "precision", "recall", "f1" };
    for (int i = 0; i < 3; i++) {
        char *name = kd_sprintf("%.*s.%s", (int)length, metric->name, parts[i]);
        print_number(a, name, 10);
        free(name);
    }
    putchar('\n');
}

static void print_metrics(const kd_account *a)
{
    const char *group = NULL;
    for (size_t i = 0; i < a->record.metric_count; i++) {
        const char *name = a->record.metrics[i].name; /* sorted: those of a split stand together */
        size_t      length = split_length(name);
        if (!group || split_length(group) != length || strncmp(group, name, length) != 0) {
            putchar('\n');
            print_filled(length ? name : "other", length ? length : 5, 0);
            if (is_scored(name)) printf("%*s", 64 - (int)length, "precision    recall        f1");
            putchar('\n');
            group = name;
        }
        print_metric(a, &a->record.metrics[i], length ? length + 1 : 0);
    }
}

/* ---- history ---- */

/* Which moments are shown: all of a few, else evenly spaced ones with the first, the best and the last. */
static bool is_shown(size_t i, size_t count, size_t best)
{
    enum { SHOWN = 10 };
    if (count <= SHOWN || i == 0 || i == best || i + 1 == count) return true;
    return i * (SHOWN - 1) / (count - 1) != (i - 1) * (SHOWN - 1) / (count - 1);
}

static const kd_account_column *column_of(const kd_account *a, const char *name)
{
    return kd_account_column_of(a->history, a->column_count, name);
}

static size_t best_moment(const kd_account *a)
{
    const double            *best = kd_record_number(&a->record, "train.best_update");
    const kd_account_column *update = column_of(a, "update");
    for (size_t i = 0; best && update && i < update->count; i++)
        if (update->values[i] == *best) return i;
    return SIZE_MAX;
}

static void print_history(const kd_account *a)
{
    static const char *const first[] = { "epoch", "update", "loss", "score" };
    const kd_account_column *shown[8];
    size_t                   count = 0, best = best_moment(a);
    for (size_t i = 0; i < 4; i++)
        if ((shown[count] = column_of(a, first[i])) != NULL) count++;
    for (size_t c = 0; c < a->column_count && count < 8; c++)
        if (kd_starts_with(a->history[c].name, "part.")) shown[count++] = &a->history[c];
    if (count == 0 || shown[0]->count == 0) return;
    printf("\nhistory\n ");
    for (size_t c = 0; c < count; c++) {
        putchar(' ');
        print_filled(shown[c]->name, strlen(shown[c]->name), -10);
    }
    putchar('\n');
    for (size_t i = 0; i < shown[0]->count; i++) {
        if (!is_shown(i, shown[0]->count, best)) continue;
        printf(" ");
        for (size_t c = 0; c < count; c++) {
            if (isnan(shown[c]->values[i]))
                printf(" %10s", "-");
            else
                printf(" %10.*f", c < 2 ? 0 : 4, shown[c]->values[i]);
        }
        printf("%s\n", i == best ? "  kept" : "");
    }
}

/* ---- again ---- */

static bool is_student(const kd_account *a)
{
    return a->role && strcmp(a->role, "student") == 0;
}

/* A word of a shell's command line, in quotes where a shell would read more into it. The caller frees it. */
static char *quote(const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+,:=@%";
    kd_str out = KD_STR_INIT;
    bool   is_plain = *word && word[strspn(word, plain)] == '\0';
    if (!is_plain) kd_str_add_char(&out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            kd_str_add(&out, "'\\''");
        else
            kd_str_add_char(&out, *word);
    }
    if (!is_plain) kd_str_add_char(&out, '\'');
    return kd_str_take(&out);
}

/* Command lines that give the same id; the caller frees each. NULL ends the list. */
static void list_commands(const kd_account *a, const kd_finding *f, char *out[3])
{
    int   count = 0;
    char  id[KD_ID_TEXT];
    char *folder = quote(f->folder);
    kd_id_text(id, a->id);
    if (a->node_count > 0 && strcmp(a->state, "done") == 0)
        out[count++] = kd_sprintf("kdgrid verify %s --store %s", id, folder);
    if (a->node_count > 0 && is_student(a))
        out[count++] = kd_sprintf("kdgrid show %s --store %s --study >again.cfg && "
                                  "kdgrid run again.cfg --store again",
                                  id, folder);
    else if (a->node_count > 0)
        out[count++] = kd_sprintf("kdgrid show %s --store %s --cell >again && "
                                  "kdgrid cell again --store %s",
                                  id, folder, folder);
    out[count] = NULL;
    free(folder);
}

static void print_again(const kd_account *a, const kd_finding *f)
{
    char *commands[3];
    list_commands(a, f, commands);
    if (commands[0]) printf("\nagain\n");
    for (int i = 0; commands[i]; i++) {
        printf("  ");
        print_visible(commands[i]);
        putchar('\n');
        free(commands[i]);
    }
}

static void print_text(const kd_account *a, const kd_finding *f)
{
    print_head(a);
    print_inputs(a);
    print_metrics(a);
    print_history(a);
    print_all_settings(a);
    print_again(a, f);
}

/* ---- for programs ---- */

static void put_settings(kd_json_writer *w, const kd_account *a,
                         const kd_resolved_setting *settings, size_t count, bool is_own)
{
    for (size_t i = 0; i < count; i++) {
        kd_json_key(w, settings[i].key);
        kd_json_begin(w, '{');
        kd_json_put_text(w, "value", settings[i].value);
        kd_json_put_text(w, "origin", kd_account_origin(a, &settings[i]));
        kd_json_put_bool(w, "in_id", is_own);
        kd_json_end(w, '}');
    }
}

static void put_id(kd_json_writer *w, const char *key, kd_id id)
{
    char text[KD_ID_TEXT];
    kd_id_text(text, id);
    kd_json_put_text(w, key, text);
}

static void put_head(kd_json_writer *w, const kd_account *a)
{
    put_id(w, "id", a->id);
    kd_json_put_text(w, "label", a->tally ? a->tally->label : NULL);
    kd_json_put_text(w, "kind", a->kind);
    kd_json_put_text(w, "role", a->role);
    kd_json_put_text(w, "state", a->state);
    kd_json_put_int(w, "attempts", a->tally ? (int64_t)a->tally->attempts : 0);
    kd_json_put_text(w, "failure", a->tally && *a->tally->text ? a->tally->text : NULL);
}

static void put_inputs(kd_json_writer *w, const kd_account *a)
{
    kd_json_key(w, "inputs");
    kd_json_begin(w, '[');
    for (size_t i = 0; i < a->input_count; i++) {
        kd_json_begin(w, '{');
        kd_json_put_text(w, "role", a->inputs[i].role);
        put_id(w, "id", a->inputs[i].id);
        kd_json_put_text(w, "label", a->inputs[i].label);
        kd_json_put_bool(w, "stored", a->inputs[i].is_there);
        kd_json_end(w, '}');
    }
    kd_json_end(w, ']');
    kd_json_key(w, "files");
    kd_json_begin(w, '[');
    for (size_t i = 0; a->node_count > 0 && i < a->nodes[0].file_count; i++) {
        kd_json_begin(w, '{');
        kd_json_put_text(w, "role", kd_file_role_word(a->nodes[0].files[i].role));
        put_id(w, "contents", a->nodes[0].files[i].contents);
        kd_json_put_text(w, "path", a->nodes[0].files[i].path);
        kd_json_end(w, '}');
    }
    kd_json_end(w, ']');
}

static void put_measured(kd_json_writer *w, const kd_account *a)
{
    kd_json_key(w, "metrics");
    kd_json_begin(w, '{');
    for (size_t i = 0; i < a->record.metric_count; i++)
        kd_json_put_real(w, a->record.metrics[i].name, a->record.metrics[i].value);
    kd_json_end(w, '}');
    kd_json_key(w, "history");
    kd_json_begin(w, '{');
    for (size_t c = 0; c < a->column_count; c++) {
        kd_json_key(w, a->history[c].name);
        kd_json_begin(w, '[');
        for (size_t i = 0; i < a->history[c].count; i++) kd_json_real(w, a->history[c].values[i]);
        kd_json_end(w, ']');
    }
    kd_json_end(w, '}');
    kd_json_key(w, "facts");
    kd_json_begin(w, '{');
    for (size_t i = 0; i < a->fact_count; i++)
        kd_json_put_text(w, a->facts[i].key, a->facts[i].value);
    kd_json_end(w, '}');
}

static void print_json(const kd_account *a, const kd_finding *f)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    char          *commands[3];
    kd_json_start(&w, &out, 2);
    kd_json_begin(&w, '{');
    put_head(&w, a);
    kd_json_key(&w, "settings");
    kd_json_begin(&w, '{');
    if (a->node_count > 0) {
        put_settings(&w, a, a->nodes[0].set, a->nodes[0].set_count, true);
        put_settings(&w, a, a->nodes[0].tell, a->nodes[0].tell_count, false);
    }
    kd_json_end(&w, '}');
    put_inputs(&w, a);
    put_measured(&w, a);
    kd_json_key(&w, "again");
    kd_json_begin(&w, '[');
    list_commands(a, f, commands);
    for (int i = 0; commands[i]; i++) {
        kd_json_text(&w, commands[i]);
        free(commands[i]);
    }
    kd_json_end(&w, ']');
    kd_json_end(&w, '}');
    puts(out.text);
    kd_str_fini(&out);
}

/* ---- the verb ---- */

typedef struct {
    kd_finding finding;
    bool       as_json, as_study, as_cell;
} options;

static kd_status print_study(const kd_account *a, kd_error *err)
{
    kd_str out = KD_STR_INIT;
    if (a->node_count == 0)
        return kd_fail(err, KD_EDATA, "the text of this cell is not there, or of another version");
    if (!is_student(a))
        return kd_fail(err, KD_EUSAGE, "a %s is no cell of a study by itself: --cell has its text",
                       a->role ? a->role : a->kind);
    kd_again_print(a->nodes, a->node_count, &out);
    fputs(out.text, stdout);
    kd_str_fini(&out);
    return KD_OK;
}

static kd_status print(const options *o, const kd_account *a, kd_error *err)
{
    if (o->as_study) return print_study(a, err);
    if (o->as_cell && !*a->text)
        return kd_fail(err, KD_EDATA, "the text of this cell is not there any more");
    if (o->as_cell)
        fputs(a->text, stdout);
    else if (o->as_json)
        print_json(a, &o->finding);
    else
        print_text(a, &o->finding);
    return KD_OK;
}

static kd_status show(const options *o, const char *word, kd_error *err)
{
    kd_store  *store;
    kd_account account;
    kd_id      id;
    kd_status  status = kd_store_open(&store, o->finding.folder, KD_STORE_READ, err);
    if (status != KD_OK) return status;
    if ((status = kd_finding_cell(&id, &o->finding, store, word, err)) == KD_OK &&
        (status = kd_account_open(&account, store, id, err)) == KD_OK) {
        status = print(o, &account, err);
        kd_account_close(&account);
    }
    kd_store_close(store);
    return status;
}

kd_status kd_cmd_show(int argc, char **argv, kd_error *err)
{
    options      o = { .finding = { .folder = "store", .without_object = true } };
    const kd_arg table[] = { KD_ARGS_FINDING(o.finding),
                             { 0, "study", KD_ARG_FLAG, &o.as_study, NULL,
                               "print an experiment file with this cell alone" },
                             { 0, "cell", KD_ARG_FLAG, &o.as_cell, NULL,
                               "print the text that its process was given" },
                             KD_ARG_JSON(o.as_json),
                             KD_ARG_END };
    kd_args      args = {
             .verb = "show", .usage = "CELL|best [--store DIR]", .about = about, .table = table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) status = kd_args_expect(&args, 1, 1, err);
    if (status == KD_OK && !args.helped) status = show(&o, args.words[0], err);
    kd_args_fini(&args);
    return status;
}
