/* Texts in every form, and what is wrong with them. */
#include <stdlib.h>
#include <string.h>

#include "harness/use/intake.h"
#include "tests/support/support.h"

/* What an intake gives: "<text|text>" a sentence with its place, (name) and / around a document. */
static char *read_all(const char *name, const char *bytes, size_t length,
                      const kd_intake_options *options, kd_intake_counts *counts)
{
    char       *path = kd_fs_join(kd_test_folder(), name);
    const char *paths[] = { path };
    kd_intake  *intake;
    kd_portion  portion;
    kd_str      seen = KD_STR_INIT;
    bool        more;
    kd_error    err;
    assert_ok(kd_fs_write(path, bytes, length, &err), &err);
    kd_portion_init(&portion);
    assert_ok(kd_intake_open(&intake, paths, 1, options, &err), &err);
    do {
        assert_ok(kd_intake_next(intake, &portion, &more, &err), &err);
        for (size_t i = 0; i < portion.items.count; i++) {
            const kd_item *item = &portion.items.items[i];
            if (item->kind == KD_ITEM_BEGIN && item->of >= KD_OF_NAME)
                kd_str_addf(&seen, "(%.*s)", (int)item->length, portion.text.text + item->text);
            if (item->kind == KD_ITEM_END) kd_str_add_char(&seen, '/');
            if (item->kind != KD_ITEM_SENTENCE) continue;
            kd_str_addf(&seen, "<%d %.*s|", (int)item->character, (int)item->length,
                        portion.text.text + item->text);
            kd_str_addf(&seen, "%d>",
                        (int)(kd_portion_places_end(&portion, i) - item->first_place));
        }
    } while (more);
    if (counts) *counts = kd_intake_counted(intake);
    kd_portion_fini(&portion);
    kd_intake_close(intake);
    free(path);
    return kd_str_take(&seen);
}

typedef struct {
    const char *name, *text, *want;
    kd_task     task;
    int         skipped;
} reading;

static const reading readings[] = {
    { "a.txt", "Ab rose. It fell.\n", "<0 Ab rose.|3><9 It fell.|3>/", KD_TASK_NER, 0 },
    { "a.txt", "\xEF\xBB\xBFµ rose.\r\n\r\nIt fell.", "<1 µ rose.|3><12 It fell.|3>/", KD_TASK_NER,
      0 },
    { "a.txt",
      "Ab rose.\nb\xFF"
      "d\nIt fell.",
      "<0 Ab rose.|3><13 It fell.|3>/", KD_TASK_NER, 1 },
    { "a.txt", "", "/", KD_TASK_NER, 0 },
    { "a.txt", "One. Two\n\nThree\r\n", "<0 One. Two|0><10 Three|0>/", KD_TASK_RE, 0 },
    { "a.txt", "One. Two\n", "<0 One. Two|0>/", KD_TASK_RE, 0 },
    { "a.txt", "It is. Two\n", "<0 It is.|0><7 Two|0>/", KD_TASK_HOC, 0 },
    { "a.tsv", "a\tO\nµb\tO\n\nc\tO\n", "<0 a µb|2><5 c|1>/", KD_TASK_NER, 0 },
    { "a.tsv", "a\r\n\r\n-DOCSTART-\tO\r\n\r\nb\r\n", "<0 a|1><2 b|1>/", KD_TASK_NER, 0 },
    { "a.tsv", "a\n\tO\nb\n\nc\n", "<0 c|1>/", KD_TASK_NER, 1 },
    { "a.conll", "a\nb\xFF\nc\n\nd\n", "<0 d|1>/", KD_TASK_NER, 1 },
    { "a.tsv", "index\tsentence\tlabel\n0\tA b\tX\n\n1\tC\tX\n2\n", "<0 A b|0><4 C|0>/", KD_TASK_RE,
      1 },
    { "a.tsv", "0\tA b\tX\n", "<0 A b|0>/", KD_TASK_RE, 0 },
    { "a.tsv", "A b\tX\n", "<0 A b|0>/", KD_TASK_RE, 0 },
    { "a.tsv", "0_0\tA b\t1_s0\n", "<0 A b|0>/", KD_TASK_HOC, 0 },
    { "a.jsonl", "{\"id\":\"x\",\"text\":\"Ab. It is.\"}\n\n{\"text\":\"\"}\n",
      "(x)<0 Ab.|2><4 It is.|3>/(3)/", KD_TASK_NER, 0 },
    { "a.jsonl", "{\"id\":7,\"text\":\"Ab. Cd.\"}\n", "(7)<0 Ab. Cd.|0>/", KD_TASK_RE, 0 },
    { "a.json", "{\"id\":7}\n[]\n{\nx\n{\"id\":[],\"text\":\"\"}\n{\"id\":8,\"text\":\"a\"}\n",
      "(8)<0 a|1>/", KD_TASK_NER, 5 },
    { "a.tsv", "question\tcontext\nA ?\tB .\n\tB\n", "<0 A ?|0><0 B .|0>/", KD_TASK_PAIR, 1 },
    { "a.tsv", "A ?\tB .\tyes\nA ?\n", "<0 A ?|0><0 B .|0>/", KD_TASK_PAIR, 1 },
    { "a.tsv", "7\tA ?\tB .\tyes\n", "<0 A ?|0><0 B .|0>/", KD_TASK_PAIR, 0 },
    { "a.txt",
      "{\"id\":7,\"question\":\"A ?\",\"context\":\"B "
      ".\"}\n{\"sentence1\":\"C\",\"sentence2\":\"D\"}\n"
      "{\"sentence1\":\"C\"}\n{\"question\":\"A ?\",\"context\":\" \"}\n",
      "(7)<0 A ?|0><0 B .|0>/(2)<0 C|0><0 D|0>/", KD_TASK_PAIR, 2 },
};

