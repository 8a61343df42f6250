/* test_schema.c - one list of rows from the tables of all rooms. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/config/schema.h"
#include "tests/support/support.h"

static void test_numbers_rows_by_key(void **state)
{
    (void)state;
    size_t               count;
    const kd_schema_row *rows = kd_schema_rows(&count);
    assert_true(count > 40);
    for (size_t i = 0; i < count; i++) assert_int_equal(kd_schema_find(rows[i].key), i);
    assert_int_equal(kd_schema_find("student.hiden"), -1);
    assert_int_equal(kd_schema_find("student"), -1);
}

static void test_has_canonical_defaults(void **state)
{
    (void)state;
    size_t               count;
    const kd_schema_row *rows = kd_schema_rows(&count);
    for (size_t i = 0; i < count; i++) {
        kd_str   text = KD_STR_INIT;
        kd_error err;
        assert_ok(kd_setting_canonical(rows[i].setting, kd_schema_defaults()[i], &text, &err),
                  &err);
        assert_string_equal(text.text, kd_schema_defaults()[i]);
        kd_str_fini(&text);
    }
}

static void test_suggests_the_key_that_was_meant(void **state)
{
    (void)state;
    static const struct {
        const char *wrong, *right; /* NULL for none */
    } cases[] = {
        { "student.hiden", "student.hidden" },
        { "studnet.hidden", "student.hidden" }, /* the right name in the wrong group */
        { "student.epochs", "train.epochs" },
        { "data.synth.sentence", "data.synth.sentences" },
        { "distill.metod", "distill.method" },
        { "xyzzyplugh", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *near = kd_schema_nearest(cases[i].wrong);
        if (cases[i].right)
            assert_string_equal(near, cases[i].right);
        else
            assert_null(near);
    }
}

static void test_knows_groups(void **state)
{
    (void)state;
    assert_true(kd_schema_has_group("student"));
    assert_true(kd_schema_has_group("data"));
    assert_true(kd_schema_has_group("data.synth"));
    assert_true(kd_schema_has_group("teacher.train"));
    assert_false(kd_schema_has_group("stud"));
    assert_false(kd_schema_has_group(""));
    assert_false(kd_schema_has_group("student.hidden"));
}

/* Whether `reader` reads `key` when `other` has this value. */
static bool reads(const char *key, unsigned reader, const char *other, const char *value)
{
    size_t count;
    kd_schema_rows(&count);
    const char **values = kd_alloc(count, sizeof *values);
    memcpy(values, kd_schema_defaults(), count * sizeof *values);
    if (other) values[kd_schema_find(other)] = value;
    bool answer = kd_schema_reads(kd_schema_find(key), reader, values);
    free(values);
    return answer;
}

static void test_leaves_out_what_a_kind_does_not_read(void **state)
{
    (void)state;
    assert_true(reads("student.heads", KD_READ_STUDENT, "student.kind", "bert"));
    assert_false(reads("student.heads", KD_READ_STUDENT, "student.kind", "bilstm"));
    assert_true(reads("student.embedding", KD_READ_STUDENT, "student.kind", "bilstm"));
    assert_true(reads("distill.alpha", KD_READ_STUDENT, "distill.method", "logit-mse"));
    assert_false(reads("distill.alpha", KD_READ_STUDENT, "distill.method", "none"));
    assert_true(reads("data.vocab_size", KD_READ_CORPUS, "data.vocab", "built"));
    assert_false(reads("data.vocab_size", KD_READ_CORPUS, "data.vocab", "vocab.txt"));
    assert_true(reads("data.synth.sentences", KD_READ_CORPUS, "data.corpus", "synth"));
    assert_false(reads("data.synth.sentences", KD_READ_CORPUS, "data.corpus", "BC2GM"));
    assert_false(reads("data.scheme", KD_READ_CORPUS, "data.corpus", "synth"));
    assert_true(reads("data.scheme", KD_READ_CORPUS, "data.corpus", "BC2GM"));
}

