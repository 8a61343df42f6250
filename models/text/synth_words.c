/* synth_words.c - the lists of words, and names made of syllables: all of it invented. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/map.h"
#include "models/text/synth_internal.h"

const kd_cues kd_synth_cues[THING_COUNT] = {
    [THING_GENE] = {
        .before_noun = "expression levels mutation silencing",
        .before_verb = "cloned sequenced expressed silenced",
        .after_verb = "transcribed cloned expressed spliced",
        .after_noun = "promoters transcripts alleles",
        .opener = "soluble nuclear membrane",
        .closer = "receptor kinase factor",
    },
    [THING_DISEASE] = {
        .before_noun = "symptoms cases onset severity",
        .before_verb = "diagnosed treated cured prevented",
        .after_verb = "diagnosed cured inherited fatal",
        .after_noun = "patients carriers outbreaks",
        .opener = "acute chronic familial",
        .closer = "syndrome fever disease",
    },
    [THING_PLAIN] = {
        .before_noun = "size weight batches price",
        .before_verb = "weighed bought stored painted",
        .after_verb = "weighed rinsed stored shipped",
        .after_noun = "boxes shelves labels",
        .opener = "soluble acute large",
        .closer = "receptor fever tray",
    },
};

const char kd_synth_adjectives[] = "treated young control large recombinant healthy adult severe "
                                   "small chronic frozen soluble";
const char kd_synth_places[] = "mice cells samples twins tissue volunteers cultures rats villages "
                               "sections";
const char kd_synth_findings[] = "found seen higher lower absent noted unchanged rare common "
                                 "doubled";
const char kd_synth_numbers[] = "2 3 4 5 7 9 12";

const char *kd_synth_pick(kd_rng *rng, const char *list, size_t *length)
{
    int    count = 1, wanted;
    double u = kd_rng_uniform(rng);

    for (const char *c = list; *c; c++) count += *c == ' ';
    wanted = (int)(u * u * count);
    for (; wanted > 0; wanted--) list = strchr(list, ' ') + 1;
    *length = strcspn(list, " ");
    return list;
}

/* ---- names ---- */

static const char *const onsets[] = { "b", "br", "d",  "f", "g",  "k", "l", "m",  "n",  "p",
                                      "r", "s",  "st", "t", "tr", "v", "z", "ch", "pl", "w" };
static const char *const vowels[] = { "a", "e", "i", "o", "u", "au", "ei" };
static const char *const codas[] = { "", "", "l", "n", "r", "s", "k", "m" };

/* Endings that some names of a kind have, and shared names never: a hint, as in real names. */
static const char *const endings[THING_COUNT][3] = {
    [THING_GENE] = { "in", "ase", "grin" },
    [THING_DISEASE] = { "osis", "itis", "emia" },
    [THING_PLAIN] = { "ette", "et", "ing" },
};

#define ENDING_SHARE 0.4

static void add_syllables(kd_str *out, kd_rng *rng)
{
    int count = 2 + (int)kd_rng_below(rng, 2);

    while (count-- > 0) {
        kd_str_add(out, kd_synth_pick_one(rng, onsets));
        kd_str_add(out, kd_synth_pick_one(rng, vowels));
        kd_str_add(out, kd_synth_pick_one(rng, codas));
    }
}

/* Fill a pool with names that no pool has yet. */
static void fill_pool(kd_pool *pool, kd_thing_kind kind, int seen, kd_map *taken, kd_arena *arena,
                      kd_rng *rng)
{
    kd_str name = KD_STR_INIT;

    *pool = (kd_pool){ .seen = seen, .count = 2 * seen };
    pool->names = kd_arena_alloc(arena, (size_t)pool->count, sizeof *pool->names);
    for (int i = 0; i < pool->count;) {
        kd_str_reset(&name);
        add_syllables(&name, rng);
        if (kind < THING_COUNT && kd_rng_uniform(rng) < ENDING_SHARE)
            kd_str_add(&name, kd_synth_pick_one(rng, endings[kind]));
        if (kd_map_get(taken, name.text) != NULL) continue;
        kd_map_put_number(taken, name.text, i);
        pool->names[i++] = kd_arena_strdup(arena, name.text);
    }
    kd_str_fini(&name);
}

void kd_lexicon_init(kd_lexicon *out, int names, kd_rng rng)
{
    kd_map *taken = kd_map_create();

    out->arena = kd_arena_create(0);
    for (kd_thing_kind kind = 0; kind < THING_COUNT; kind++)
        fill_pool(&out->kinds[kind], kind, names, taken, out->arena, &rng);
    fill_pool(&out->shared, THING_COUNT, names, taken, out->arena, &rng);
    kd_map_destroy(taken);
}

void kd_lexicon_fini(kd_lexicon *lexicon)
{
    kd_arena_destroy(lexicon->arena);
}
