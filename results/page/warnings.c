/* warnings.c - what somebody who knows such studies would ask about. */
#include <math.h>
#include <string.h>

#include "results/page/html.h"
#include "results/page/page_internal.h"
#include "results/role.h"

enum { RISING_WINDOW = 3 };

/* A metric that is 0 where no entity was predicted at all: the student only says O. */
static void warn_of_silence(kd_str *out, const kd_report *r)
{
    kd_id *ids = kd_arena_alloc(r->arena, r->students.count + 1, sizeof *ids);
    size_t n = 0;

    if (!r->has_score) return;
    for (size_t i = 0; i < r->students.count; i++) {
        double score;
        if (kd_metric_read(&r->score, r->students.items[i], &score) && score == 0)
            ids[n++] = r->students.items[i]->id;
    }
    if (n == 0) return;
    kd_str_addf(out, "%s is 0: they found nothing, or said only O. ", r->score.title);
    kd_report_add_cells(out, ids, n);
    kd_str_add_char(out, '\n');
}

/* Whether the best moment of devel's score is the last at which it was looked at, and by more than those before it moved. */
static bool still_rises(const kd_report *r, const kd_report_history *history)
{
    const kd_account_column *column = history->score;
    size_t                   count = 0;
    double                  *score, before = -INFINITY;

    if (column == NULL) return false;
    score = kd_arena_alloc(r->arena, column->count + 1, sizeof *score);
    for (size_t k = 0; k < column->count; k++)
        if (isfinite(column->values[k])) score[count++] = column->values[k];
    if (count < 2 * RISING_WINDOW) return false;
    for (size_t k = 0; k + RISING_WINDOW < count; k++) before = fmax(before, score[k]);
    for (size_t k = 0; k + 1 < count; k++)
        if (score[k] > score[count - 1]) return false;
    return score[count - 1] > before + 0.005;
}

static void warn_of_rising(kd_str *out, const kd_report *r)
{
    kd_id *ids = kd_arena_alloc(r->arena, r->students.count + 1, sizeof *ids);
    size_t n = 0;

    for (size_t i = 0; i < r->students.count; i++)
        if (still_rises(r, &r->histories[i])) ids[n++] = r->students.items[i]->id;
    if (n == 0) return;
    kd_str_addf(out,
                "devel's score was at its best at the end of training, and had risen by more than "
                "half a point over the last %d moments: more epochs may give more. ",
                RISING_WINDOW);
    kd_report_add_cells(out, ids, n);
    kd_str_add_char(out, '\n');
}

/* ---- teachers ---- */

static double best_teacher(const kd_report *r, const kd_record **which)
{
    double best = -INFINITY, score;

    for (size_t i = 0; i < r->others.count; i++) {
        if (kd_record_role(r->others.items[i]) != KD_ROLE_TEACHER) continue;
        if (!kd_metric_read(&r->score, r->others.items[i], &score) || score <= best) continue;
        best = score;
        *which = r->others.items[i];
    }
    return best;
}

static void warn_of_teacher(kd_str *out, const kd_report *r)
{
    const kd_record *teacher = NULL;
    double           best;
    size_t           above = 0;
    kd_str           names = KD_STR_INIT;

    if (!r->has_score) return;
    best = best_teacher(r, &teacher);
    for (size_t g = 0; g < r->groups.count && teacher != NULL; g++) {
        kd_measure m = kd_group_measure(&r->groups.groups[g], &r->score);
        if (m.sample.n == 0 || m.sample.mean <= best) continue;
        if (above++ < 4) kd_str_addf(&names, "%s%s", names.length > 0 ? "; " : "", r->names[g]);
    }
    if (above > 0) {
        kd_str_addf(out, "The best teacher (%.*f) is below the mean of %zu of %zu settings: %s%s. ",
                    r->score.decimals, best, above, r->groups.count, names.text,
                    above > 4 ? " and more" : "");
        kd_report_add_cells(out, &teacher->id, 1);
        kd_str_add_char(out, '\n');
    }
    kd_str_fini(&names);
}

/* ---- the study ---- */

static void warn_of_runs(kd_str *out, const kd_report *r)
{
    size_t single = 0, least = SIZE_MAX, most = 0;

    for (size_t g = 0; g < r->groups.count; g++) {
        size_t n = r->groups.groups[g].count;
        single += n == 1;
        least = n < least ? n : least;
        most = n > most ? n : most;
    }
    if (single > 0)
        kd_str_addf(out,
                    "%zu of %zu settings have one run: there is no spread, and nothing can be said "
                    "of other seeds.\n",
                    single, r->groups.count);
    if (r->groups.count > 0 && least != most)
        kd_str_addf(out, "Settings have %zu to %zu runs: means stand on unequal grounds.\n", least,
                    most);
    if (r->without_history > 0)
        kd_str_addf(out, "%zu of %zu students have no history; curves are without them.\n",
                    r->without_history, r->students.count);
}

static void warn_of_varying(kd_str *out, const kd_report *r)
{
    kd_str words = KD_STR_INIT;

    kd_groups_list_varying(&r->groups, &words);
    if (words.length > 0)
        kd_str_addf(out, "Means run over cells that differ in more than the seed: %s.\n",
                    words.text);
    kd_str_fini(&words);
}

static void warn_of_missing(kd_str *out, const kd_report *r)
{
    size_t failed = 0, unfinished = 0;
    kd_str words = KD_STR_INIT;

    for (size_t i = 0; i < r->parts.count; i++) {
        const kd_standing *s = &r->parts.items[i].standing;
        if (!r->parts.items[i].stands) continue;
        failed += s->counts[KD_STANDING_FAILED];
        unfinished += s->waiting + s->counts[KD_STANDING_RUNNING] +
                      s->counts[KD_STANDING_INTERRUPTED] + s->counts[KD_STANDING_STOPPED] +
                      s->counts[KD_STANDING_RETRY];
    }
    if (failed > 0) kd_str_addf(out, "%zu nodes failed and are in no mean.\n", failed);
    if (unfinished > 0)
        kd_str_addf(out, "%zu nodes are not finished: this is a picture of one moment.\n",
                    unfinished);
    kd_missing_add_words(&words, &r->stores.missing);
    if (words.length > 0)
        kd_str_addf(out, "Cells that were made before and are missing now: %s.\n", words.text);
    kd_str_fini(&words);
}

void kd_section_warnings(kd_str *out, const kd_report *r)
{
    kd_str lines = KD_STR_INIT;

    warn_of_missing(&lines, r);
    warn_of_silence(&lines, r);
    warn_of_teacher(&lines, r);
    warn_of_rising(&lines, r);
    warn_of_runs(&lines, r);
    warn_of_varying(&lines, r);
    kd_html_lines(out, lines.text);
    kd_str_fini(&lines);
}
