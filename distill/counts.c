/* counts.c - 0 for 0/0, everywhere alike. */
#include "distill/counts.h"

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

kd_prf kd_prf_of(kd_counts counts)
{
    return (kd_prf){ ratio(counts.tp, counts.predicted), ratio(counts.tp, counts.gold),
                     ratio(2.0 * counts.tp, (double)counts.predicted + counts.gold) };
}

kd_prf kd_prf_macro(const kd_counts *counts, int n)
{
    kd_prf sum = { 0, 0, 0 };
    int    met = 0;

    for (int i = 0; i < n; i++) {
        kd_prf each = kd_prf_of(counts[i]);

        if (counts[i].predicted == 0 && counts[i].gold == 0) continue;
        sum.precision += each.precision;
        sum.recall += each.recall;
        sum.f1 += each.f1;
        met++;
    }
    return (kd_prf){ ratio(sum.precision, met), ratio(sum.recall, met), ratio(sum.f1, met) };
}
