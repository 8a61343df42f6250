/* augment_copy.c - words as they are, with their tags. */
#include "distill/augment_internal.h"

/* A mention beside another one of its type may need another first tag there (IOB1). */
void kd_augment_copy(kd_corpus *out, const kd_stock *stock, kd_segment segment)
{
    int     begin = out->begin.items[out->begin.count - 1];
    int     first = (int)out->words.count - begin, last = first + segment.last - segment.first;
    kd_tag  tag = kd_tag_of(kd_labels_tags(out->labels), stock->tags[segment.first]);
    kd_span span = { first, last, tag.type };

    for (int i = segment.first; i <= segment.last; i++)
        kd_corpus_add_borrowed(out, stock->corpus->words.items[i], stock->tags[i]);
    if (segment.is_mention && stock->mode != KD_AUGMENT_SOURCE)
        kd_tags_write_span(out->labels, span, out->tags.items + begin);
}
