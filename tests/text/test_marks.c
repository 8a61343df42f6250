#include "models/text/marks.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"

enum { PIECES_MOST = 16 };

static const char *const vocabulary[] = {
    "[CLS]", "[SEP]",  "@",     "gene",      "$",    "##s",           "binds",   "-",
    "chem",  "##ical", "other", "\xc4\xa0@", "GENE", "\xe2\x96\x81@", "chemical"
};
enum {
    CLS,
    SEP,
    AT,
    GENE,
    DOLLAR,
    S,
    BINDS,
    DASH,
    CHEM,
    ICAL,
    OTHER,
    BPE_AT,
    BIG_GENE,
    SP_AT,
    CHEMICAL
};

static const char *text_of(const void *vocab, int32_t id)
{
    return ((const char *const *)vocab)[id];
}

typedef struct {
    int     count;
    int32_t ids[PIECES_MOST]; /* between [CLS] and [SEP] */
    int32_t marks[2];
} sentence;

static const sentence sentences[] = {
    { 9, { AT, GENE, DOLLAR, BINDS, AT, CHEM, ICAL, DOLLAR, S }, { 1, 5 } },
    { 7,
      { BINDS, BPE_AT, BIG_GENE, DOLLAR, SP_AT, CHEMICAL, DOLLAR },
      { 2, 5 } },                                                     /* marked places */
    { 6, { BINDS, AT, CHEM, DASH, GENE, DOLLAR }, { 2, 2 } },         /* overlap */
    { 7, { AT, OTHER, DOLLAR, AT, GENE, DOLLAR, BINDS }, { 4, -1 } }, /* one alone */
    { 6, { AT, GENE, DOLLAR, BINDS, AT, CHEM }, { 1, -1 } },          /* cut within */
    { 3, { GENE, AT, DOLLAR }, { -1, -1 } },
    { 0, { 0 }, { -1, -1 } },
    { 9, { AT, GENE, DOLLAR, AT, GENE, DOLLAR, AT, GENE, DOLLAR }, { 1, 4 } },
};

enum { SENTENCES = sizeof sentences / sizeof *sentences };

static void test_finds_where_masks_begin(void **state)
{
    (void)state;
    int32_t ids[SENTENCES * (PIECES_MOST + 2)], word[SENTENCES * (PIECES_MOST + 2)];
    int32_t begin[SENTENCES + 1] = { 0 }, marks[2 * SENTENCES];
    kd_pack pack = { .task = KD_TASK_RE,
                     .sentences = SENTENCES,
                     .ids = ids,
                     .word = word,
                     .piece_begin = begin,
                     .marks = marks };

    for (int b = 0; b < SENTENCES; b++) {
        const sentence *s = &sentences[b];
        int             n = begin[b];
        ids[n] = CLS;
        word[n++] = -1;
        for (int i = 0; i < s->count; i++, n++) {
            ids[n] = s->ids[i];
            word[n] = 0;
        }
        ids[n] = SEP;
        word[n++] = -1;
        begin[b + 1] = pack.pieces = n;
    }
    assert_int_equal(kd_pack_find_marks(&pack, text_of, vocabulary), 4);
    for (int b = 0; b < SENTENCES; b++)
        for (int i = 0; i < 2; i++)
            if (marks[2 * b + i] != sentences[b].marks[i])
                fail_msg("sentence %d, mention %d: at %d, not %d", b, i, marks[2 * b + i],
                         sentences[b].marks[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_where_masks_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
