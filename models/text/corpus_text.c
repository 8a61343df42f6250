/* corpus_text.c - plain text: one sentence or document a line; empty lines mean nothing. */
#include "models/text/corpus_internal.h"

kd_status kd_corpus_read_text(kd_corpus *corpus, kd_lines *lines, kd_error *err)
{
    kd_status status;
    bool      more;

    while ((status = kd_lines_next(lines, &more, err)) == KD_OK && more) {
        kd_slice line = lines->line;

        if (kd_slice_is_blank(line)) continue;
        kd_corpus_add_borrowed(corpus, (kd_word){ line.text, (uint32_t)line.length, lines->number },
                               0);
        kd_corpus_end_row(corpus, 0, 0);
    }
    return status;
}
