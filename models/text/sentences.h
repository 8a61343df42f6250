/* sentences.h - raw text becomes sentences and words that know their place in it.
 *
 *     "IL-2Rα rose (Fig. 2). It fell."
 *     sentence  IL - 2Rα rose ( Fig . 2 ) .          | It fell .
 *     byte      0  2 3   8    13 ...                   24
 *     character 0  2 3   7    12 ...                   23
 *
 * Words, as the corpora of BioCreative and NCBI have them: letters, marks, numbers and underscores
 * stand together, white space and controls part, any other character is a word of its own. A mark
 * or a format character (soft hyphen, joiner) stays with what is before it. So p53-/- is p53 - / -,
 * and 5'-UTR is 5 ' - UTR.
 *
 * A sentence ends
 *   1. at a blank line, or at any end of line if the options say so;
 *   2. behind . ? ! or … with the quotes and brackets that close there, if white space follows and
 *      then, behind what opens, a capital, a digit, a letter without case, or a word that begins
 *      small and has a capital, a digit or a Greek letter (mRNA, p53, α-synuclein);
 *   3. where it is longer than the options allow: at its last white space.
 * A full stop ends none
 *   a. inside brackets that were opened in the 1000 bytes before it;
 *   b. behind a number or a letter that is all of the sentence so far ("2. Methods");
 *   c. behind an abbreviation that something must follow (Fig., Dr., vs., e.g., No. before a
 * digit); d. behind one that may end a sentence (et al., etc., i.v., U.S.: letters with stops
 * between) or a single capital, unless a word follows that begins sentences (The, We, However,
 * ...). Decimals, DOIs and addresses have no white space behind their stops, so nothing ends there;
 * nor where an author forgot the blank.
 *
 * A text may come in parts of any size. What is kept is the sentence so far and a few words beyond,
 * so memory is bounded by the longest sentence.
 */
#ifndef KD_TEXT_SENTENCES_H
#define KD_TEXT_SENTENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    bool   lines_end; /* an end of line ends a sentence */
    size_t longest;   /* bytes of a sentence; 0 for 65536 */
} kd_split_options;

/* A word by its place in the sentence. */
typedef struct {
    uint32_t begin, length;         /* bytes */
    uint32_t character, characters; /* code points */
} kd_place;

/* Borrowed until the visitor returns. */
typedef struct {
    const char     *text; /* from its first word to its last; no NUL ends it */
    size_t          length;
    uint64_t        byte, character; /* where it begins in the whole text */
    const kd_place *words;
    size_t          word_count;
    bool            is_cut; /* by rule 3 */
} kd_sentence;

typedef void (*kd_sentence_visit)(const kd_sentence *sentence, void *user);

typedef struct kd_splitter kd_splitter;

/* `options` NULL for the defaults. Sentences go to `visit` in the order of the text. */
kd_splitter *kd_splitter_create(const kd_split_options *options, kd_sentence_visit visit,
                                void *user);

/* The next part of a text; the end of it, after which another text begins at place 0. A byte that
 * is not UTF-8 counts as one character and is a word. */
void kd_splitter_feed(kd_splitter *splitter, const char *text, size_t length);
void kd_splitter_finish(kd_splitter *splitter);

void kd_splitter_destroy(kd_splitter *splitter); /* NULL is fine */

#endif
