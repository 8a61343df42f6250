/* deeds.c - the list of a run, drawn from streams that nothing else draws from. */
#include "harness/chaos/deeds.h"

#include <stdlib.h>
#include <string.h>

#define DEEDS_A_RUN 4 /* of one that is let through to its end, on average */
#define DAY_S       86400.0

/* A cell is met when its coordinator goes on, maybe a record later, and its end is one more: the next deed
 * is not due before. */
#define CELL_RECORDS 3

static const char *const kind_words[KD_CHAOS_KIND_COUNT] = {
#define X(name, word, meaning) word,
    KD_CHAOS_KINDS(X)
#undef X
};

static const struct {
    kd_chaos_kind kind;
    bool          kills, ends;
    int           often;
    const char   *words;
} deeds_table[KD_DEED_COUNT] = {
#define X(name, kind, kills, ends, often, words) { KD_CHAOS_##kind, kills, ends, often, words },
    KD_DEEDS(X)
#undef X
};

static unsigned bit_of(const char *word)
{
    for (unsigned i = 0; i < KD_CHAOS_KIND_COUNT; i++)
        if (strcmp(word, kind_words[i]) == 0) return 1u << i;
    return 0;
}

static kd_status refuse_kind(const char *word, kd_error *err)
{
    kd_str words = KD_STR_INIT;
    for (int i = 0; i < KD_CHAOS_KIND_COUNT; i++)
        kd_str_addf(&words, "%s%s", i ? ", " : "", kind_words[i]);
    kd_status status = kd_fail(err, KD_EUSAGE, "run: --chaos-kinds: there is no '%s'; there are %s",
                               word, words.text);
    kd_str_fini(&words);
    return status;
}

kd_status kd_chaos_kinds_parse(unsigned *out, const char *text, kd_error *err)
{
    *out = KD_CHAOS_ALL;
    if (!text) return KD_OK;
    char     *copy = kd_strdup(text), *rest = copy;
    kd_status status = KD_OK;
    *out = 0;
    for (char *word; status == KD_OK && (word = strsep(&rest, ","));) {
        unsigned bit = bit_of(word);
        *out |= bit;
        if (!bit) status = refuse_kind(word, err);
    }
    free(copy);
    return status;
}

const char *kd_deed_words(kd_deed deed)
{
    return deeds_table[deed].words;
}

bool kd_deed_kills(kd_deed deed)
{
    return deeds_table[deed].kills;
}

bool kd_deed_ends(kd_deed deed)
{
    return deeds_table[deed].ends;
}

/* ---- the list ---- */

static int weight_of(int deed, unsigned kinds, bool has_ranks)
{
    bool is_of_ranks = deed == KD_DEED_WORKER || deed == KD_DEED_LAUNCHER;
    if (!(kinds & 1u << deeds_table[deed].kind) || (is_of_ranks && !has_ranks)) return 0;
    return deeds_table[deed].often;
}

/* KD_DEED_COUNT when none is allowed. */
static kd_deed draw_deed(kd_rng *rng, unsigned kinds, bool has_ranks)
{
    int all = 0;
    for (int i = 0; i < KD_DEED_COUNT; i++) all += weight_of(i, kinds, has_ranks);
    if (all == 0) return KD_DEED_COUNT;
    int at = (int)kd_rng_below(rng, (uint64_t)all), deed = 0;
    while ((at -= weight_of(deed, kinds, has_ranks)) >= 0) deed++;
    return (kd_deed)deed;
}

static void draw_deeds(kd_deeds *out, kd_rng *rng, unsigned kinds, bool has_ranks, uint64_t records)
{
    uint64_t gap = 1 + 2 * records / DEEDS_A_RUN, at = 0, least = 1;
    for (;;) {
        at += least + kd_rng_below(rng, gap);
        kd_deed deed = draw_deed(rng, kinds, has_ranks);
        if (deed == KD_DEED_COUNT || at > 2 * records) return;
        kd_vec_push(&out->deeds, (kd_planned_deed){ at, deed, kd_rng_next(rng) });
        if (deeds_table[deed].ends) return;
        least = deed == KD_DEED_CELL ? CELL_RECORDS : 1;
    }
}

/* In one of `often` runs all of these faults happen that come between two records, which are at most
 * `most` apart. (By their number it could not be repeated: how many writes and syncs there are depends on
 * how fast a run is.) */
static void draw_fault(kd_deeds *out, kd_rng *rng, kd_fault fault, uint64_t often, uint64_t records,
                       uint64_t most)
{
    bool     happens = kd_rng_below(rng, often) == 0;
    uint64_t from = 1 + kd_rng_below(rng, records), until = from + 1 + kd_rng_below(rng, most);
    if (happens)
        kd_str_addf(&out->faults, "fail=%s@%llu-%llu ", kd_fault_word(fault),
                    (unsigned long long)from, (unsigned long long)until);
}

static void draw_jump(kd_deeds *out, kd_rng *rng, uint64_t records)
{
    bool     happens = kd_rng_below(rng, 3) == 0;
    uint64_t at = 1 + kd_rng_below(rng, records);
    double   span_s = DAY_S * (4 * kd_rng_uniform(rng) - 2);
    if (happens) kd_str_addf(&out->faults, "jump=%llu:%.0f ", (unsigned long long)at, span_s);
}

void kd_deeds_plan(kd_deeds *out, uint64_t seed, size_t run, unsigned kinds, bool has_ranks,
                   uint64_t records)
{
    kd_rng root = kd_rng_root(seed);
    kd_rng deeds = kd_rng_split(&root, "deeds", run), faults = kd_rng_split(&root, "faults", run);
    *out = (kd_deeds){ .faults = KD_STR_INIT };
    draw_deeds(out, &deeds, kinds, has_ranks, records);
    if (kinds & 1u << KD_CHAOS_FILL) {
        draw_fault(out, &faults, KD_FAULT_WRITE, 3, records, 4);
        draw_fault(out, &faults, KD_FAULT_SYNC, 3, records, 1);
    }
    if (kinds & 1u << KD_CHAOS_TEAR) draw_fault(out, &faults, KD_FAULT_TEAR, 4, records, 1);
    if (kinds & 1u << KD_CHAOS_STOP) draw_fault(out, &faults, KD_FAULT_ACK, 2, records, 1);
    if (kinds & 1u << KD_CHAOS_CLOCK) draw_jump(out, &faults, records);
}

void kd_deeds_fini(kd_deeds *deeds)
{
    kd_vec_fini(&deeds->deeds);
    kd_str_fini(&deeds->faults);
}
