/* trail.c - points that come, and eight blocks. */
#include "harness/review/trail.h"

#include <math.h>
#include <stdlib.h>

static kd_trail *find(const kd_trails *trails, kd_id id)
{
    for (size_t i = 0; i < trails->count; i++)
        if (kd_id_equal(trails->items[i].id, id)) return &trails->items[i];
    return NULL;
}

const kd_trail *kd_trails_find(const kd_trails *trails, kd_id id)
{
    return find(trails, id);
}

static bool is_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* Epochs go up; a cell that was begun again starts a new trail. */
static void add_point(kd_trail *trail, const kd_progress_point *point)
{
    size_t n = trail->points.count;

    if (isnan(point->loss) && isnan(point->score)) return;
    if (n > 0) {
        const kd_progress_point *last = &trail->points.items[n - 1];
        if (point->epoch < last->epoch) kd_vec_reset(&trail->points);
        if (point->epoch == last->epoch && is_same(point->loss, last->loss) &&
            is_same(point->score, last->score))
            return;
    }
    kd_vec_push(&trail->points, *point);
}

static void take_cell(kd_trails *trails, const kd_standing *standing, const kd_tally_cell *cell)
{
    const kd_live_cell *live = kd_live_find(&standing->live, cell->id);
    kd_trail           *trail = find(trails, cell->id);

    if (trail == NULL) {
        kd_vec_push(trails, (kd_trail){ .id = cell->id, .label = kd_strdup(cell->label) });
        trail = &trails->items[trails->count - 1];
    }
    trail->runs = true;
    if (live != NULL) add_point(trail, &live->point);
}

void kd_trails_begin(kd_trails *trails)
{
    for (size_t i = 0; i < trails->count; i++) trails->items[i].runs = false;
}

void kd_trails_take(kd_trails *trails, const kd_standing *standing)
{
    for (size_t i = 0; i < standing->cell_count && standing->counts[KD_STANDING_RUNNING] > 0; i++)
        if (kd_standing_of(standing, &standing->cells[i]) == KD_STANDING_RUNNING)
            take_cell(trails, standing, &standing->cells[i]);
}

void kd_trails_end(kd_trails *trails)
{
    size_t kept = 0;

    for (size_t i = 0; i < trails->count; i++) {
        if (trails->items[i].runs) {
            trails->items[kept++] = trails->items[i];
            continue;
        }
        free(trails->items[i].label);
        kd_vec_fini(&trails->items[i].points);
    }
    trails->count = kept;
}

static bool has_scores(const kd_trail *trail)
{
    for (size_t i = 0; i < trail->points.count; i++)
        if (isfinite(trail->points.items[i].score)) return true;
    return false;
}

void kd_trail_add_blocks(kd_str *out, const kd_trail *trail, size_t most)
{
    static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    bool                     of_scores = has_scores(trail);
    size_t                   count = trail->points.count, from = count > most ? count - most : 0;
    double                   low = INFINITY, high = -INFINITY;

    if (count < 2) return;
    for (size_t i = from; i < count; i++) {
        double x = of_scores ? trail->points.items[i].score : trail->points.items[i].loss;
        if (!isfinite(x)) continue;
        low = fmin(low, x);
        high = fmax(high, x);
    }
    for (size_t i = from; i < count; i++) {
        double x = of_scores ? trail->points.items[i].score : trail->points.items[i].loss;
        if (isfinite(x))
            kd_str_add(out, blocks[high > low ? (int)(7.999 * (x - low) / (high - low)) : 3]);
    }
}

void kd_trails_fini(kd_trails *trails)
{
    for (size_t i = 0; i < trails->count; i++) {
        free(trails->items[i].label);
        kd_vec_fini(&trails->items[i].points);
    }
    kd_vec_fini(trails);
}
