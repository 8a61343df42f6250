/* synth_relation.c - sentences in which a marked pair stands in a relation, or does not. */
#include "models/text/synth_internal.h"

/* A pair of marks and what one says of the other. Capital letters beside those of
 * synth_grammar.c:
 *
 *     G D  the gene and the disease of a clause; one pair of the sentence is marked
 *     R    the verb, as in "it BLOCKS"        Z  as in "did not BLOCK"
 *     T    as in "was BLOCKED by"
 *
 * A pair stands in a relation when one clause has both and its verb is not denied.
 */
static const char *const related[] = {
    "G R D in A S",       "D was T by G in A S",          "in A S , the expression of G R D",
    "G , F in A S , R D", "cases of D , T by G , were F",
};

static const char *const unrelated[] = {
    "G did not Z D in A S",
    "G and D were F in A S",
    "the expression of G was F in S with D",
    "D was F and never T by G",
};

const char *const kd_synth_classes[] = { "BLOCKS", "CAUSES", "MARKS", "false" };

const kd_synth_verb kd_synth_verbs[] = {
    { "blocks prevents halts counters weakens", "blocked prevented halted countered weakened",
      "block prevent halt counter weaken" },
    { "triggers starts sparks boosts prompts", "triggered started sparked boosted prompted",
      "trigger start spark boost prompt" },
    { "marks signals reflects predicts reveals", "marked signalled reflected predicted revealed",
      "mark signal reflect predict reveal" },
};

enum { FALSE_CLASS = KD_SYNTH_CLASSES - 1, MARK_GENE = 8, MARK_DISEASE = 16 };

static void add_member(kd_maker *maker, kd_thing_kind kind, bool is_marked)
{
    if (!is_marked) {
        kd_synth_add_name(maker, kind);
    } else if (kind == THING_GENE) {
        kd_synth_add(maker, "@GENE$", 6);
    } else {
        kd_synth_add(maker, "@DISEASE$", 9);
    }
}

/* `context` is the class of the verb and which members are marked. */
static void add_symbol(kd_maker *maker, char symbol, int context)
{
    int class = context % MARK_GENE;

    switch (symbol) {
    case 'G':
        add_member(maker, THING_GENE, context & MARK_GENE);
        break;
    case 'D':
        add_member(maker, THING_DISEASE, context & MARK_DISEASE);
        break;
    case 'R':
        kd_synth_add_list(maker, kd_synth_verbs[class].present);
        break;
    case 'T':
        kd_synth_add_list(maker, kd_synth_verbs[class].past);
        break;
    case 'Z':
        kd_synth_add_list(maker, kd_synth_verbs[class].plain);
        break;
    default:
        kd_synth_add_symbol(maker, symbol, THING_PLAIN);
    }
}

/* One clause; returns the class of its pair. */
static int add_pair(kd_maker *maker, int marks)
{
    int  verb = (int)kd_rng_below(&maker->rng, FALSE_CLASS);
    bool is_related = kd_synth_chance(maker, 0.65);

    kd_synth_add_frame(maker,
                       is_related ? kd_synth_pick_one(&maker->rng, related)
                                  : kd_synth_pick_one(&maker->rng, unrelated),
                       add_symbol, verb + marks);
    return is_related ? verb : FALSE_CLASS;
}

/* The class as labelled, counted as a reader who knows the grammar would score on it. */
static int label_row(kd_maker *maker, int class)
{
    bool is_wrong = kd_synth_chance(maker, maker->options->noise);
    int  label = class;

    if (is_wrong)
        label = (class + 1 + (int)kd_rng_below(&maker->rng, FALSE_CLASS)) % KD_SYNTH_CLASSES;
    maker->report->mentions++;
    maker->report->wrong += is_wrong;
    maker->report->ambiguous += maker->is_shared;
    maker->report->unseen += maker->is_unseen;
    maker->predicted += class != FALSE_CLASS;
    maker->gold += label != FALSE_CLASS;
    maker->right += class != FALSE_CLASS && label == class;
    return label;
}

int kd_synth_relation(kd_maker *maker)
{
    /* Marks of the first and of the second clause: most often both in one. */
    static const int marks[][2] = {
        { MARK_GENE + MARK_DISEASE, 0 }, { 0, MARK_GENE + MARK_DISEASE },
        { MARK_GENE + MARK_DISEASE, 0 }, { 0, MARK_GENE + MARK_DISEASE },
        { MARK_GENE, MARK_DISEASE },     { MARK_DISEASE, MARK_GENE }
    };
    const int *mark = kd_synth_pick_one(&maker->rng, marks);
    int        first, second;

    kd_vec_reset(&maker->words);
    maker->is_shared = maker->is_unseen = false;
    first = add_pair(maker, mark[0]);
    kd_synth_add(maker, ",", 1);
    kd_synth_add_list(maker, "but and while whereas");
    second = add_pair(maker, mark[1]);
    kd_synth_add(maker, ".", 1);
    if (mark[0] == MARK_GENE + MARK_DISEASE) return label_row(maker, first);
    if (mark[1] == MARK_GENE + MARK_DISEASE) return label_row(maker, second);
    return label_row(maker, FALSE_CLASS);
}
