/* synth_question.c - a text of a few facts, and a question that one of them answers, or that is to be answered with
 * yes or no.
 *
 *     the morakin blocks brunta in mice . velpin fever was triggered by dasol in cells . ...
 *     which gene halts it ?          morakin: the fact whose verb is of the question's class
 *     which disease was sparked ?    velpin fever
 *
 * Each fact of a text has a verb of another class, so exactly one answers. The verb of the question is
 * most often another word than that of the text, of the same class. A question of yes or no stands beside a text of one fact:
 *
 *     the morakin blocks brunta in mice .        does a gene help against the disease ?      yes
 *     velpin fever was triggered by dasol .      is a gene a sign of the disease ?           no, a cause
 */
#include <string.h>

#include "models/text/synth_internal.h"
#include "models/text/unicode.h"

enum { FACTS = KD_SYNTH_CLASSES - 1, GENE = 0, DISEASE = 1 };

static const char *const facts[] = {
    "G R D in A S",
    "D was T by G in A S",
    "in A S , the expression of G R D",
    "cases of D , T by G , were F",
};

/* Of each class of verbs what they say of a gene and a disease. */
static const char *const claims[FACTS] = { "does a gene help against the disease",
                                           "is a gene a cause of the disease",
                                           "is a gene a sign of the disease" };

/* Of the gene and of the disease. */
static const char *const questions[2][2] = { { "which gene R it", "what R the disease" },
                                             { "which disease was T", "what was T in the end" } };

static void add_member(kd_maker *maker, kd_thing_kind kind, int which)
{
    maker->asked[which].begin = (int)maker->words.count;
    kd_synth_add_name(maker, kind);
    maker->asked[which].end = (int)maker->words.count;
}

/* `context` is the class of the verb. */
static void add_symbol(kd_maker *maker, char symbol, int context)
{
    switch (symbol) {
    case 'G':
        add_member(maker, THING_GENE, GENE);
        break;
    case 'D':
        add_member(maker, THING_DISEASE, DISEASE);
        break;
    case 'R':
        kd_synth_add_list(maker, kd_synth_verbs[context].present);
        break;
    case 'T':
        kd_synth_add_list(maker, kd_synth_verbs[context].past);
        break;
    default:
        kd_synth_add_symbol(maker, symbol, THING_PLAIN);
    }
}

/* The words first..last-1 with blanks between; returns where word `of` begins, in characters. */
static int32_t join(const kd_maker *maker, size_t first, size_t last, size_t of, kd_str *out)
{
    int32_t place = 0;
    for (size_t i = first; i < last; i++) {
        const kd_synth_word *word = &maker->words.items[i];
        if (i > first) kd_str_add_char(out, ' ');
        if (i == of) place = (int32_t)kd_utf8_count(out->text, out->length);
        kd_str_add_bytes(out, word->text, (size_t)word->length);
    }
    return place;
}

static void shuffle(kd_maker *maker, int order[FACTS])
{
    for (int i = 0; i < FACTS; i++) order[i] = i;
    for (int i = FACTS - 1; i > 0; i--) {
        int k = (int)kd_rng_below(&maker->rng, (uint64_t)i + 1), kept = order[i];
        order[i] = order[k];
        order[k] = kept;
    }
}

static void begin(kd_maker *maker, kd_synth_asked *out)
{
    kd_vec_reset(&maker->words);
    kd_str_reset(&out->question);
    kd_str_reset(&out->context);
    maker->is_shared = maker->is_unseen = false;
}

/* A question counts as one mention, which a reader who knows the grammar gets right where the label is. */
static void count(kd_maker *maker, bool is_wrong)
{
    maker->report->mentions++;
    maker->report->wrong += is_wrong;
    maker->report->ambiguous += maker->is_shared;
    maker->report->unseen += maker->is_unseen;
    maker->predicted++;
    maker->gold++;
    maker->right += !is_wrong;
}

/* Then what the words from `text` on are, and those before them. */
static void end_question(kd_maker *maker, size_t text, kd_synth_asked *out)
{
    kd_synth_add(maker, "?", 1);
    join(maker, text, maker->words.count, text, &out->question);
}

void kd_synth_ask(kd_maker *maker, kd_synth_asked *out)
{
    int              order[FACTS];
    kd_synth_stretch answers[FACTS];
    int              which = (int)kd_rng_below(&maker->rng, 2);
    int              asked = (int)kd_rng_below(&maker->rng, FACTS);
    bool             is_wrong = kd_synth_chance(maker, maker->options->noise);
    int              told = (asked + is_wrong) % FACTS;

    begin(maker, out);
    shuffle(maker, order);
    for (int i = 0; i < FACTS; i++) {
        kd_synth_add_frame(maker, kd_synth_pick_one(&maker->rng, facts), add_symbol, order[i]);
        answers[i] = maker->asked[which];
        kd_synth_add(maker, ".", 1);
    }
    size_t text = maker->words.count;
    kd_synth_add_frame(maker, kd_synth_pick_one(&maker->rng, questions[which]), add_symbol,
                       order[asked]);
    end_question(maker, text, out);
    size_t first = (size_t)answers[told].begin, last = (size_t)answers[told].end;
    out->begin = join(maker, 0, text, first, &out->context);
    kd_str_reset(&out->answer);
    join(maker, first, last, first, &out->answer);
    count(maker, is_wrong);
}

int kd_synth_ask_yes_no(kd_maker *maker, kd_synth_asked *out)
{
    bool is_yes = kd_synth_chance(maker, 0.5);
    bool is_wrong = kd_synth_chance(maker, maker->options->noise);
    int  told = (int)kd_rng_below(&maker->rng, FACTS);
    int  other = (told + 1 + (int)kd_rng_below(&maker->rng, FACTS - 1)) % FACTS;

    begin(maker, out);
    kd_synth_add_frame(maker, kd_synth_pick_one(&maker->rng, facts), add_symbol, told);
    kd_synth_add(maker, ".", 1);
    size_t text = maker->words.count;
    kd_synth_add_frame(maker, claims[is_yes ? told : other], add_symbol, told);
    end_question(maker, text, out);
    join(maker, 0, text, text, &out->context);
    count(maker, is_wrong);
    return is_yes != is_wrong;
}

void kd_synth_keep_asked(kd_corpus *corpus, const kd_synth_asked *asked)
{
    if (!corpus->arena) corpus->arena = kd_arena_create(0);
    kd_arena *arena = corpus->arena;
    kd_gold  *gold = kd_arena_zero(arena, 1, sizeof *gold);
    int32_t   number = corpus->questions.count;
    gold->text = kd_arena_strdup(arena, asked->answer.text);
    gold->begin = asked->begin;
    gold->end = asked->begin + (int32_t)kd_utf8_count(asked->answer.text, asked->answer.length);
    kd_questions_add(&corpus->questions,
                     (kd_question){ .id = kd_arena_sprintf(arena, "%s-%d", corpus->name, number),
                                    .number = number,
                                    .question = kd_arena_strdup(arena, asked->question.text),
                                    .context = kd_arena_strdup(arena, asked->context.text),
                                    .count = 1,
                                    .answers = gold });
}

void kd_synth_keep_claim(kd_corpus *corpus, const kd_synth_asked *asked, int class)
{
    kd_corpus_add_word(corpus, asked->question.text, asked->question.length, 0);
    kd_corpus_add_row(corpus, asked->context.text, asked->context.length, class, 0);
}
