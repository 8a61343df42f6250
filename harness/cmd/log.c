/* log.c - `kdgrid log CELL`: what was tried, when, and how each attempt ended. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/base/json.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/finding.h"
#include "harness/review/attempts.h"

static const char about[] =
    "Says what was tried of a cell: each attempt with its run, when it began, who had it, how it\n"
    "ended and in which words, and the last lines that its process wrote, where they are kept: a "
    "cell\n"
    "that is done keeps none. CELL is an id, its first digits, a label or 'best' "
    "(docs/FINDING.md).";

static bool has_seconds(kd_journal_type type)
{
    return type == KD_JOURNAL_DONE || type == KD_JOURNAL_FAILED || type == KD_JOURNAL_LOST ||
           type == KD_JOURNAL_STOPPED;
}

/* Why it ended, where a record says so. */
static bool has_cause(const kd_journal_entry *e)
{
    return e->cause != KD_CAUSE_NONE && e->type != KD_JOURNAL_DONE;
}

/* ---- for people ---- */

static void add_record(kd_str *out, const kd_attempt_record *record)
{
    const kd_journal_entry *e = &record->entry;
    char                    stamp[32], words[32];
    kd_str_addf(out, "%s  run %u  ", kd_clock_stamp(stamp, sizeof stamp, e->time_s), e->run);
    if (e->attempt > 0) kd_str_addf(out, "attempt %u  ", e->attempt);
    kd_str_add(out, kd_journal_type_word(e->type));
    if (has_seconds(e->type))
        kd_str_addf(out, " after %s", kd_clock_words(words, sizeof words, e->value));
    if (e->type == KD_JOURNAL_ASSIGNED && e->worker >= 0)
        kd_str_addf(out, " to worker %d", e->worker);
    if (has_cause(e)) kd_str_addf(out, ", %s", kd_cause_word(e->cause));
    if (e->type != KD_JOURNAL_ASSIGNED && *e->text) {
        kd_str_add(out, ": ");
        kd_str_add_visible(out, e->text, strlen(e->text));
    }
    kd_str_add_char(out, '\n');
}

/* Where the last `lines` lines begin; 0 takes all. */
static const char *last_lines(const kd_str *log, int lines)
{
    size_t at = log->length;
    if (lines == 0) return log->text;
    if (at > 0 && log->text[at - 1] == '\n') at--;
    for (; at > 0; at--)
        if (log->text[at - 1] == '\n' && --lines == 0) break;
    return log->text + at;
}

static void add_log(kd_str *out, const kd_attempts *a, int lines)
{
    if (a->log.length == 0) return;
    const char *line = last_lines(&a->log, lines), *end = a->log.text + a->log.length;
    kd_str_addf(out, "\nlog%s\n", line > a->log.text ? ", the last lines" : "");
    while (line < end) {
        const char *feed = memchr(line, '\n', (size_t)(end - line));
        size_t      length = (size_t)((feed ? feed : end) - line);
        kd_str_add(out, "  ");
        kd_str_add_visible(out, line, length);
        kd_str_add_char(out, '\n');
        line += length + 1;
    }
}

static void print_text(const kd_attempts *a, const char *id, int lines)
{
    kd_str out = KD_STR_INIT;
    kd_str_addf(&out, "%s%s", id, *a->label != '\0' ? "  " : "");
    kd_str_add_visible(&out, a->label, strlen(a->label));
    kd_str_add_char(&out, '\n');
    for (size_t i = 0; i < a->records.count; i++) add_record(&out, &a->records.items[i]);
    if (a->records.count == 0)
        kd_str_add(&out, "no journal has it: its object came from elsewhere\n");
    if (a->damages > 0)
        kd_str_addf(&out, "damage in %zu places of the journals: see kdgrid fsck\n", a->damages);
    add_log(&out, a, lines);
    fputs(out.text, stdout);
    kd_str_fini(&out);
}

/* ---- for programs ---- */

static void put_record(kd_json_writer *w, const kd_attempt_record *record)
{
    const kd_journal_entry *e = &record->entry;
    char                    stamp[32];
    kd_json_begin(w, '{');
    kd_json_put_text(w, "time", kd_clock_stamp(stamp, sizeof stamp, e->time_s));
    kd_json_put_int(w, "run", e->run);
    kd_json_put_text(w, "study", record->study);
    kd_json_put_int(w, "attempt", e->attempt);
    kd_json_put_text(w, "what", kd_journal_type_word(e->type));
    kd_json_put_int(w, "worker", e->worker);
    if (has_seconds(e->type)) kd_json_put_real(w, "seconds", e->value);
    if (e->status != KD_OK) kd_json_put_text(w, "status", kd_status_word(e->status));
    if (has_cause(e)) kd_json_put_text(w, "cause", kd_cause_word(e->cause));
    kd_json_put_text(w, "text", e->text);
    kd_json_end(w, '}');
}

static void print_json(const kd_attempts *a, const char *id)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &out, 2);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "id", id);
    kd_json_put_text(&w, "label", a->label);
    kd_json_key(&w, "records");
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < a->records.count; i++) put_record(&w, &a->records.items[i]);
    kd_json_end(&w, ']');
    kd_json_put_text(&w, "log", a->log.length > 0 ? a->log.text : NULL);
    kd_json_put_int(&w, "journal_damages", (int64_t)a->damages);
    kd_json_end(&w, '}');
    puts(out.text);
    kd_str_fini(&out);
}

/* ---- the verb ---- */

static kd_status tell(const kd_finding *finding, const char *word, int lines, bool as_json,
                      kd_error *err)
{
    kd_store   *store;
    kd_attempts attempts;
    kd_id       id;
    char        text[KD_ID_TEXT];
    kd_status   status = kd_store_open(&store, finding->folder, KD_STORE_READ, err);
    if (status != KD_OK) return status;
    if ((status = kd_finding_cell(&id, finding, store, word, err)) == KD_OK &&
        (status = kd_attempts_open(&attempts, store, id, err)) == KD_OK) {
        kd_id_text(text, id);
        if (as_json)
            print_json(&attempts, text);
        else
            print_text(&attempts, text, lines);
        kd_attempts_close(&attempts);
    }
    kd_store_close(store);
    return status;
}

kd_status kd_cmd_log(int argc, char **argv, kd_error *err)
{
    kd_finding   finding = { .folder = "store", .without_object = true };
    int          lines = 40;
    bool         as_json = false;
    const kd_arg table[] = { KD_ARGS_FINDING(finding),
                             { 'n', "lines", KD_ARG_INT, &lines, "N",
                               "of the log, 0 for all of it (40)" },
                             KD_ARG_JSON(as_json),
                             KD_ARG_END };
    kd_args      args = {
             .verb = "log", .usage = "CELL|best [--store DIR]", .about = about, .table = table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) status = kd_args_expect(&args, 1, 1, err);
    if (status == KD_OK && !args.helped && lines < 0)
        status = kd_fail(err, KD_EUSAGE, "--lines: expected 0 or more, found %d", lines);
    if (status == KD_OK && !args.helped)
        status = tell(&finding, args.words[0], lines, as_json, err);
    kd_args_fini(&args);
    return status;
}
