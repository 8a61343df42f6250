/* output.c - a walk over a portion, and the forms that go to a stream. */
#include "harness/use/output_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- mentions ---- */

static void tell_span(kd_output *o, const kd_answered *a, const kd_span *span)
{
    const kd_place *first = &a->places[span->first], *last = &a->places[span->last];
    float           sum = 0;
    for (int w = span->first; w <= span->last; w++) sum += a->sure[w];
    kd_vec_push(&o->told, (kd_told){ .begin = a->item->character + first->character,
                                     .end = a->item->character + last->character + last->characters,
                                     .at = first->begin,
                                     .length = last->begin + last->length - first->begin,
                                     .type = kd_labels_type(o->options.labels, span->type),
                                     .type_number = span->type,
                                     .score = sum / (float)(span->last - span->first + 1) });
}

static void find_mentions(kd_output *o, kd_answered *a)
{
    kd_vec_reset(&o->told);
    if (o->options.task == KD_TASK_NER) {
        kd_spans walk = kd_spans_of(o->options.labels, o->options.reading, a->tags, a->words);
        for (kd_span span; kd_spans_next(&walk, &span);) tell_span(o, a, &span);
        o->mentions += (int64_t)o->told.count;
    }
    a->told = o->told.items;
    a->told_count = o->told.count;
}

static int count_bits(int32_t bits)
{
    return __builtin_popcount((unsigned)bits);
}

/* ---- JSON ---- */

static void put_slice(kd_output *o, const char *key, const char *text, size_t length)
{
    kd_str_reset(&o->word);
    kd_str_add_bytes(&o->word, text, length);
    kd_json_put_text(&o->json, key, o->word.text);
}

static void put_score(kd_output *o, double score)
{
    kd_json_key(&o->json, "score");
    kd_json_real_digits(&o->json, score, 4);
}

static void put_mention(kd_output *o, const kd_answered *a, const kd_told *m)
{
    kd_json_begin(&o->json, '{');
    kd_json_put_int(&o->json, "begin", (int64_t)m->begin);
    kd_json_put_int(&o->json, "end", (int64_t)m->end);
    kd_json_put_text(&o->json, "type", m->type);
    put_score(o, (double)m->score);
    put_slice(o, "text", a->text + m->at, m->length);
    kd_json_end(&o->json, '}');
}

static void put_mentions(kd_output *o, const kd_answered *a)
{
    for (size_t i = 0; i < a->told_count; i++) put_mention(o, a, &a->told[i]);
}

static void put_classes(kd_output *o, int32_t bits, const float *odds)
{
    kd_json_key(&o->json, "classes");
    kd_json_begin(&o->json, '[');
    for (int k = 0; k < kd_labels_count(o->options.labels); k++) {
        if (!(bits >> k & 1)) continue;
        kd_json_begin(&o->json, '{');
        kd_json_put_text(&o->json, "class", kd_labels_name(o->options.labels, k));
        put_score(o, (double)odds[k]);
        kd_json_end(&o->json, '}');
    }
    kd_json_end(&o->json, ']');
}

/* ---- answers to questions ---- */

/* A candidate's text, and its share of what all candidates have. */
static const char *answer_text(kd_output *o, const kd_answered *a, int rank, double *share)
{
    const kd_candidate *c = &a->answers[rank];
    int32_t             begin = c->begin < 0 ? 0 : c->begin, end = c->begin < 0 ? 0 : c->end;
    double              sum = 0;
    for (int i = 0; i < a->answer_count; i++)
        sum += exp((double)a->answers[i].score - (double)a->answers[0].score);
    *share = exp((double)c->score - (double)a->answers[0].score) / sum;
    kd_str_reset(&o->word);
    kd_str_add_bytes(&o->word, a->text, a->item->length);
    size_t length = kd_characters(o->word.text, &begin, end);
    kd_str_reset(&o->word);
    kd_str_add_bytes(&o->word, a->text + begin, length);
    return o->word.text;
}

