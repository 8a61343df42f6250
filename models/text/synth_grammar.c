/* synth_grammar.c - sentences with mentions: clauses are drawn, then filled from left to right. */
#include <string.h>

#include "models/text/synth_internal.h"

/* Clauses. A capital letter stands for a word of a list or for a thing:
 *
 *     X  a thing of the clause's kind         A  an adjective that tells nothing
 *     N V P H  the cue that tells its kind:   S  where it was seen
 *        before it (noun, verb) or            F  how it was found
 *        after it (participle, noun)          D  a number
 *                                             B  an adjective that never opens a mention
 *
 * Every clause has exactly one kind of cue, so a reader who knows the lists is never in doubt.
 */
static const char *const clauses[] = {
    "the N of X was F in A S",
    "N of X and X were F",
    "the N of the B X was F after D weeks",
    "S with N of X were F",
    "we V X in A S",
    "we V X , X and X",
    "they V , in D A S , the X",
    "X was P in A S",
    "the X , F in A S , was P",
    "after D weeks X and the B X were P",
    "it was F that X , in A S , was P",
    "X H were F in A S",
};

/* How clauses are joined; C is a clause. */
static const char *const sentences[] = {
    "C .", "C .", "in A S , C .", "F in D S , C .", "C , but C .", "while C , C .",
};

static const double kind_shares[THING_COUNT] = { 0.38, 0.38, 0.24 };

bool kd_synth_chance(kd_maker *maker, double p)
{
    return kd_rng_uniform(&maker->rng) < p;
}

void kd_synth_add(kd_maker *maker, const char *text, int length)
{
    int16_t outside = maker->labels != NULL ? (int16_t)kd_labels_outside(maker->labels) : -1;

    kd_vec_push(&maker->words, (kd_synth_word){ text, length, outside });
}

void kd_synth_add_list(kd_maker *maker, const char *list)
{
    size_t      length;
    const char *word = kd_synth_pick(&maker->rng, list, &length);

    kd_synth_add(maker, word, (int)length);
}

/* ---- things ---- */

/* The first names of a pool are the common ones, as in any real text. */
static const char *draw_seen(kd_maker *maker, const kd_pool *pool)
{
    double u = kd_rng_uniform(&maker->rng);

    return pool->names[(int)(u * u * pool->seen)];
}

void kd_synth_add_name(kd_maker *maker, kd_thing_kind kind)
{
    const kd_pool *pool = &maker->lexicon->kinds[kind];
    const char    *name;

    if (!maker->is_train && kd_synth_chance(maker, maker->options->unseen)) {
        name = pool->names[pool->seen + (int)kd_rng_below(&maker->rng, (uint64_t)pool->seen)];
        maker->is_unseen = true;
    } else if (kd_synth_chance(maker, maker->options->ambiguity)) {
        name = draw_seen(maker, &maker->lexicon->shared);
        maker->is_shared = true;
    } else {
        name = draw_seen(maker, pool);
    }
    kd_synth_add(maker, name, (int)strlen(name));
}

/* A name of the other kind inside: the gene's disease, the disease's gene. */
static void add_nested(kd_maker *maker, kd_thing_kind kind)
{
    if (kind == THING_GENE) {
        kd_synth_add_name(maker, THING_DISEASE);
        kd_synth_add_list(maker, "antigen susceptibility");
    } else {
        kd_synth_add_name(maker, THING_GENE);
        kd_synth_add_list(maker, "deficiency overload");
    }
}

static void add_long_name(kd_maker *maker, kd_thing_kind kind)
{
    const kd_cues *cues = &kd_synth_cues[kind];

    switch (kd_rng_below(&maker->rng, 5)) {
    case 0:
        kd_synth_add_name(maker, kind);
        kd_synth_add_list(maker, kd_synth_numbers);
        break;
    case 1:
    case 2:
        kd_synth_add_name(maker, kind);
        kd_synth_add_list(maker, cues->closer);
        break;
    case 3:
        kd_synth_add_list(maker, cues->opener);
        kd_synth_add_name(maker, kind);
        kd_synth_add_list(maker, cues->closer);
        break;
    default:
        kd_synth_add_list(maker, cues->opener);
        kd_synth_add_name(maker, kind);
    }
}

