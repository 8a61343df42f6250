/* progress.c - one bar, one line an event, or one JSON object an event. */
#include "harness/dispatch/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/json.h"
#include "harness/base/say.h"
#include "harness/base/str.h"

#define REDRAW_S  0.2
#define BAR_CELLS 24
#define COLUMNS   79 /* one less than the narrowest terminal has, for the cursor */

/* A score, and the cell that has it. */
typedef struct {
    double score;
    kd_str label;
} mark;

struct kd_progress {
    kd_progress_style style;
    FILE             *stream; /* borrowed */
    bool              has_color;
    int               drawn; /* lines of the bar that stand there */
    double            drawn_s;
    kd_str            text;
    mark              best, last; /* of the cells that were told */
};

static const char *const event_words[] = {
    [KD_EVENT_DONE] = "done",     [KD_EVENT_ADOPTED] = "adopted", [KD_EVENT_RETRY] = "retry",
    [KD_EVENT_FAILED] = "failed", [KD_EVENT_STOPPED] = "stopped",
};

kd_status kd_progress_parse(kd_progress_style *out, const char *word, FILE *stream, kd_error *err)
{
    static const char *const words[] = { "none", "bar", "lines", "json" };
    if (strcmp(word, "auto") == 0) {
        *out = isatty(fileno(stream)) ? KD_PROGRESS_BAR : KD_PROGRESS_LINES;
        return KD_OK;
    }
    for (int i = 0; i < 4; i++)
        if (strcmp(word, words[i]) == 0) {
            *out = (kd_progress_style)i;
            return KD_OK;
        }
    return kd_fail(err, KD_EUSAGE, "--progress: expected auto, bar, lines, json or none, found %s",
                   word);
}

kd_progress *kd_progress_create(kd_progress_style style, FILE *stream)
{
    kd_progress *p = kd_alloc(1, sizeof *p);
    const char  *refused = getenv("NO_COLOR");
    p->style = style;
    p->stream = stream;
    p->has_color = style == KD_PROGRESS_BAR && !(refused && *refused);
    p->drawn_s = -REDRAW_S;
    kd_str_init(&p->text);
    kd_str_init(&p->best.label);
    kd_str_init(&p->last.label);
    p->best.score = p->last.score = NAN;
    return p;
}

void kd_progress_destroy(kd_progress *p)
{
    if (!p) return;
    kd_str_fini(&p->text);
    kd_str_fini(&p->best.label);
    kd_str_fini(&p->last.label);
    free(p);
}

/* One write a line, so that lines of several writers stay whole. */
static void flush_text(kd_progress *p)
{
    fwrite(p->text.text, 1, p->text.length, p->stream);
    fflush(p->stream);
    kd_str_reset(&p->text);
}

/* Leave the cursor where the bar began, and nothing of it. */
static void erase(kd_progress *p)
{
    kd_str_add(&p->text, "\r\033[K");
    for (; p->drawn > 1; p->drawn--) kd_str_add(&p->text, "\033[A\033[K");
    p->drawn = 0;
}

/* ---- lines ---- */

static void add_count(kd_str *out, const kd_progress_counts *s)
{
    char total[24];
    int  width = snprintf(total, sizeof total, "%zu", s->total);
    kd_str_addf(out, "[%*zu/%s] ", width, s->done, total);
}

static void add_eta(kd_str *out, const kd_progress_counts *s)
{
    char words[32];
    if (s->eta_s >= 0 && s->done < s->total)
        kd_str_addf(out, " (eta %s)", kd_clock_words(words, sizeof words, s->eta_s));
}

static void add_event(kd_str *out, const kd_event *e, const kd_progress_counts *s)
{
    char words[32];
    add_count(out, s);
    kd_str_say(out, "%s: ", e->label);
    switch (e->kind) {
    case KD_EVENT_DONE:
        if (!isnan(e->score)) kd_str_addf(out, "devel f1 %.4f in ", e->score);
        kd_str_addf(out, isnan(e->score) ? "done in %s" : "%s",
                    kd_clock_words(words, sizeof words, e->wall_s));
        add_eta(out, s);
        break;
    case KD_EVENT_ADOPTED:
        kd_str_add(out, "found in the store");
        break;
    case KD_EVENT_RETRY:
        kd_str_say(out, "%s, to be tried again: %s", e->cause, e->text);
        break;
    case KD_EVENT_FAILED:
        kd_str_addf(out, "failed for good (%s", e->cause);
        if (e->blocks > 0) kd_str_addf(out, ", and %zu that need it", e->blocks);
        kd_str_say(out, "): %s", e->text);
        break;
    case KD_EVENT_STOPPED:
        kd_str_add(out, "stopped, to be continued");
        break;
    }
}

