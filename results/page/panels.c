/* panels.c - groups by the values that they have. */
#include "results/page/panels.h"

#include <stdlib.h>
#include <string.h>

typedef enum { APART, ALIKE, BESIDE } relation;

/* How a group stands to another by all keys but the compared one; `lacks` is how many of its values it has not. */
static relation relate(const kd_report *r, size_t group, size_t other, size_t *lacks)
{
    const char **own = r->groups.groups[group].values, **values = r->groups.groups[other].values;

    *lacks = 0;
    for (size_t k = 0; k < r->key_count; k++) {
        if (k == r->among || own[k] == values[k]) continue;
        if (own[k] != NULL && (values[k] == NULL || strcmp(own[k], values[k]) != 0)) return APART;
        *lacks += own[k] == NULL;
    }
    return *lacks == 0 ? ALIKE : BESIDE;
}

static bool any_lacks(const kd_report *r)
{
    for (size_t g = 0; g < r->groups.count; g++)
        for (size_t k = 0; k < r->key_count; k++)
            if (r->groups.groups[g].values[k] == NULL) return true;
    return false;
}

static bool has_value(const kd_report *r, const kd_panel *panel, size_t group)
{
    for (size_t i = 0; i < panel->count && r->among < r->key_count; i++)
        if (kd_report_series(r, &r->groups.groups[panel->groups[i]]) ==
            kd_report_series(r, &r->groups.groups[group]))
            return true;
    return false;
}

/* All that are alike; then those beside them, the ones first that lack fewest keys, where none is of their value. */
static void fill(kd_panel *panel, const kd_report *r, size_t first, size_t lacks_most,
                 bool *is_beside)
{
    size_t lacks;

    for (size_t g = first; g < r->groups.count; g++)
        if (relate(r, g, first, &lacks) == ALIKE) panel->groups[panel->count++] = g;
    for (size_t most = 1; most <= lacks_most; most++)
        for (size_t g = 0; g < r->groups.count; g++) {
            if (relate(r, g, first, &lacks) != BESIDE || lacks != most) continue;
            if (has_value(r, panel, g)) continue;
            panel->groups[panel->count++] = g;
            is_beside[g] = true;
        }
}

static bool begins_a_panel(const kd_report *r, size_t group)
{
    size_t lacks;

    for (size_t g = 0; g < group; g++)
        if (relate(r, group, g, &lacks) == ALIKE) return false;
    return true;
}

kd_panel *kd_panels_of(const kd_report *report, size_t *count)
{
    kd_arena *arena = report->arena;
    size_t    all = report->groups.count, made = 0;
    size_t    lacks_most = any_lacks(report) ? report->key_count - 1 : 0;
    kd_panel *panels = kd_arena_zero(arena, all + 1, sizeof *panels);
    bool     *is_beside = kd_arena_zero(arena, all + 1, sizeof *is_beside);
    size_t   *groups = kd_alloc(all + 1, sizeof *groups);

    for (size_t g = 0; g < all; g++) {
        kd_panel *panel = &panels[made];
        if (!begins_a_panel(report, g)) continue;
        made++;
        panel->name = kd_report_rest(report, &report->groups.groups[g]);
        panel->groups = groups;
        fill(panel, report, g, lacks_most, is_beside);
        panel->groups = kd_arena_alloc(arena, panel->count, sizeof *panel->groups);
        memcpy(panel->groups, groups, panel->count * sizeof *panel->groups);
    }
    free(groups);
    *count = 0;
    for (size_t p = 0; p < made; p++)
        if (panels[p].count > 1 || !is_beside[panels[p].groups[0]]) panels[(*count)++] = panels[p];
    return panels;
}