/* Count the mention and write its label: the right one, or by chance the other type or none. */
static void label_mention(kd_maker *maker, int first, kd_thing_kind kind)
{
    kd_synth_split *report = maker->report;
    bool            is_wrong = kd_synth_chance(maker, maker->options->noise);

    report->mentions++;
    report->wrong += is_wrong;
    maker->right += !is_wrong;
    maker->predicted++;
    report->ambiguous += maker->is_shared;
    report->unseen += maker->is_unseen;
    if (is_wrong) {
        if (kd_synth_chance(maker, 0.5)) return;
        kind = kind == THING_GENE ? THING_DISEASE : THING_GENE;
    }
    maker->gold++;
    if (maker->labels == NULL) return;

    int16_t tags[8];
    int     length = (int)maker->words.count - first;

    KD_CHECK(length <= 8, "synth: a mention of %d words", length);
    kd_tags_write_span(maker->labels, (kd_span){ 0, length - 1, kind == THING_GENE ? 1 : 0 }, tags);
    for (int i = 0; i < length; i++) maker->words.items[first + i].tag = tags[i];
}

void kd_synth_add_thing(kd_maker *maker, kd_thing_kind kind)
{
    int first = (int)maker->words.count;

    maker->is_shared = maker->is_unseen = false;
    if (kd_synth_chance(maker, 0.65))
        kd_synth_add_name(maker, kind);
    else if (kind != THING_PLAIN && kd_synth_chance(maker, 0.2))
        add_nested(maker, kind);
    else
        add_long_name(maker, kind);
    if (kind != THING_PLAIN) label_mention(maker, first, kind);
}

/* ---- clauses and sentences ---- */

static kd_thing_kind draw_kind(kd_maker *maker)
{
    double u = kd_rng_uniform(&maker->rng);

    if (u < kind_shares[THING_GENE]) return THING_GENE;
    return u < kind_shares[THING_GENE] + kind_shares[THING_DISEASE] ? THING_DISEASE : THING_PLAIN;
}

void kd_synth_add_symbol(kd_maker *maker, char symbol, int kind)
{
    const kd_cues *cues = &kd_synth_cues[kind];

    switch (symbol) {
    case 'C':
        kd_synth_add_clause(maker);
        break;
    case 'X':
        kd_synth_add_thing(maker, (kd_thing_kind)kind);
        break;
    case 'N':
        kd_synth_add_list(maker, cues->before_noun);
        break;
    case 'V':
        kd_synth_add_list(maker, cues->before_verb);
        break;
    case 'P':
        kd_synth_add_list(maker, cues->after_verb);
        break;
    case 'H':
        kd_synth_add_list(maker, cues->after_noun);
        break;
    case 'A':
        kd_synth_add_list(maker, kd_synth_adjectives);
        break;
    case 'B':
        kd_synth_add_list(maker, "other same first new rare");
        break;
    case 'S':
        kd_synth_add_list(maker, kd_synth_places);
        break;
    case 'F':
        kd_synth_add_list(maker, kd_synth_findings);
        break;
    case 'D':
        kd_synth_add_list(maker, kd_synth_numbers);
        break;
    default:
        KD_CHECK(false, "synth: no symbol '%c'", symbol);
    }
}

void kd_synth_add_frame(kd_maker *maker, const char *frame, kd_symbol_adder *add, int context)
{
    while (*frame) {
        size_t length = strcspn(frame, " ");

        if (length == 1 && *frame >= 'A' && *frame <= 'Z')
            add(maker, *frame, context);
        else
            kd_synth_add(maker, frame, (int)length);
        frame += length;
        frame += *frame == ' ';
    }
}

void kd_synth_add_clause(kd_maker *maker)
{
    kd_thing_kind kind = draw_kind(maker);

    kd_synth_add_frame(maker, kd_synth_pick_one(&maker->rng, clauses), kd_synth_add_symbol,
                       (int)kind);
}

void kd_synth_sentence(kd_maker *maker)
{
    kd_vec_reset(&maker->words);
    kd_synth_add_frame(maker, kd_synth_pick_one(&maker->rng, sentences), kd_synth_add_symbol,
                       THING_PLAIN);
}
