/* synth_question.c - a text of a few facts, and a question that one of them answers.
 *
 *     the morakin blocks brunta in mice . velpin fever was triggered by dasol in cells . ...
 *     which gene halts it ?          morakin: the fact whose verb is of the question's class
 *     which disease was sparked ?    velpin fever
 *
 * Each fact of a text has a verb of another class, so exactly one answers. The verb of the question is
 * most often another word than that of the text, of the same class.
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

void kd_synth_ask(kd_maker *maker, kd_synth_asked *out)
{
    int              order[FACTS];
    kd_synth_stretch answers[FACTS];
    int              which = (int)kd_rng_below(&maker->rng, 2);
    int              asked = (int)kd_rng_below(&maker->rng, FACTS);
    bool             is_wrong = kd_synth_chance(maker, maker->options->noise);
    int              told = (asked + is_wrong) % FACTS;

    kd_vec_reset(&maker->words);
    kd_str_reset(&out->question);
    kd_str_reset(&out->context);
    maker->is_shared = maker->is_unseen = false;
    shuffle(maker, order);
    for (int i = 0; i < FACTS; i++) {
        kd_synth_add_frame(maker, kd_synth_pick_one(&maker->rng, facts), add_symbol, order[i]);
        answers[i] = maker->asked[which];
        kd_synth_add(maker, ".", 1);
    }
    size_t text = maker->words.count;
    kd_synth_add_frame(maker, kd_synth_pick_one(&maker->rng, questions[which]), add_symbol,
                       order[asked]);
    kd_synth_add(maker, "?", 1);
    size_t first = (size_t)answers[told].begin, last = (size_t)answers[told].end;
    join(maker, text, maker->words.count, text, &out->question);
    out->begin = join(maker, 0, text, first, &out->context);
    kd_str_reset(&out->answer);
    join(maker, first, last, first, &out->answer);

    maker->report->mentions++;
    maker->report->wrong += is_wrong;
    maker->report->ambiguous += maker->is_shared;
    maker->report->unseen += maker->is_unseen;
    maker->predicted++;
    maker->gold++;
    maker->right += !is_wrong;
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
