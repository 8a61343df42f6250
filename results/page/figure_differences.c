/* figure_differences.c - pairs of what is compared as a forest plot. */
#include "results/page/figures.h"
#include "results/page/gaps.h"

enum { PAIRS_MOST = 60 };

kd_status kd_figure_differences(kd_charts *out, const kd_report *r, kd_str *notes, kd_error *err)
{
    const kd_gaps *gaps;
    kd_status      status = kd_gaps_of(&gaps, r, err);

    if (status != KD_OK) return status;
    if (gaps->count > 0) {
        size_t         drawn = gaps->count < PAIRS_MOST ? gaps->count : PAIRS_MOST;
        kd_chart_words words = {
            .title = kd_arena_sprintf(r->arena, "Differences of %s among %s", r->score.title,
                                      r->keys[r->among]),
            .about = "Differences of means with 95 % intervals. Full marks differ after Holm's "
                     "correction (p below 0.05).",
            .x = "difference",
        };
        kd_chart_forest(out, &words, gaps->gaps, drawn);
        if (notes != NULL && gaps->count > drawn)
            kd_str_addf(notes, "The first %zu of %zu pairs are drawn.\n", drawn, gaps->count);
    }
    if (notes != NULL) kd_str_add(notes, gaps->notes);
    return KD_OK;
}
