/* pack_build.h - a corpus becomes a pack; pieces' tags become words' tags again.
 *
 *     word      IL-2       gene      \x01            kd_corpus
 *     pieces    IL - 2     gene      [UNK]           kd_tokenizer
 *     tags      B  B B     E         O               inherit = true
 *               B  .  .    E         O               inherit = false (. is KD_NO_TAG)
 *
 * A word never vanishes: one that gives no piece (control characters) gets [UNK]. A row longer
 * than max_pieces is cut at its end, between pieces, and keeps [SEP] there unless keep_sep says no; its later words have no piece, are
 * counted here, and are scored as outside.
 *
 * Of a pair, [CLS] first [SEP] second [SEP], the longer text loses its last pieces until the row fits or both are
 * equally long, then both do (`_truncate_seq_pair` of Devlin et al. 2019); both [SEP] stay, whatever keep_sep says.
 *
 * A question is cut at question_pieces, its text never: windows of max_pieces go over it, each `stride` pieces
 * after the one before (the overlap that published code for SQuAD has), until one reaches its end. A window in
 * which the answer is not whole answers at [CLS], as in Devlin et al. 2019. Between two texts stands
 * [SEP], and </s> </s> for vocabularies that write it so (RoBERTa).
 *
 * Which characters a piece stands for is known exactly where pieces, put together again, have as many
 * as the text between two blanks; else each of them stands for all of that.
 */
#ifndef KD_TEXT_PACK_BUILD_H
#define KD_TEXT_PACK_BUILD_H

#include <stdint.h>

#include "harness/base/status.h"
#include "models/text/corpus.h"
#include "models/text/pack.h"
#include "models/text/tokenizer.h"

/* What was met on the way, for reports and for `doctor`. */
typedef struct {
    int64_t pieces;        /* without [CLS] and [SEP] */
    int64_t unknown;       /* of them [UNK] */
    int64_t empty_words;   /* words that gave no piece */
    int64_t cut_sentences; /* rows longer than max_pieces */
    int64_t cut_words;     /* words that lost at least one piece */
    int64_t cut_questions; /* of more than question_pieces */
    int     longest;       /* pieces of the longest row before it was cut, specials included */
} kd_pack_stats;

/* Pack a split; kd_pack_fini frees what `out` gets. `stats` may be NULL. KD_EDATA when the
 * vocabulary lacks [CLS] or [SEP], KD_ECONFIG when max_pieces leaves no room for a piece. */
kd_status kd_pack_build(kd_pack *out, const kd_corpus *corpus, kd_tokenizer *tokenizer,
                        const kd_token_options *options, kd_pack_stats *stats, kd_error *err);

/* The same for questions, which kd_pack_build calls. KD_EDATA, with file and id, for a question that leaves no
 * room for its text. The pack borrows the corpus's questions. */
kd_status kd_pack_questions(kd_pack *out, const kd_corpus *corpus, kd_tokenizer *tokenizer,
                            const kd_token_options *options, kd_pack_stats *stats, kd_error *err);

/* From a tag for every piece (N) to a tag for every word (words): that of the word's first
 * piece, `outside` for a word without pieces. */
void kd_pack_words(const kd_pack *pack, const int16_t *piece_tags, int16_t outside,
                   int16_t *word_tags);

#endif