/* Whether there is an answer, and by how much "no answer" is ahead: what a threshold is chosen from. */
static void put_no_answer(kd_output *o, const kd_answered *a)
{
    if (!a->may_be_none) return;
    kd_json_put_bool(&o->json, "no_answer", a->answers->begin < 0);
    kd_json_key(&o->json, "no_answer_margin");
    if (isfinite(a->margin))
        kd_json_real_digits(&o->json, (double)a->margin, 4);
    else
        kd_json_null(&o->json);
}

static void put_answers(kd_output *o, const kd_answered *a)
{
    put_no_answer(o, a);
    kd_json_key(&o->json, "answers");
    kd_json_begin(&o->json, '[');
    for (int i = 0; i < a->answer_count && i < KD_CANDIDATES; i++) {
        double      share;
        const char *text = answer_text(o, a, i, &share);
        kd_json_begin(&o->json, '{');
        kd_json_put_int(&o->json, "begin", a->answers[i].begin);
        kd_json_put_int(&o->json, "end", a->answers[i].end);
        put_score(o, share);
        kd_json_put_text(&o->json, "text", text);
        kd_json_end(&o->json, '}');
    }
    kd_json_end(&o->json, ']');
}

static void put_class(kd_output *o, const kd_answered *a)
{
    kd_json_put_text(&o->json, "class", kd_labels_name(o->options.labels, a->classes));
    put_score(o, (double)a->odds[a->classes]);
}

static void end_line(kd_output *o)
{
    kd_json_end(&o->json, '}');
    kd_str_add_char(&o->out, '\n');
}

/* "folder/note.txt" is note. */
static void put_id(kd_output *o)
{
    const char *name = o->name.text;
    if (o->of == KD_OF_NUMBER) {
        kd_json_put_int(&o->json, "id", strtoll(name, NULL, 10));
        return;
    }
    if (o->of == KD_OF_FOLDER) name = kd_fs_name(name);
    put_slice(o, "id", name, strlen(name) - (o->of == KD_OF_FOLDER ? strlen(".txt") : 0));
}

static kd_status json_begin(kd_output *o, kd_error *err)
{
    (void)err;
    if (o->of == KD_OF_FILE) return KD_OK;
    kd_json_start(&o->json, &o->out, 0);
    kd_json_begin(&o->json, '{');
    put_id(o);
    if (o->options.task != KD_TASK_NER) return KD_OK;
    kd_json_key(&o->json, "mentions");
    kd_json_begin(&o->json, '[');
    return KD_OK;
}

static kd_status json_whole_sentence(kd_output *o, const kd_answered *a)
{
    if (o->options.task == KD_TASK_NER) put_mentions(o, a);
    if (kd_task_is_of_class(o->options.task)) put_class(o, a);
    if (o->options.task == KD_TASK_QA) put_answers(o, a);
    return KD_OK; /* of documents, at their end */
}

static kd_status json_sentence(kd_output *o, const kd_answered *a, kd_error *err)
{
    (void)err;
    if (o->of != KD_OF_FILE) return json_whole_sentence(o, a);
    kd_json_start(&o->json, &o->out, 0);
    kd_json_begin(&o->json, '{');
    if (o->options.names_files) kd_json_put_text(&o->json, "file", o->name.text);
    if (a->question) {
        kd_json_put_text(&o->json, "sentence1", a->question);
        put_slice(o, "sentence2", a->text, a->item->length);
    } else {
        kd_json_put_int(&o->json, "begin", (int64_t)a->item->character);
        put_slice(o, "text", a->text, a->item->length);
    }
    if (o->options.task == KD_TASK_NER) {
        kd_json_key(&o->json, "mentions");
        kd_json_begin(&o->json, '[');
        put_mentions(o, a);
        kd_json_end(&o->json, ']');
    } else if (kd_task_is_of_class(o->options.task)) {
        put_class(o, a);
    } else {
        put_classes(o, a->classes, a->odds);
    }
    end_line(o);
    return KD_OK;
}

