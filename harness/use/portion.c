/* portion.c - items, one after another. */
#include "harness/use/portion.h"

#include <string.h>

void kd_portion_init(kd_portion *portion)
{
    *portion = (kd_portion){ .sentences = 0 };
    kd_str_init(&portion->text);
}

void kd_portion_reset(kd_portion *portion)
{
    kd_str_reset(&portion->text);
    kd_vec_reset(&portion->items);
    kd_vec_reset(&portion->places);
    portion->sentences = 0;
}

void kd_portion_fini(kd_portion *portion)
{
    kd_str_fini(&portion->text);
    kd_vec_fini(&portion->items);
    kd_vec_fini(&portion->places);
}

static kd_item *add_item(kd_portion *portion, kd_item_kind kind, const char *text, size_t length)
{
    kd_vec_push(&portion->items, (kd_item){ .kind = kind,
                                            .text = portion->text.length,
                                            .length = length,
                                            .first_place = portion->places.count });
    kd_str_add_bytes(&portion->text, text, length);
    return &portion->items.items[portion->items.count - 1];
}

void kd_portion_begin(kd_portion *portion, const char *name, kd_document of)
{
    add_item(portion, KD_ITEM_BEGIN, name, strlen(name))->of = of;
}

void kd_portion_end(kd_portion *portion)
{
    add_item(portion, KD_ITEM_END, "", 0);
}

void kd_portion_add(kd_portion *portion, const char *text, size_t length, uint64_t character,
                    const kd_place *places, size_t count)
{
    add_item(portion, KD_ITEM_SENTENCE, text, length)->character = character;
    if (count > 0) {
        kd_vec_reserve(&portion->places, count);
        memcpy(portion->places.items + portion->places.count, places, count * sizeof *places);
        portion->places.count += count;
    }
    portion->sentences++;
}

void kd_portion_pair(kd_portion *portion, const char *first, size_t first_length,
                     const char *second, size_t second_length)
{
    kd_portion_add(portion, first, first_length, 0, NULL, 0);
    add_item(portion, KD_ITEM_SENTENCE, second, second_length);
}

size_t kd_portion_places_end(const kd_portion *portion, size_t at)
{
    return at + 1 < portion->items.count ? portion->items.items[at + 1].first_place
                                         : portion->places.count;
}

/* A sentence of two texts is two items. */
static void add_texts(const kd_portion *portion, kd_corpus *out)
{
    int texts = kd_task_of(out->task)->texts, at = 0;
    for (size_t i = 0; i < portion->items.count; i++) {
        const kd_item *item = &portion->items.items[i];
        if (item->kind != KD_ITEM_SENTENCE) continue;
        kd_corpus_add_borrowed(
            out, (kd_word){ portion->text.text + item->text, (uint32_t)item->length, 0 }, 0);
        at = (at + 1) % texts;
        if (at == 0) kd_corpus_end_sentence(out);
    }
}

/* Each its own question, without answers. */
static void add_questions(const kd_portion *portion, kd_corpus *out)
{
    const char *question = NULL;
    out->arena = kd_arena_create(0);
    for (size_t i = 0; i < portion->items.count; i++) {
        const kd_item *item = &portion->items.items[i];
        if (item->kind != KD_ITEM_SENTENCE) continue;
        const char *text =
            kd_arena_strndup(out->arena, portion->text.text + item->text, item->length);
        if (question)
            kd_questions_add(&out->questions, (kd_question){ .id = question,
                                                             .number = out->questions.count,
                                                             .question = question,
                                                             .context = text });
        question = question ? NULL : text;
    }
    out->questions.has_none = false; /* what is right is not known */
    kd_corpus_settle_questions(out);
}

void kd_portion_corpus(const kd_portion *portion, kd_task task, kd_corpus *out)
{
    kd_corpus_init(out, task, "", NULL);
    if (task == KD_TASK_QA) {
        add_questions(portion, out);
        return;
    }
    if (task != KD_TASK_NER) {
        add_texts(portion, out);
        return;
    }
    for (size_t i = 0; i < portion->items.count; i++) {
        const kd_item *item = &portion->items.items[i];
        const char    *text = portion->text.text + item->text;
        if (item->kind != KD_ITEM_SENTENCE) continue;
        for (size_t p = item->first_place; p < kd_portion_places_end(portion, i); p++) {
            const kd_place *place = &portion->places.items[p];
            kd_corpus_add_borrowed(out, (kd_word){ text + place->begin, place->length, 0 }, 0);
        }
        kd_corpus_end_sentence(out);
    }
}
