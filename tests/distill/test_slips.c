/* Slips: what is paired with what, and how it is called. */
#include "distill/slips.h"

#include <string.h>

#include "tests/support/support.h"

enum { GENE, DISEASE };

typedef struct {
    const kd_labels *labels;
    const kd_span   *gold, *said;
    kd_str           names;
} listing;

static void list(void *user, size_t gold, size_t said)
{
    listing *l = user;

    if (l->names.length > 0) kd_str_add(&l->names, "; ");
    kd_slip_add_name(&l->names, l->labels, gold == KD_SLIP_NONE ? NULL : &l->gold[gold],
                     said == KD_SLIP_NONE ? NULL : &l->said[said]);
}

static kd_labels *make_labels(void)
{
    kd_labels *labels = kd_labels_create();

    kd_labels_add_type(labels, KD_SCHEME_IOB2, "Gene", 4);
    kd_labels_add_type(labels, KD_SCHEME_IOB2, "Disease", 7);
    return labels;
}

static void test_calls_each_slip_by_what_stands_beside_it(void **state)
{
    static const struct {
        size_t      golds, saids;
        kd_span     gold[3], said[3];
        const char *names;
    } cases[] = {
        { 0, 0, { { 0 } }, { { 0 } }, "" },
        { 1, 0, { { 2, 3, GENE } }, { { 0 } }, "Gene missed" },
        { 0, 1, { { 0 } }, { { 2, 3, DISEASE } }, "Disease invented" },
        { 1, 1, { { 2, 3, GENE } }, { { 2, 4, GENE } }, "Gene too long" },
        { 1, 1, { { 2, 3, GENE } }, { { 1, 4, GENE } }, "Gene too long" },
        { 1, 1, { { 2, 3, GENE } }, { { 3, 3, GENE } }, "Gene too short" },
        { 1, 1, { { 2, 4, GENE } }, { { 3, 5, GENE } }, "Gene shifted" },
        { 1, 1, { { 2, 3, GENE } }, { { 2, 3, DISEASE } }, "Gene as Disease" },
        { 1, 1, { { 2, 3, GENE } }, { { 3, 3, DISEASE } }, "Gene as Disease, other words" },
        { 1, 1, { { 2, 3, GENE } }, { { 4, 4, GENE } }, "Gene missed; Gene invented" },
        /* one that was said is the partner of one only: the first */
        { 2,
          1,
          { { 0, 1, GENE }, { 2, 3, GENE } },
          { { 1, 2, GENE } },
          "Gene shifted; Gene missed" },
        { 1,
          2,
          { { 0, 3, GENE } },
          { { 0, 1, GENE }, { 3, 3, GENE } },
          "Gene too short; Gene invented" },
    };
    kd_labels *labels = make_labels();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        listing l = { labels, cases[i].gold, cases[i].said, KD_STR_INIT };
        kd_slips_pair(cases[i].gold, cases[i].golds, cases[i].said, cases[i].saids, list, &l);
        assert_string_equal(l.names.text, cases[i].names);
        kd_str_fini(&l.names);
    }
    kd_labels_destroy(labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_each_slip_by_what_stands_beside_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
