/* trial.c - cells told apart by a number, so that each has an id of its own. */
#include "harness/cmd/bench/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/config/resolved.h"
#include "harness/plan/id_map.h"

struct kd_trial {
    kd_trial_cell *cells;
    kd_id         *ids;
    size_t         count;
    kd_id_map      numbers;
};

/* The texts of one cell's settings; the node borrows them. */
typedef struct {
    char                number[24], seconds[32];
    kd_resolved_setting set[2];
} settings;

static kd_resolved resolve(const kd_trial_cell *cell, size_t number, settings *s)
{
    snprintf(s->number, sizeof s->number, "%zu", number);
    snprintf(s->seconds, sizeof s->seconds, "%.9g", cell->seconds);
    s->set[0] = (kd_resolved_setting){ "noop.number", s->number };
    s->set[1] = (kd_resolved_setting){ "noop.seconds", s->seconds };
    kd_resolved node = { .kind = KD_NODE_NOOP, .set = s->set, .set_count = 2 };
    kd_resolved_seal(&node);
    return node;
}

kd_trial *kd_trial_create(const kd_trial_cell *cells, size_t count)
{
    kd_trial *trial = kd_alloc(1, sizeof *trial);
    settings  s;
    trial->count = count;
    trial->cells = kd_alloc(count, sizeof *trial->cells);
    trial->ids = kd_alloc(count, sizeof *trial->ids);
    if (count) memcpy(trial->cells, cells, count * sizeof *cells);
    kd_id_map_init(&trial->numbers, count);
    for (size_t i = 0; i < count; i++) {
        trial->ids[i] = resolve(&cells[i], i, &s).id;
        kd_id_map_put(&trial->numbers, trial->ids[i], (int32_t)i);
    }
    return trial;
}

void kd_trial_destroy(kd_trial *trial)
{
    if (!trial) return;
    kd_id_map_fini(&trial->numbers);
    free(trial->cells);
    free(trial->ids);
    free(trial);
}

static kd_work_item item(void *self, size_t node)
{
    const kd_trial      *trial = self;
    const kd_trial_cell *cell = &trial->cells[node];
    return (kd_work_item){ .id = trial->ids[node],
                           .inputs = &cell->input,
                           .input_count = cell->input >= 0,
                           .kind = cell->kind,
                           .threads = cell->cores,
                           .cost_s = cell->cost_s,
                           .is_needed = true,
                           .is_empty = !cell->leaves_object };
}

static size_t find(void *self, kd_id id)
{
    const kd_trial *trial = self;
    int32_t         number = kd_id_map_get(&trial->numbers, id);
    return number < 0 ? SIZE_MAX : (size_t)number;
}

static void label(void *self, size_t node, kd_str *out)
{
    const kd_trial *trial = self;
    kd_str_addf(out, "noop %zu seconds=%g", node, trial->cells[node].seconds);
}

static kd_status text(void *self, size_t node, kd_str *out, kd_error *err)
{
    (void)err;
    const kd_trial *trial = self;
    settings        s;
    kd_resolved     resolved = resolve(&trial->cells[node], node, &s);
    kd_resolved_print(&resolved, out);
    return KD_OK;
}

kd_work kd_work_of_trial(kd_trial *trial)
{
    return (kd_work){ .count = trial->count,
                      .self = trial,
                      .item = item,
                      .find = find,
                      .label = label,
                      .text = text };
}