static void test_reads_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        const reading    *r = &readings[i];
        kd_intake_options options = { .form = KD_FORM_AUTO, .task = r->task };
        kd_intake_counts  counts;
        char             *seen = read_all(r->name, r->text, strlen(r->text), &options, &counts);
        assert_string_equal(seen, r->want);
        assert_int_equal(counts.skipped, r->skipped);
        free(seen);
    }
}

static void test_passes_a_line_of_ten_megabytes_over(void **state)
{
    kd_intake_options options = { .form = KD_FORM_JSONL, .task = KD_TASK_NER };
    kd_intake_counts  counts;
    kd_str            text = KD_STR_INIT;
    (void)state;
    kd_str_add(&text, "{\"id\":1,\"text\":\"a\"}\n{\"id\":2,\"text\":\"");
    for (int i = 0; i < 10 << 20; i++) kd_str_add_char(&text, 'x');
    kd_str_add(&text, "\"}\n{\"id\":3,\"text\":\"b\"}\n");
    char *seen = read_all("long.jsonl", text.text, text.length, &options, &counts);
    assert_string_equal(seen, "(1)<0 a|1>/(3)<0 b|1>/");
    assert_int_equal(counts.skipped, 1);
    free(seen);
    kd_str_fini(&text);
}

/* One line without an end, far longer than any buffer: nothing of it is lost. */
static void test_reads_a_long_line_of_text_in_parts(void **state)
{
    kd_intake_options options = { .form = KD_FORM_TEXT, .task = KD_TASK_NER };
    kd_intake_counts  counts;
    kd_str            text = KD_STR_INIT;
    (void)state;
    for (int i = 0; i < 50000; i++) kd_str_add(&text, "Wör\xC3\xA4t it is here now. ");
    char *seen = read_all("long.txt", text.text, text.length, &options, &counts);
    assert_int_equal(counts.sentences, 50000);
    assert_int_equal(counts.skipped, 0);
    assert_non_null(strstr(seen, "<1099978 Wörät it is here now.|6>/"));
    free(seen);
    kd_str_fini(&text);
}

static void test_cuts_endless_words_and_sentences(void **state)
{
    kd_intake_options options = { .form = KD_FORM_TSV, .task = KD_TASK_NER };
    kd_intake_counts  counts;
    kd_str            text = KD_STR_INIT;
    (void)state;
    for (int i = 0; i < 20000; i++) kd_str_add(&text, "w\tO\n");
    free(read_all("endless.tsv", text.text, text.length, &options, &counts));
    assert_int_equal(counts.sentences, 3); /* of 8192 words at most */
    assert_int_equal(counts.cut_sentences, 2);
    kd_str_fini(&text);
}

static void test_stops_at_a_bad_line_when_strict(void **state)
{
    kd_intake_options options = { .form = KD_FORM_AUTO, .task = KD_TASK_NER, .strict = true };
    char             *path = kd_fs_join(kd_test_folder(), "bad.txt");
    const char       *paths[] = { path };
    kd_intake        *intake;
    kd_portion        portion;
    bool              more;
    kd_error          err;
    (void)state;
    assert_ok(kd_fs_write(path, "Good.\nnot\0good\n", 15, &err), &err);
    kd_portion_init(&portion);
    assert_ok(kd_intake_open(&intake, paths, 1, &options, &err), &err);
    assert_ok(kd_intake_next(intake, &portion, &more, &err), &err);
    assert_int_equal(portion.sentences, 1); /* what came before it */
    assert_fails(KD_EDATA, "bad.txt:2: a NUL byte", kd_intake_next(intake, &portion, &more, &err),
                 &err);
    kd_portion_fini(&portion);
    kd_intake_close(intake);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_every_form),
        cmocka_unit_test(test_passes_a_line_of_ten_megabytes_over),
        cmocka_unit_test(test_reads_a_long_line_of_text_in_parts),
        cmocka_unit_test(test_cuts_endless_words_and_sentences),
        cmocka_unit_test(test_stops_at_a_bad_line_when_strict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
