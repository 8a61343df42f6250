/* live.c - one line for the run, one for each cell:
 *
 *     kdgrid-live 2 1795672345.2 312.5 8 0
 *     3f0c... 4 12 50 0.4134 0.8123 1795672001.7 600
 */
#include "harness/store/live.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/str.h"

#define HEAD "kdgrid-live 2"

static char *live_path(const kd_store *store, uint32_t run)
{
    return kd_sprintf("%s/members/%04u.live", kd_store_folder(store), run);
}

static void add_cell(kd_str *out, const kd_live_cell *c)
{
    char id[KD_ID_TEXT];
    kd_id_text(id, c->id);
    kd_str_addf(out, "%s %d %d %d %.9g %.9g %.3f %.6g\n", id, c->worker, c->point.epoch,
                c->point.epochs, c->point.loss, c->point.score, c->since_s, c->expected_s);
}

/* A reader sees the old one or the new one; no fsync, since nothing is lost with it. */
static void replace(const char *path, const kd_str *text)
{
    kd_fs_draft draft;
    if (kd_fs_draft_open(&draft, path, NULL) != KD_OK) return;
    if (kd_fs_draft_write(&draft, text->text, text->length, NULL) == KD_OK)
        rename(draft.path, path);
    kd_fs_draft_discard(&draft);
}

void kd_live_write(const kd_store *store, uint32_t run, const kd_live *live)
{
    kd_str text = KD_STR_INIT;
    char  *path = live_path(store, run);
    kd_str_addf(&text, HEAD " %.3f %.6g %d %zu\n", live->written_s, live->eta_s, live->workers,
                live->blocked);
    for (size_t i = 0; i < live->cells.count; i++) add_cell(&text, &live->cells.items[i]);
    replace(path, &text);
    kd_str_fini(&text);
    free(path);
}

void kd_live_remove(const kd_store *store, uint32_t run)
{
    char *path = live_path(store, run);
    kd_fs_remove_below(kd_store_folder(store), path, NULL);
    free(path);
}

/* ---- reading ---- */

static bool read_head(kd_live *out, const char *line)
{
    return sscanf(line, HEAD " %lf %lf %d %zu", &out->written_s, &out->eta_s, &out->workers,
                  &out->blocked) == 4;
}

static bool read_cell(kd_live_cell *out, const char *line)
{
    char id[KD_ID_TEXT];
    return sscanf(line, "%32s %d %d %d %lf %lf %lf %lf", id, &out->worker, &out->point.epoch,
                  &out->point.epochs, &out->point.loss, &out->point.score, &out->since_s,
                  &out->expected_s) == 8 &&
           kd_id_parse(&out->id, id);
}

void kd_live_read(const kd_store *store, uint32_t run, kd_live *out)
{
    kd_str       text = KD_STR_INIT;
    kd_live_cell cell;
    char        *path = live_path(store, run), *line;
    *out = (kd_live){ .eta_s = -1 };
    if (kd_fs_read(path, &text, NULL) == KD_OK) {
        char *rest = text.text;
        bool  is_ours = (line = strsep(&rest, "\n")) && read_head(out, line);
        while (is_ours && (line = strsep(&rest, "\n")) && read_cell(&cell, line))
            kd_vec_push(&out->cells, cell);
    }
    kd_str_fini(&text);
    free(path);
}

/* Each tells how long all that is left would take it alone, so their speeds add up. */
static double together_s(double a_s, double b_s)
{
    if (a_s < 0 || b_s < 0) return fmax(a_s, b_s);
    return a_s + b_s > 0 ? a_s * b_s / (a_s + b_s) : 0;
}

void kd_live_add(kd_live *sum, const kd_live *other)
{
    sum->written_s = fmax(sum->written_s, other->written_s);
    sum->eta_s = together_s(sum->eta_s, other->eta_s);
    sum->workers += other->workers;
    if (other->blocked > sum->blocked) sum->blocked = other->blocked; /* each counts all of them */
    for (size_t i = 0; i < other->cells.count; i++) kd_vec_push(&sum->cells, other->cells.items[i]);
}

const kd_live_cell *kd_live_find(const kd_live *live, kd_id id)
{
    for (size_t i = 0; i < live->cells.count; i++)
        if (kd_id_equal(live->cells.items[i].id, id)) return &live->cells.items[i];
    return NULL;
}

void kd_live_fini(kd_live *live)
{
    kd_vec_fini(&live->cells);
}

double kd_live_eta_s(const kd_live_cell *c, double now_s)
{
    double                   gone_s = fmax(0, now_s - c->since_s);
    const kd_progress_point *at = &c->point;
    if (at->epoch > 0 && at->epochs >= at->epoch)
        return gone_s * (at->epochs - at->epoch) / at->epoch;
    return c->expected_s > 0 ? fmax(0, c->expected_s - gone_s) : -1;
}