static kd_status json_end(kd_output *o, kd_error *err)
{
    (void)err;
    if (o->of == KD_OF_FILE) return KD_OK;
    if (o->options.task == KD_TASK_NER) kd_json_end(&o->json, ']');
    if (kd_task_is_of_class(o->options.task) && o->sentence == 0)
        kd_json_put_text(&o->json, "class", NULL);
    if (o->options.task == KD_TASK_HOC) put_classes(o, o->bits, o->best.items);
    end_line(o);
    return KD_OK;
}

/* ---- the form of a corpus ---- */

static void add_words(kd_output *o, const kd_answered *a)
{
    for (int w = 0; w < a->words; w++) {
        kd_str_add_bytes(&o->out, a->text + a->places[w].begin, a->places[w].length);
        kd_str_add_char(&o->out, '\t');
        kd_str_add(&o->out, kd_labels_name(o->options.labels, a->tags[w]));
        if (o->options.has_scores) kd_str_addf(&o->out, "\t%.4f", (double)a->sure[w]);
        kd_str_add_char(&o->out, '\n');
    }
    kd_str_add_char(&o->out, '\n');
}

static void add_classed(kd_output *o, const kd_answered *a)
{
    if (o->rows == 0)
        kd_str_addf(&o->out, "index\t%s\tlabel%s\n",
                    a->question ? "sentence1\tsentence2" : "sentence",
                    o->options.has_scores ? "\tscore" : "");
    if (o->of == KD_OF_FILE)
        kd_str_addf(&o->out, "%lld\t", (long long)o->rows);
    else
        kd_str_addf(&o->out, "%s\t", o->name.text);
    if (a->question) {
        kd_str_add_plain(&o->out, a->question, strlen(a->question));
        kd_str_add_char(&o->out, '\t');
    }
    kd_str_add_plain(&o->out, a->text, a->item->length);
    kd_str_addf(&o->out, "\t%s", kd_labels_name(o->options.labels, a->classes));
    if (o->options.has_scores) kd_str_addf(&o->out, "\t%.4f", (double)a->odds[a->classes]);
    kd_str_add_char(&o->out, '\n');
}

static void add_hallmarks(kd_output *o, const kd_answered *a)
{
    if (o->rows == 0) kd_str_add(&o->out, "labels\tsentence\tindex\n");
    for (int k = 0; k < kd_labels_count(o->options.labels); k++)
        kd_str_addf(&o->out, "%s%d_%d", k ? "," : "", k, (int)(a->classes >> k & 1));
    kd_str_add_char(&o->out, '\t');
    kd_str_add_plain(&o->out, a->text, a->item->length);
    kd_str_add_char(&o->out, '\t');
    kd_str_add_plain(&o->out, o->name.text, o->name.length);
    kd_str_addf(&o->out, "_s%lld\n", (long long)o->sentence);
}

static kd_status tsv_sentence(kd_output *o, const kd_answered *a, kd_error *err)
{
    (void)err;
    if (o->options.task == KD_TASK_NER) add_words(o, a);
    if (kd_task_is_of_class(o->options.task)) add_classed(o, a);
    if (o->options.task == KD_TASK_HOC) add_hallmarks(o, a);
    return KD_OK;
}

/* ---- for people ---- */

static void add_mark(kd_output *o, const kd_answered *a, const kd_told *m)
{
    static const int colours[] = { 32, 36, 35, 33, 34, 31 };
    int              colour = colours[(size_t)m->type_number % (sizeof colours / sizeof *colours)];
    if (o->options.is_coloured)
        kd_str_addf(&o->out, "\x1b[1;%dm", colour);
    else
        kd_str_add_char(&o->out, '[');
    kd_str_add_visible(&o->out, a->text + m->at, m->length);
    if (o->options.is_coloured) kd_str_add(&o->out, "\x1b[0;2m");
    kd_str_add_char(&o->out, ' ');
    kd_str_add_visible(&o->out, m->type, strlen(m->type));
    kd_str_add(&o->out, o->options.is_coloured ? "\x1b[0m" : "]");
}

