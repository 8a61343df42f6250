/* Any bytes as texts for a model, in every form and for every task: whole sentences in order with
 * words inside them, in UTF-8; and answers to them, whatever they are, are JSON and harmless text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/json.h"
#include "harness/base/log.h"
#include "harness/use/output.h"
#include "models/text/unicode.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = {
    "Ab (IL-2) rose.\r\n\r\nIt fell by \xCE\xB1-x. The end",
    "\357\273\277a\tO\n\nb c\tB-G\n-DOCSTART-\n\td\n",
    "index\tsentence\tlabel\n0\t@GENE$ binds @DRUG$ .\t1\n",
    "{\"id\": \"x\", \"text\": \"Ab. It is.\\n\\u03b1\"}\n{\"id\": 7, \"text\": \"\"}\n{}\n",
    "question\tcontext\nIs it ?\tIt is .\n\tIt is .\n",
    "{\"question\": \"Is it?\", \"context\": \"It\\tis.\"}\n{\"sentence1\": \"a\", \"sentence2\": "
    "\"\"}\n",
    "",
};

static void check_portion(const kd_portion *portion, kd_task task)
{
    int sentences = 0, texts = kd_task_of(task)->texts;
    for (size_t i = 0; i < portion->items.count; i++) {
        const kd_item *item = &portion->items.items[i];
        const char    *text = portion->text.text + item->text;
        size_t         bad_at, end = 0;
        KD_CHECK(item->text + item->length <= portion->text.length, "item %zu lies outside", i);
        if (item->kind != KD_ITEM_SENTENCE) continue;
        sentences++;
        KD_CHECK(item->length > 0 && kd_utf8_check(text, item->length, &bad_at), "item %zu", i);
        KD_CHECK(!memchr(text, 0, item->length), "a NUL in item %zu", i);
        KD_CHECK((task == KD_TASK_NER) == (kd_portion_places_end(portion, i) > item->first_place),
                 "words of item %zu", i);
        for (size_t p = item->first_place; p < kd_portion_places_end(portion, i); p++) {
            const kd_place *place = &portion->places.items[p];
            KD_CHECK(place->length > 0 && place->begin >= end, "word %zu", p);
            end = place->begin + place->length;
            KD_CHECK(end <= item->length, "word %zu lies outside", p);
        }
    }
    KD_CHECK(sentences == texts * portion->sentences, "%d sentences", portion->sentences);
}

/* Answers as a model could give them, well-formed or not. */
static void invent(kd_replies *out, const kd_portion *portion, const kd_labels *labels)
{
    int k = kd_labels_count(labels);
    kd_vec_reset(&out->tags);
    kd_vec_reset(&out->sure);
    kd_vec_reset(&out->classes);
    kd_vec_reset(&out->odds);
    for (size_t w = 0; w < portion->places.count; w++) {
        kd_vec_push(&out->tags, (int16_t)((w * w + portion->text.length) % (size_t)k));
        kd_vec_push(&out->sure, 0.5f);
    }
    for (int b = 0; b < portion->sentences; b++) {
        kd_vec_push(&out->classes, b % k);
        for (int i = 0; i < k; i++) kd_vec_push(&out->odds, 0.25f);
    }
}

static void check_answers(const char *text, size_t length, kd_form form)
{
    kd_json_document *document;
    kd_error          err;
    for (const char *end; form == KD_FORM_JSONL && (end = memchr(text, '\n', length));) {
        KD_CHECK(kd_json_parse(&document, text, (size_t)(end - text), "answer", &err) == KD_OK,
                 "%s: %.*s", err.text, (int)(end - text), text);
        kd_json_close(document);
        length -= (size_t)(end + 1 - text);
        text = end + 1;
    }
    for (size_t i = 0; i < length && form == KD_FORM_TEXT; i++)
        KD_CHECK(text[i] == '\n' || (unsigned char)text[i] >= ' ', "byte %d on a terminal",
                 text[i]);
}

static void run(const char *path, kd_form from, kd_form to, kd_task task, const kd_labels *labels)
{
    char             *answers = NULL;
    size_t            length = 0;
    FILE             *stream = open_memstream(&answers, &length);
    kd_intake_options reading = { .form = from, .task = task };
    kd_output_options writing = {
        .form = to, .task = task, .labels = labels, .reading = KD_READ_CONLLEVAL, .to = stream
    };
    kd_intake *intake;
    kd_output *output;
    kd_portion portion;
    kd_replies replies = { .long_rows = 0 };
    bool       more;
    kd_error   err;
    kd_portion_init(&portion);
    KD_CHECK(kd_intake_open(&intake, &path, 1, &reading, &err) == KD_OK, "%s", err.text);
    KD_CHECK(kd_output_create(&output, &writing, &err) == KD_OK, "%s", err.text);
    do {
        KD_CHECK(kd_intake_next(intake, &portion, &more, &err) == KD_OK, "%s", err.text);
        check_portion(&portion, task);
        invent(&replies, &portion, labels);
        KD_CHECK(kd_output_write(output, &portion, &replies, &err) == KD_OK, "%s", err.text);
    } while (more);
    fclose(stream);
    check_answers(answers, length, to);
    free(answers);
    kd_output_destroy(output);
    kd_intake_close(intake);
    kd_replies_fini(&replies);
    kd_portion_fini(&portion);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = kd_fuzz_file(".in", data, size);
    kd_labels  *labels = kd_labels_create();
    kd_log_set_level(KD_LOG_ERROR);
    kd_labels_add_type(labels, KD_SCHEME_IOB2, "G", 1);
    kd_labels_add_type(labels, KD_SCHEME_IOB2, "D", 1);
    for (kd_form from = KD_FORM_TEXT; from <= KD_FORM_JSONL; from++)
        for (kd_task task = KD_TASK_NER; task <= KD_TASK_HOC; task++)
            run(path, from, (kd_form)((from + task) % KD_FORM_BRAT), task, labels);
    run(path, KD_FORM_TSV, KD_FORM_JSONL, KD_TASK_PAIR, labels);
    run(path, KD_FORM_JSONL, KD_FORM_TSV, KD_TASK_PAIR, labels);
    kd_labels_destroy(labels);
    return 0;
}
