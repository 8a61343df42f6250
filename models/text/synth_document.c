/* synth_document.c - documents, and of each sentence which of ten hallmarks of cancer it tells.
 *
 *     growth of the morakin cells was higher in mice .         sustaining growth: 8
 *     no metastasis was seen , but vessels sprouted .          drawing vessels: 6, and no spreading
 *     the expression of dasol was noted after 3 weeks .        none
 *
 * A document has one to five sentences and two hallmarks that most of its clauses speak of. A clause tells a hallmark by one of
 * several words of one meaning, or denies it with the same word; so a reader has to look at more than words.
 */
#include "models/text/synth_internal.h"

/* Of each hallmark nouns, and verbs in the past that need no object; in the order of its published index. */
static const struct {
    const char *noun, *verb;
} told_by[KD_HALLMARKS] = {
    { "metastasis invasion spreading dissemination", "spread invaded migrated metastasised" },
    { "tolerance evasion camouflage escape", "hid escaped evaded sheltered" },
    { "glycolysis fermentation uptake respiration", "fermented respired glycolysed consumed" },
    { "immortality telomerase renewal senescence", "persisted outlived renewed endured" },
    { "resistance insensitivity override bypass", "resisted overrode bypassed ignored" },
    { "instability breakage mutations aneuploidy", "mutated broke rearranged mispaired" },
    { "angiogenesis vessels sprouting perfusion", "sprouted branched vascularised perfused" },
    { "survival protection rescue viability", "survived recovered withstood lived" },
    { "growth proliferation division signalling", "grew proliferated divided multiplied" },
    { "inflammation infiltration cytokines swelling", "inflamed swelled reddened infiltrated" },
};

/* Capital letters beside those of synth_grammar.c:  K  the noun   T  the verb   G  a gene's name */
static const char *const tells[] = {
    "K of the A G cells was F in S",
    "in A S , G cells T after D weeks",
    "G , F in A S , raised K",
    "the cells with G T in A S",
};

static const char *const denies[] = {
    "no K of G cells was F in S",
    "the A cells with G never T in S",
    "G , F in A S , left no K",
};

static const char *const tells_nothing[] = {
    "the expression of G was F after D weeks",
    "A S with G were F",
    "we sequenced G in D A S",
};

enum { SENTENCES_MOST = 5, THEMES = 2 };

static void add_symbol(kd_maker *maker, char symbol, int hallmark)
{
    if (symbol == 'G')
        kd_synth_add_name(maker, THING_GENE);
    else if (symbol == 'K')
        kd_synth_add_list(maker, told_by[hallmark].noun);
    else if (symbol == 'T')
        kd_synth_add_list(maker, told_by[hallmark].verb);
    else
        kd_synth_add_symbol(maker, symbol, THING_PLAIN);
}

static int draw_hallmark(kd_maker *maker)
{
    const kd_synth_document *document = &maker->document;
    if (kd_synth_chance(maker, 0.8)) return document->themes[kd_rng_below(&maker->rng, THEMES)];
    return (int)kd_rng_below(&maker->rng, KD_HALLMARKS);
}

/* One clause; returns the bit of what it tells. */
static uint32_t add_clause(kd_maker *maker)
{
    int    hallmark = draw_hallmark(maker);
    double u = kd_rng_uniform(&maker->rng);
    if (u < 0.6) {
        kd_synth_add_frame(maker, kd_synth_pick_one(&maker->rng, tells), add_symbol, hallmark);
        return 1u << hallmark;
    }
    kd_synth_add_frame(maker,
                       u < 0.8 ? kd_synth_pick_one(&maker->rng, denies)
                               : kd_synth_pick_one(&maker->rng, tells_nothing),
                       add_symbol, hallmark);
    return 0;
}

static void begin_document(kd_maker *maker)
{
    kd_synth_document *document = &maker->document;
    document->left = 1 + (int)kd_rng_below(&maker->rng, SENTENCES_MOST);
    document->is = document->told = 0;
    for (int t = 0; t < THEMES; t++)
        document->themes[t] = (int)kd_rng_below(&maker->rng, KD_HALLMARKS);
}

kd_synth_set kd_synth_hallmarks(kd_maker *maker)
{
    kd_synth_set set;
    if (maker->document.left == 0) begin_document(maker);
    kd_vec_reset(&maker->words);
    maker->is_shared = maker->is_unseen = false;
    set.is = add_clause(maker);
    if (kd_synth_chance(maker, 0.4)) {
        kd_synth_add(maker, ",", 1);
        kd_synth_add_list(maker, "and but while");
        set.is |= add_clause(maker);
    }
    kd_synth_add(maker, ".", 1);
    set.told = set.is;
    if (kd_synth_chance(maker, maker->options->noise))
        set.told ^= 1u << kd_rng_below(&maker->rng, KD_HALLMARKS);
    maker->report->mentions++;
    maker->report->wrong += set.told != set.is;
    maker->report->ambiguous += maker->is_shared;
    maker->report->unseen += maker->is_unseen;
    return set;
}

/* A hallmark counts once a document, by what a reader who knows the grammar says of it. */
static void count(kd_maker *maker, kd_synth_set set)
{
    kd_synth_document *document = &maker->document;
    uint32_t           is = document->is | set.is, told = document->told | set.told;
    maker->predicted += __builtin_popcount(is) - __builtin_popcount(document->is);
    maker->gold += __builtin_popcount(told) - __builtin_popcount(document->told);
    maker->right +=
        __builtin_popcount(is & told) - __builtin_popcount(document->is & document->told);
    document->is = is;
    document->told = told;
}

void kd_synth_keep_hallmarks(kd_corpus *corpus, kd_maker *maker, const kd_str *text,
                             kd_synth_set set)
{
    bool    are_two = corpus->labels && kd_hallmarks_are_two(corpus->labels);
    int32_t bits = 0;
    for (int k = 0; k < KD_HALLMARKS; k++)
        bits |= (int32_t)(set.told >> k & 1) << (are_two ? 2 * k + 1 : k);
    count(maker, set);
    kd_corpus_add_row(corpus, text->text, text->length, bits, maker->document.number);
    if (--maker->document.left == 0) maker->document.number++;
}