/* Line ends inside a sentence are blanks; all else that would act on a terminal is shown. */
static void add_visible(kd_output *o, const char *text, size_t length)
{
    for (size_t at = 0, end; at < length; at = end + 1) {
        for (end = at; end < length && !strchr("\n\r\t", text[end]); end++) {
        }
        kd_str_add_visible(&o->out, text + at, end - at);
        if (end < length) kd_str_add_char(&o->out, ' ');
    }
}

static void add_names(kd_output *o, const kd_answered *a)
{
    bool is_set = o->options.task == KD_TASK_HOC;
    for (int k = 0; k < kd_labels_count(o->options.labels); k++)
        if (is_set ? a->classes >> k & 1 : k == a->classes)
            kd_str_addf(&o->out, "%s %.2f  ", kd_labels_name(o->options.labels, k),
                        (double)a->odds[k]);
}

/* The question, and the answers below it. */
static void add_answers(kd_output *o, const kd_answered *a)
{
    add_visible(o, a->question, strlen(a->question));
    kd_str_add_char(&o->out, '\n');
    for (int i = 0; i < a->answer_count && i < KD_CANDIDATES; i++) {
        double      share;
        const char *text = answer_text(o, a, i, &share);
        kd_str_addf(&o->out, "  %.2f  ", share);
        if (a->answers[i].begin < 0)
            kd_str_add(&o->out, "(no answer)");
        else
            add_visible(o, text, strlen(text));
        kd_str_add_char(&o->out, '\n');
    }
}

static kd_status text_sentence(kd_output *o, const kd_answered *a, kd_error *err)
{
    size_t at = 0;
    (void)err;
    if (o->options.task == KD_TASK_QA) {
        add_answers(o, a);
        return KD_OK;
    }
    if (o->options.task != KD_TASK_NER) add_names(o, a);
    if (a->question) {
        add_visible(o, a->question, strlen(a->question));
        kd_str_add(&o->out, " | ");
    }
    for (size_t i = 0; i < a->told_count; i++) {
        const kd_told *m = &a->told[i];
        add_visible(o, a->text + at, m->at - at);
        add_mark(o, a, m);
        at = m->at + m->length;
    }
    add_visible(o, a->text + at, a->item->length - at);
    kd_str_add_char(&o->out, '\n');
    return KD_OK;
}

/* ---- the walk ---- */

static const kd_output_form json_form = { json_begin, json_sentence, json_end },
                            tsv_form = { NULL, tsv_sentence, NULL },
                            text_form = { NULL, text_sentence, NULL };

kd_status kd_output_create(kd_output **out, const kd_output_options *options, kd_error *err)
{
    static const kd_output_form *const forms[KD_FORM_COUNT] = { [KD_FORM_JSONL] = &json_form,
                                                                [KD_FORM_TSV] = &tsv_form,
                                                                [KD_FORM_TEXT] = &text_form,
                                                                [KD_FORM_BRAT] = &kd_output_brat };
    if (options->form == KD_FORM_BRAT && options->task != KD_TASK_NER)
        return kd_fail(err, KD_EUSAGE, "brat has mentions alone, and this model has none");
    if (options->task == KD_TASK_QA && options->form == KD_FORM_TSV)
        return kd_fail(err, KD_EUSAGE,
                       "tsv has no room for an answer's place: answers go to jsonl or text");
    kd_output *o = kd_alloc(1, sizeof *o);
    *o = (kd_output){ .options = *options, .form = forms[options->form], .draft = { .fd = -1 } };
    kd_str_init(&o->out);
    kd_str_init(&o->name);
    kd_str_init(&o->word);
    kd_str_init(&o->question);
    *out = o;
    return KD_OK;
}

void kd_output_destroy(kd_output *o)
{
    if (!o) return;
    if (o->draft.fd >= 0) kd_fs_draft_discard(&o->draft);
    kd_str_fini(&o->out);
    kd_str_fini(&o->name);
    kd_str_fini(&o->word);
    kd_str_fini(&o->question);
    kd_vec_fini(&o->best);
    kd_vec_fini(&o->told);
    free(o);
}