static void tell_line(kd_progress *p, const kd_event *e, const kd_progress_counts *s)
{
    bool is_bad = e->kind == KD_EVENT_RETRY || e->kind == KD_EVENT_FAILED;
    if (p->style == KD_PROGRESS_BAR) {
        if (!is_bad) return;
        erase(p);
        if (p->has_color) kd_str_add(&p->text, "\033[31m");
    }
    add_event(&p->text, e, s);
    kd_str_add(&p->text, p->has_color && is_bad ? "\033[0m\n" : "\n");
    p->drawn_s = -REDRAW_S;
    flush_text(p);
}

/* ---- json ---- */

static void add_standing(kd_json_writer *w, const kd_progress_counts *s)
{
    kd_json_key(w, "done"), kd_json_int(w, (int64_t)s->done);
    kd_json_key(w, "total"), kd_json_int(w, (int64_t)s->total);
    kd_json_key(w, "failed"), kd_json_int(w, (int64_t)s->failed);
    kd_json_key(w, "blocked"), kd_json_int(w, (int64_t)s->blocked);
    kd_json_key(w, "cells"), kd_json_int(w, (int64_t)s->cells);
    kd_json_key(w, "cells_done"), kd_json_int(w, (int64_t)s->cells_done);
    kd_json_key(w, "cells_failed"), kd_json_int(w, (int64_t)s->cells_failed);
    kd_json_key(w, "running"), kd_json_int(w, (int64_t)s->running);
    kd_json_key(w, "workers"), kd_json_int(w, s->workers);
    kd_json_key(w, "eta_s");
    if (s->eta_s >= 0)
        kd_json_real_digits(w, s->eta_s, 6);
    else
        kd_json_null(w);
}

static void tell_json(kd_progress *p, const kd_event *e, const kd_progress_counts *s)
{
    kd_json_writer w;
    char           id[KD_ID_TEXT];
    kd_id_text(id, e->id);
    kd_json_start(&w, &p->text, 0);
    kd_json_begin(&w, '{');
    kd_json_key(&w, "event"), kd_json_text(&w, event_words[e->kind]);
    kd_json_key(&w, "cell"), kd_json_text(&w, id);
    kd_json_key(&w, "label"), kd_json_text(&w, e->label);
    kd_json_key(&w, "devel_f1"), kd_json_real(&w, e->score);
    kd_json_key(&w, "wall_s"), kd_json_real_digits(&w, e->wall_s, 6);
    if (e->cause) kd_json_key(&w, "cause"), kd_json_text(&w, e->cause);
    if (e->text) kd_json_key(&w, "text"), kd_json_text(&w, e->text);
    add_standing(&w, s);
    kd_json_end(&w, '}');
    kd_str_add_char(&p->text, '\n');
    flush_text(p);
}

static void set_mark(mark *m, const kd_event *e)
{
    m->score = e->score;
    kd_str_reset(&m->label);
    kd_str_say(&m->label, "%s", e->label);
}

static void keep_score(kd_progress *p, const kd_event *e)
{
    if (e->kind != KD_EVENT_DONE || !e->is_cell || isnan(e->score)) return;
    set_mark(&p->last, e);
    if (!(e->score <= p->best.score)) set_mark(&p->best, e);
}

void kd_progress_tell(kd_progress *p, const kd_event *event, const kd_progress_counts *standing)
{
    keep_score(p, event);
    if (p->style == KD_PROGRESS_JSON)
        tell_json(p, event, standing);
    else if (p->style != KD_PROGRESS_NONE)
        tell_line(p, event, standing);
}

/* ---- the bar ---- */

