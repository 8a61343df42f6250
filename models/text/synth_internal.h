/* synth_internal.h - the invented language: its words, its names, and a sentence being made. */
#ifndef KD_TEXT_SYNTH_INTERNAL_H
#define KD_TEXT_SYNTH_INTERNAL_H

#include "harness/base/arena.h"
#include "harness/base/rng.h"
#include "models/text/synth.h"

/* What a name stands for. A plain thing is no mention. */
typedef enum { THING_GENE, THING_DISEASE, THING_PLAIN, THING_COUNT } kd_thing_kind;

/* Names of one kind; those from `seen` on never occur in train. */
typedef struct {
    char **names;
    int    seen, count;
} kd_pool;

typedef struct {
    kd_pool   kinds[THING_COUNT];
    kd_pool   shared;
    kd_arena *arena;
} kd_lexicon;

void kd_lexicon_init(kd_lexicon *out, int names, kd_rng rng);
void kd_lexicon_fini(kd_lexicon *lexicon);

/* The classes of words, each a text with blanks between:
 *
 *     before_noun   the EXPRESSION of $        depends on the kind of thing that $ is
 *     before_verb   we CLONED $
 *     after_verb    $ was TRANSCRIBED
 *     after_noun    $ PROMOTERS were seen
 *     opener        the SOLUBLE $              may be part of a mention, or not
 *     closer        the $ RECEPTOR
 */
typedef struct {
    const char *before_noun, *before_verb, *after_verb, *after_noun, *opener, *closer;
} kd_cues;

extern const kd_cues kd_synth_cues[THING_COUNT];
extern const char kd_synth_adjectives[], kd_synth_places[], kd_synth_findings[], kd_synth_numbers[];

/* One item of an array. */
#define kd_synth_pick_one(rng, array) \
    (array)[kd_rng_below((rng), sizeof(array) / sizeof((array)[0]))]

/* A word of a list, the first ones more often. */
const char *kd_synth_pick(kd_rng *rng, const char *list, size_t *length);

/* One sentence being made. */
typedef struct {
    const char *text;
    int         length;
    int16_t     tag;
} kd_synth_word;

/* Some of its words. */
typedef struct {
    int begin, end;
} kd_synth_stretch;

/* The document that a sentence is of. */
typedef struct {
    int      number;    /* from 0 */
    int      left;      /* sentences that it is to have yet */
    int      themes[2]; /* the hallmarks that it is about */
    uint32_t is, told;  /* so far: as its words say, and as it is labelled */
} kd_synth_document;

typedef struct {
    const kd_synth_options *options;
    const kd_lexicon       *lexicon;
    const kd_labels        *labels;
    kd_rng                  rng;
    bool                    is_train;
    kd_synth_split         *report;
    int64_t                 right, predicted, gold; /* of a reader who knows the grammar */
    bool                    is_shared;              /* the mention being made has a shared name */
    bool                    is_unseen;              /* or one that train never has */
    kd_synth_stretch        asked[2]; /* the gene and the disease of the fact made last */
    kd_synth_document       document; /* of HOC */
    KD_VEC(kd_synth_word) words;
} kd_maker;

bool kd_synth_chance(kd_maker *maker, double p);
void kd_synth_add(kd_maker *maker, const char *text, int length);
void kd_synth_add_list(kd_maker *maker, const char *list);
void kd_synth_add_name(kd_maker *maker, kd_thing_kind kind);

/* A thing of this kind, with its tags when it is a mention. */
void kd_synth_add_thing(kd_maker *maker, kd_thing_kind kind);

/* Walk a frame: a word stands for itself, a capital letter alone goes to `add`. */
typedef void kd_symbol_adder(kd_maker *maker, char symbol, int context);
void kd_synth_add_frame(kd_maker *maker, const char *frame, kd_symbol_adder *add, int context);

/* The symbols that all grammars share (synth_grammar.c lists them); `context` is a kd_thing_kind. */
kd_symbol_adder kd_synth_add_symbol;

/* A clause with one or several things of one kind. */
void kd_synth_add_clause(kd_maker *maker);

/* A whole sentence into maker->words; for RE the class of its marked pair is returned. */
void kd_synth_sentence(kd_maker *maker);
int  kd_synth_relation(kd_maker *maker);

/* A question, the text that it is asked of, and where in it the answer begins, in characters. */
typedef struct {
    kd_str  question, context, answer;
    int32_t begin;
} kd_synth_asked;

void kd_synth_ask(kd_maker *maker, kd_synth_asked *out);
void kd_synth_keep_asked(kd_corpus *corpus, const kd_synth_asked *asked);

/* One that is answered with yes or no; returns 1 for yes. */
int  kd_synth_ask_yes_no(kd_maker *maker, kd_synth_asked *out);
void kd_synth_keep_claim(kd_corpus *corpus, const kd_synth_asked *asked, int class);

/* Hallmarks as bits: what the words say, and what the label does. */
typedef struct {
    uint32_t is, told;
} kd_synth_set;

/* Make a sentence of the document that is open, or of the next; when it is kept the document goes on. */
kd_synth_set kd_synth_hallmarks(kd_maker *maker);
void         kd_synth_keep_hallmarks(kd_corpus *corpus, kd_maker *maker, const kd_str *text,
                                     kd_synth_set set);

/* Verbs of each class but the negative one, several words of one meaning. */
typedef struct {
    const char *present, *past, *plain;
} kd_synth_verb;

extern const kd_synth_verb kd_synth_verbs[];

/* The classes of kd_synth_relation, in index order, the negative one last. */
extern const char *const kd_synth_classes[];
#define KD_SYNTH_CLASSES 4

#endif