int64_t kd_output_mentions(const kd_output *o)
{
    return o->mentions;
}

static kd_status begin_document(kd_output *o, const kd_portion *portion, const kd_item *item,
                                kd_error *err)
{
    o->of = item->of;
    o->sentence = 0;
    o->bits = 0;
    kd_str_reset(&o->name);
    kd_str_add_bytes(&o->name, portion->text.text + item->text, item->length);
    kd_vec_reset(&o->best);
    for (int k = 0; k < kd_labels_count(o->options.labels); k++) kd_vec_push(&o->best, 0.0f);
    return o->form->begin ? o->form->begin(o, err) : KD_OK;
}

/* A document has the classes of its sentences. */
static void join_classes(kd_output *o, const kd_answered *a)
{
    float *best = o->best.items;
    if (kd_task_is_of_class(o->options.task)) o->mentions++;
    if (o->options.task == KD_TASK_QA) o->mentions += a->answers->begin >= 0;
    if (o->options.task != KD_TASK_HOC) return;
    o->bits |= a->classes;
    o->mentions += count_bits(a->classes);
    for (int k = 0; k < kd_labels_count(o->options.labels); k++)
        if (a->odds[k] > best[k]) best[k] = a->odds[k];
}

static kd_status write_sentence(kd_output *o, kd_answered *a, kd_error *err)
{
    find_mentions(o, a);
    join_classes(o, a);
    kd_status status = o->form->sentence(o, a, err);
    o->sentence++;
    o->rows++;
    return status;
}

static kd_status flush(kd_output *o, kd_error *err)
{
    bool is_out = o->out.length == 0 ||
                  (fwrite(o->out.text, 1, o->out.length, o->options.to) == o->out.length &&
                   fflush(o->options.to) == 0);
    kd_str_reset(&o->out);
    return is_out ? KD_OK : kd_fail_errno(err, errno, "the output");
}

static const char *take_text(kd_output *o, const char *text, size_t length)
{
    kd_str_reset(&o->question);
    kd_str_add_bytes(&o->question, text, length);
    return o->question.text;
}

kd_status kd_output_write(kd_output *o, const kd_portion *portion, const kd_replies *replies,
                          kd_error *err)
{
    kd_status status = KD_OK;
    size_t    word = 0, row = 0, k = (size_t)kd_labels_count(o->options.labels);
    for (size_t i = 0; i < portion->items.count && status == KD_OK; i++) {
        const kd_item *item = &portion->items.items[i];
        if (item->kind == KD_ITEM_BEGIN) status = begin_document(o, portion, item, err);
        if (item->kind == KD_ITEM_END && o->form->end) status = o->form->end(o, err);
        if (item->kind != KD_ITEM_SENTENCE) continue;
        kd_answered a = { .item = item,
                          .text = portion->text.text + item->text,
                          .places = portion->places.items + item->first_place,
                          .words = (int)(kd_portion_places_end(portion, i) - item->first_place) };
        if (kd_task_of(o->options.task)->texts == 2) {
            const kd_item *text = &portion->items.items[++i];
            a.question = take_text(o, a.text, item->length);
            a.item = text;
            a.text = portion->text.text + text->text;
        }
        if (o->options.task == KD_TASK_QA) {
            a.answers = replies->answers.items + row * (size_t)replies->answers.most;
            a.answer_count = replies->answers.count[row];
            a.may_be_none = replies->may_be_none;
            a.margin = replies->answers.margin[row];
        } else if (o->options.task == KD_TASK_NER) {
            a.tags = replies->tags.items + word;
            a.sure = replies->sure.items + word;
            word += (size_t)a.words;
        } else {
            a.classes = replies->classes.items[row];
            a.odds = replies->odds.items + row * k;
        }
        row++;
        status = write_sentence(o, &a, err);
    }
    kd_status flushed = flush(o, status == KD_OK ? err : NULL);
    return status == KD_OK ? flushed : status;
}