/* No more of a text than `most` columns, by whole letters. */
static void add_short(kd_str *out, const char *text, size_t most)
{
    size_t letters = 0, cut = 0;
    for (size_t at = 0; text[at]; at++) {
        if ((text[at] & 0xc0) == 0x80) continue; /* a letter goes on */
        if (letters + 2 == most) cut = at;
        letters++;
    }
    kd_str_add_bytes(out, text, letters > most ? cut : strlen(text));
    if (letters > most) kd_str_add(out, "..");
}

static void add_scores(const kd_progress *p, kd_str *out)
{
    enum { ROOM = COLUMNS - (int)sizeof "devel f1: best 0.1234 , last 0.1234 " + 1 };
    size_t best = p->best.label.length, last = p->last.label.length, half = ROOM / 2;
    kd_str_addf(out, "\ndevel f1: best %.4f ", p->best.score);
    add_short(out, p->best.label.text, last < half ? ROOM - last : half);
    kd_str_addf(out, ", last %.4f ", p->last.score);
    add_short(out, p->last.label.text, best < half ? ROOM - best : half);
}

static void draw(kd_progress *p, const kd_progress_counts *s)
{
    char   bar[BAR_CELLS + 1], words[32];
    int    full = s->cells > 0 ? (int)(s->cells_done * BAR_CELLS / s->cells) : BAR_CELLS;
    kd_str line = KD_STR_INIT;
    memset(bar, ' ', BAR_CELLS);
    memset(bar, '=', (size_t)full);
    if (full < BAR_CELLS) bar[full] = '>';
    bar[BAR_CELLS] = 0;
    kd_str_addf(&line, "[%s] %zu/%zu cells", bar, s->cells_done, s->cells);
    if (s->cells_failed > 0) kd_str_addf(&line, ", %zu failed", s->cells_failed);
    kd_str_addf(&line, ", %zu running", s->running);
    if (s->eta_s >= 0)
        kd_str_addf(&line, ", eta %s", kd_clock_words(words, sizeof words, s->eta_s));
    if (line.length > COLUMNS) kd_str_cut(&line, COLUMNS);
    erase(p);
    kd_str_add(&p->text, line.text);
    kd_str_fini(&line);
    p->drawn = isnan(p->last.score) ? 1 : 2;
    if (p->drawn == 2) add_scores(p, &p->text);
    flush_text(p);
}

bool kd_progress_is_due(const kd_progress *p, double now_s)
{
    return p->style == KD_PROGRESS_BAR && now_s - p->drawn_s >= REDRAW_S;
}

void kd_progress_tick(kd_progress *p, const kd_progress_counts *standing, double now_s)
{
    if (!kd_progress_is_due(p, now_s)) return;
    draw(p, standing);
    p->drawn_s = now_s;
}

/* ---- the end ---- */

static void add_summary(kd_str *out, const kd_progress_counts *s, double wall_s, const char *why)
{
    char words[32];
    kd_str_addf(out, "%zu of %zu done", s->done, s->total);
    if (s->failed > 0) kd_str_addf(out, ", %zu failed", s->failed);
    if (s->blocked > 0) kd_str_addf(out, ", %zu blocked by them", s->blocked);
    if (wall_s > 0) kd_str_addf(out, " in %s", kd_clock_words(words, sizeof words, wall_s));
    if (why) kd_str_say(out, "; stopped: %s", why);
    kd_str_add(out, "\n\n"); /* a table follows on stdout */
}

void kd_progress_end(kd_progress *p, const kd_progress_counts *standing, double wall_s,
                     const char *why)
{
    if (p->style == KD_PROGRESS_NONE) return;
    if (p->style == KD_PROGRESS_JSON) {
        kd_json_writer w;
        kd_json_start(&w, &p->text, 0);
        kd_json_begin(&w, '{');
        kd_json_key(&w, "event"), kd_json_text(&w, "end");
        kd_json_key(&w, "wall_s"), kd_json_real_digits(&w, wall_s, 6);
        if (why) kd_json_key(&w, "text"), kd_json_text(&w, why);
        add_standing(&w, standing);
        kd_json_end(&w, '}');
        kd_str_add_char(&p->text, '\n');
    } else {
        if (p->drawn) erase(p);
        add_summary(&p->text, standing, wall_s, why);
    }
    flush_text(p);
}