static void test_knows_who_reads_what(void **state)
{
    (void)state;
    assert_true(reads("seed", KD_READ_STUDENT, NULL, NULL));
    assert_false(reads("seed", KD_READ_TEACHER | KD_READ_CORPUS | KD_READ_TARGETS, NULL, NULL));
    assert_true(reads("teacher.seed", KD_READ_TEACHER, NULL, NULL));
    assert_false(reads("teacher.hidden", KD_READ_STUDENT, NULL, NULL));
    assert_false(reads("student.hidden", KD_READ_TEACHER, NULL, NULL));
    assert_true(reads("precision", KD_READ_TARGETS, NULL, NULL));
    assert_true(reads("inference", KD_READ_TARGETS | KD_READ_STUDENT, NULL, NULL));
    assert_true(reads("task", KD_READ_CORPUS, NULL, NULL));
}

static void test_documents_every_row(void **state)
{
    (void)state;
    kd_str               page = KD_STR_INIT;
    size_t               count;
    const kd_schema_row *rows = kd_schema_rows(&count);
    kd_schema_document(&page);
    for (size_t i = 0; i < count; i++) {
        if (kd_starts_with(rows[i].key, "teacher.") || kd_starts_with(rows[i].key, "finetune."))
            continue; /* the student's rows again */
        if (rows[i].follows) continue;
        char *cell = kd_sprintf("| `%s` | ", rows[i].key);
        assert_non_null(strstr(page.text, cell));
        free(cell);
    }
    assert_non_null(strstr(page.text, "| `slurm.partition` | "));
    kd_str_fini(&page);
}

/* `kdgrid help config >docs/CONFIG.md` after a row has changed. */
static void assert_explains(const char *word, const char *const *says)
{
    kd_str page = KD_STR_INIT;
    assert_true(kd_schema_explain(word, &page));
    for (; *says; says++)
        if (!strstr(page.text, *says)) fail_msg("%s: no '%s' in\n%s", word, *says, page.text);
    for (const char *line = page.text; *line; line = strchr(line, '\n') + 1)
        if (strcspn(line, "\n") > 80) fail_msg("%s: wider than a page:\n%s", word, line);
    kd_str_fini(&page);
}

static void test_explains_a_setting_and_a_group(void **state)
{
    (void)state;
    static const struct {
        const char *word, *says[6];
    } cases[] = {
        { "student.hidden",
          { "units of a direction", "int", "1 to 65536",
            "study = { student = { hidden = 300; }; };", "docs/CONFIG.md, student" } },
        { "student.positions", { "roberta: 514" } },
        { "distill.temperature", { "distill.method is one of:" } },
        { "distill.method", { "logit-mse     ", "docs/CONFIG.md, distill" } },
        { "finetune.train.lr", { "student.init is fine-tuned", "finetune = { train = { lr = " } },
        { "student.vocab", { "set by" } },
        { "task", { "ner re hoc qa text pair", "the corpus", "CONFIG.md, cell" } },
        { "slurm.time", { "in a file  slurm = { time = \"\"; };" } },
        { "train", { "How its weights are moved.", "train.lr  ", "0.001" } },
        { "data.", { "data.synth.sentences" } },
        { "slurm", { "slurm.notice_s" } },
    };
    kd_str none = KD_STR_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_explains(cases[i].word, cases[i].says);
    assert_false(kd_schema_explain("student.hiden", &none));
    assert_false(kd_schema_explain("", &none));
    assert_int_equal(none.length, 0);
}

static void test_is_what_the_docs_say(void **state)
{
    (void)state;
    const char *golden = getenv("KDGRID_GOLDEN");
    if (!golden) skip();
    kd_str   page = KD_STR_INIT, kept = KD_STR_INIT;
    kd_error err;
    char    *path = kd_fs_join(golden, "../../docs/CONFIG.md");
    kd_schema_document(&page);
    assert_ok(kd_fs_read(path, &kept, &err), &err);
    assert_string_equal(kept.text, page.text);
    kd_str_fini(&page);
    kd_str_fini(&kept);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_rows_by_key),
        cmocka_unit_test(test_has_canonical_defaults),
        cmocka_unit_test(test_suggests_the_key_that_was_meant),
        cmocka_unit_test(test_knows_groups),
        cmocka_unit_test(test_leaves_out_what_a_kind_does_not_read),
        cmocka_unit_test(test_knows_who_reads_what),
        cmocka_unit_test(test_documents_every_row),
        cmocka_unit_test(test_explains_a_setting_and_a_group),
        cmocka_unit_test(test_is_what_the_docs_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
