/* Trails: what a look adds, what it drops, and the line of blocks. */
#include "harness/review/trail.h"

#include <math.h>
#include <string.h>

#include "tests/support/support.h"

static kd_trail trail_of(const kd_progress_point *points, size_t count)
{
    kd_trail trail = { .label = NULL };

    for (size_t i = 0; i < count; i++) kd_vec_push(&trail.points, points[i]);
    return trail;
}

static void assert_blocks(const kd_progress_point *points, size_t count, size_t most,
                          const char *want)
{
    kd_trail trail = trail_of(points, count);
    kd_str   out = KD_STR_INIT;

    kd_trail_add_blocks(&out, &trail, most);
    assert_string_equal(out.text, want);
    kd_str_fini(&out);
    kd_vec_fini(&trail.points);
}

static void test_blocks_go_from_the_lowest_to_the_highest(void **state)
{
    const kd_progress_point rising[] = { { .loss = 3, .score = 0.1, .epoch = 1 },
                                         { .loss = 2, .score = 0.5, .epoch = 2 },
                                         { .loss = 1, .score = 0.9, .epoch = 3 } };
    const kd_progress_point losses[] = { { .loss = 3, .score = NAN, .epoch = 1 },
                                         { .loss = 1, .score = NAN, .epoch = 2 } };
    const kd_progress_point level[] = { { .loss = 1, .score = 0.5, .epoch = 1 },
                                        { .loss = 1, .score = 0.5, .epoch = 2 } };

    (void)state;
    assert_blocks(rising, 3, 30, "▁▄█");
    assert_blocks(rising, 3, 2, "▁█"); /* the last ones */
    assert_blocks(rising, 1, 30, "");
    assert_blocks(losses, 2, 30, "█▁"); /* no score yet */
    assert_blocks(level, 2, 30, "▄▄");
}

/* One running cell whose coordinator tells this. */
static void look(kd_trails *trails, kd_tally_cell *cell, double loss, double score, int epoch)
{
    kd_live_cell live = { .id = cell->id,
                          .point = { .loss = loss, .score = score, .epoch = epoch } };
    kd_standing  standing = { .cells = cell, .cell_count = 1 };

    standing.counts[KD_STANDING_RUNNING] = cell->last == KD_JOURNAL_ASSIGNED;
    standing.run.number = cell->run;
    standing.holder.is_held = true;
    standing.holder.run = cell->run;
    kd_vec_push(&standing.live.cells, live);
    kd_trails_begin(trails);
    kd_trails_take(trails, &standing);
    kd_trails_end(trails);
    kd_vec_fini(&standing.live.cells);
}

static void test_keeps_each_moment_once_while_a_cell_runs(void **state)
{
    kd_tally_cell cell = { .last = KD_JOURNAL_ASSIGNED, .label = "a cell", .run = 1 };
    kd_trails     trails = KD_VEC_INIT;

    (void)state;
    cell.id = kd_id_of_bytes("x", 1);
    look(&trails, &cell, NAN, NAN, 0); /* nothing told yet */
    assert_int_equal(trails.count, 1);
    assert_int_equal(trails.items[0].points.count, 0);
    look(&trails, &cell, 2.0, NAN, 1);
    look(&trails, &cell, 2.0, NAN, 1); /* the same moment */
    look(&trails, &cell, 1.5, 0.3, 2);
    assert_int_equal(trails.items[0].points.count, 2);
    assert_string_equal(kd_trails_find(&trails, cell.id)->label, "a cell");
    look(&trails, &cell, 2.1, NAN, 1); /* begun again */
    assert_int_equal(trails.items[0].points.count, 1);
    cell.last = KD_JOURNAL_DONE;
    look(&trails, &cell, 2.1, NAN, 1);
    assert_int_equal(trails.count, 0);
    kd_trails_fini(&trails);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_go_from_the_lowest_to_the_highest),
        cmocka_unit_test(test_keeps_each_moment_once_while_a_cell_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
