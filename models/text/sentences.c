/* sentences.c - one pass over the text; a stop is judged once enough of what follows is there.
 *
 * Unicode categories relied on: L*, M*, N*, Cc, Cf, White_Space, and whether a letter has another
 * form in lower case.
 */
#include "models/text/sentences.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "models/text/unicode.h"

#define LONGEST      65536
#define PART         65536 /* bytes that are looked at between two tidyings */
#define BRACKET_MOST 1000  /* bytes after which an open bracket is forgotten */
#define AHEAD        64    /* bytes behind white space that are enough to judge */

struct kd_splitter {
    kd_split_options  options;
    kd_sentence_visit visit;
    void             *user;
    kd_str            text; /* what is not given on yet, and what was looked at before it */
    bool              is_last;
    size_t            at;         /* what was looked at */
    size_t            begin, end; /* the sentence so far, both 0 wide while it has no word */
    size_t            space;      /* its last white space, or begin */
    size_t            bracket;    /* where the outermost open one is */
    int               depth;
    int               line_ends; /* since the last word */
    uint64_t          byte;      /* of the whole text, at text[0] */
    uint64_t          character; /* of the whole text, at text[counted] */
    size_t            counted;
    KD_VEC(kd_place) words;
};

kd_splitter *kd_splitter_create(const kd_split_options *options, kd_sentence_visit visit,
                                void *user)
{
    kd_splitter *s = kd_alloc(1, sizeof *s);
    if (options) s->options = *options;
    if (s->options.longest == 0) s->options.longest = LONGEST;
    s->visit = visit;
    s->user = user;
    kd_str_init(&s->text);
    return s;
}

void kd_splitter_destroy(kd_splitter *s)
{
    if (!s) return;
    kd_str_fini(&s->text);
    kd_vec_fini(&s->words);
    free(s);
}

/* ---- words ---- */

typedef enum { PARTS, JOINS, FOLLOWS, ALONE } class;

static class class_of(int32_t c)
{
    if (c < 0x80) {
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (is_letter || (c >= '0' && c <= '9') || c == '_') return JOINS;
        return c <= ' ' || c == 0x7F ? PARTS : ALONE;
    }
    if (kd_unicode_is_letter(c) || kd_unicode_is_number(c)) return JOINS;
    if (kd_unicode_is_space(c) || kd_unicode_is_control(c)) return PARTS;
    return kd_unicode_is_extender(c) ? FOLLOWS : ALONE;
}

static void split_words(kd_splitter *s, const char *text, size_t length)
{
    uint32_t character = 0;
    class last = PARTS;
    kd_vec_reset(&s->words);
    for (size_t at = 0; at < length; character++) {
        size_t here = at;
        class kind = class_of(kd_utf8_next(text, length, &at));
        if (kind == PARTS) {
            last = PARTS;
            continue;
        }
        bool continues = last != PARTS && (kind == FOLLOWS || (kind == JOINS && last == JOINS));
        if (!continues) {
            kd_vec_push(&s->words, (kd_place){ (uint32_t)here, 0, character, 0 });
            last = kind == FOLLOWS ? JOINS : kind;
        }
        kd_place *word = &s->words.items[s->words.count - 1];
        word->length = (uint32_t)(at - word->begin);
        word->characters = character + 1 - word->character;
    }
}

/* ---- giving a sentence on ---- */

/* Move the count of characters on to `at`. */
static void count_to(kd_splitter *s, size_t at)
{
    s->character += kd_utf8_count(s->text.text + s->counted, at - s->counted);
    s->counted = at;
}

/* Give on what lies between begin and `end`, and begin anew at `next`. */
static void give(kd_splitter *s, size_t end, size_t next, bool is_cut)
{
    if (end > s->begin) {
        const char *text = s->text.text + s->begin;
        split_words(s, text, end - s->begin);
        count_to(s, s->begin);
        kd_sentence sentence = { text,         end - s->begin, s->byte + s->begin,
                                 s->character, s->words.items, s->words.count,
                                 is_cut };
        if (s->words.count > 0) s->visit(&sentence, s->user);
    }
    s->at = s->begin = s->end = s->space = next;
    s->depth = s->line_ends = 0;
}

/* ---- what is before a stop ---- */

typedef struct {
    const char *text;
    size_t      length;
} slice;

static bool is_one_of(slice word, const char *words)
{
    for (const char *at = words; *at;) {
        size_t length = strcspn(at, " ");
        if (length == word.length && memcmp(at, word.text, length) == 0) return true;
        at += length + (at[length] == ' ');
    }
    return false;
}

/* Abbreviations that something must follow; those that a digit must follow. */
static const char must_go_on[] =
    "Fig Figs fig figs Dr Drs Prof Mr Mrs Ms St vs Vs viz cf Cf e.g i.e E.g I.e Eq Eqs eq Ref Refs "
    "ref refs approx Approx ca resp incl excl Tab Suppl Sect sect Chap Vol vol pp Ed Eds Mt var "
    "subsp ssp cv pv bv";
static const char before_digits[] = "No no Nos nos Nr nr Art art p P";

/* Those that may end a sentence. */
static const char may_end[] = "al etc sp spp Inc Ltd Co Corp Jr Sr Univ Dept Ph.D M.D";

/* Words that begin sentences. */
static const char starters[] =
    "The This These Those That There Their They Then Thus Therefore To Two Three Through Together "
    "Taken We When Whereas While Which With Within Without What A An All Also Although Among And "
    "Another As At After Additionally Alternatively Accordingly Are Is It Its In Indeed "
    "Interestingly "
    "Importantly If I Our On One Only Other Overall Of Both Because Before Besides Between But By "
    "Consequently Conversely Compared Considering Despite Due During Each Even Experiments Finally "
    "First Following For From Further Furthermore Given He Her Here His How However Hence Many "
    "Moreover Most Much My Neither Nevertheless No Nonetheless None Not Notably Now Similarly "
    "Since "
    "So Some Several She Second Specifically Subsequently Such Surprisingly Third Under Unlike "
    "Upon "
    "Using Until Background Objective Objectives Methods Results Conclusion Conclusions Patients";

static size_t last_start(const char *text, size_t begin, size_t end)
{
    size_t at = end - 1;
    while (at > begin && ((unsigned char)text[at] & 0xC0) == 0x80) at--;
    return at;
}

/* What stands before a stop, back to white space or what opens. */
static slice word_before(const kd_splitter *s, size_t stop)
{
    const char *text = s->text.text;
    size_t      at = stop;
    while (at > s->begin) {
        size_t  here = last_start(text, s->begin, at), next = here;
        int32_t c = kd_utf8_next(text, stop, &next);
        bool    is_part = c == '.' || class_of(c) == JOINS || class_of(c) == FOLLOWS;
        if (!is_part) break;
        at = here;
    }
    return (slice){ text + at, stop - at };
}

/* Letters one by one with stops between: i.v, U.S. */
static bool is_dotted(slice word)
{
    size_t letters = 0, at = 0;
    while (at < word.length) {
        if (!kd_unicode_is_letter(kd_utf8_next(word.text, word.length, &at))) return false;
        letters++;
        if (at < word.length && word.text[at++] != '.') return false;
    }
    return letters > 1;
}

static bool is_single_capital(slice word)
{
    size_t at = 0;
    if (word.length == 0) return false;
    return kd_unicode_is_capital(kd_utf8_next(word.text, word.length, &at)) && at == word.length;
}

/* A number, or one letter. */
static bool is_enumerator(slice word)
{
    size_t at = 0;
    if (word.length == 0) return false;
    kd_utf8_next(word.text, word.length, &at);
    if (at == word.length) return true;
    for (at = 0; at < word.length; at++)
        if (word.text[at] < '0' || word.text[at] > '9') return false;
    return true;
}

/* ---- what is behind a stop ---- */

static bool is_stop(int32_t c)
{
    return c == '.' || c == '?' || c == '!' || c == 0x2026 || c == 0x3002;
}

static bool is_closing(int32_t c)
{
    return c == ')' || c == ']' || c == '}' || c == '"' || c == '\'' || c == 0x2019 ||
           c == 0x201D || c == 0xBB;
}

static bool is_opening(int32_t c)
{
    return c == '(' || c == '[' || c == '{' || c == '"' || c == '\'' || c == 0x2018 ||
           c == 0x201C || c == 0xAB || c == 0xBF || c == 0xA1;
}

static bool is_small_greek(int32_t c)
{
    return c >= 0x3B1 && c <= 0x3C9;
}

/* The word that begins behind what opens at `at`. */
static slice word_at(const char *text, size_t length, size_t at)
{
    size_t next = at;
    while (next < length && is_opening(kd_utf8_next(text, length, &next))) at = next;
    size_t begin = at;
    while (at < length) {
        next = at;
        class kind = class_of(kd_utf8_next(text, length, &next));
        if (kind != JOINS && kind != FOLLOWS) break;
        at = next;
    }
    return (slice){ text + begin, at - begin };
}

static bool may_begin(slice word)
{
    size_t at = 0;
    if (word.length == 0) return false;
    int32_t first = kd_utf8_next(word.text, word.length, &at);
    if (!kd_unicode_is_small(first) || is_small_greek(first)) return true;
    while (at < word.length) {
        int32_t c = kd_utf8_next(word.text, word.length, &at);
        if (kd_unicode_is_capital(c) || kd_unicode_is_number(c) || is_small_greek(c)) return true;
    }
    return false;
}

static bool is_digit_first(slice word)
{
    return word.length > 0 && word.text[0] >= '0' && word.text[0] <= '9';
}

/* Rules b to d: whether a full stop at `stop` lets a sentence end before `next`. */
static bool stop_ends(const kd_splitter *s, size_t stop, slice next)
{
    slice before = word_before(s, stop);
    if (before.length == 0) return true;
    if (before.text == s->text.text + s->begin && is_enumerator(before)) return false;
    if (is_one_of(before, must_go_on)) return false;
    if (is_digit_first(next) && is_one_of(before, before_digits)) return false;
    if (is_one_of(before, may_end) || is_dotted(before) || is_single_capital(before))
        return is_one_of(next, starters);
    return true;
}

/* ---- the pass ---- */

typedef enum { ENDS, GOES_ON, WAITS } verdict;

static void count_bracket(kd_splitter *s, int32_t c, size_t here)
{
    if (c == '(' || c == '[') {
        if (s->depth++ == 0) s->bracket = here;
    } else if ((c == ')' || c == ']') && s->depth > 0) {
        s->depth--;
    }
}

static bool is_inside_bracket(const kd_splitter *s, int depth, size_t here)
{
    return depth > 0 && here - s->bracket <= BRACKET_MOST;
}

/* What a stop at `stop` means, which ends at `at`; with ENDS, *end is the end of the sentence. */
static verdict judge(const kd_splitter *s, size_t stop, size_t at, size_t limit, size_t *end)
{
    const char *text = s->text.text;
    bool        is_full = text[stop] == '.';
    int         depth = s->depth;
    int32_t     c = 0;
    size_t      here = at;
    for (; at < limit && here - stop <= AHEAD; here = at) {
        c = kd_utf8_next(text, limit, &at);
        if (!is_stop(c) && !is_closing(c)) break;
        if ((c == ')' || c == ']') && depth > 0) depth--;
        if (c == '.') is_full = true;
    }
    *end = here;
    if (here - stop > AHEAD) return GOES_ON; /* a line of dots */
    if (here == limit) return s->is_last ? ENDS : WAITS;
    if (!kd_unicode_is_space(c)) return GOES_ON;
    if (is_inside_bracket(s, depth, stop)) return GOES_ON;

    size_t next = here;
    for (at = here; at < limit; next = at)
        if (!kd_unicode_is_space(kd_utf8_next(text, limit, &at))) break;
    if ((next == limit && s->is_last) || next - here > s->options.longest) return ENDS;
    if (limit - next < AHEAD && !s->is_last) return WAITS;
    slice word = word_at(text, limit, next);
    if (!may_begin(word)) return GOES_ON;
    return !is_full || stop_ends(s, stop, word) ? ENDS : GOES_ON;
}

/* Bytes that can be looked at: a character that is not all there yet waits. */
static size_t limit_of(const kd_splitter *s)
{
    size_t length = s->text.length;
    if (s->is_last) return length;
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        unsigned char byte = (unsigned char)s->text.text[length - back];
        if (byte >= 0xC0) {
            size_t size = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
            return size > back ? length - back : length;
        }
        if (byte < 0x80) break;
    }
    return length;
}

/* White space: a sentence may end at a line. */
static void pass_space(kd_splitter *s, int32_t c, size_t here)
{
    s->space = here;
    s->line_ends += c == '\n' || c == 0x2029 || c == 0x2028;
    if (s->line_ends >= 2 || c == 0x2029 || (s->options.lines_end && s->line_ends == 1))
        if (s->end > s->begin) give(s, s->end, s->at, false);
    if (s->end > s->begin && here - s->end > s->options.longest) give(s, s->end, s->at, true);
}

/* A character of a word. False when what follows must come first. */
static bool pass_character(kd_splitter *s, int32_t c, size_t here, size_t limit)
{
    size_t end;
    if (is_stop(c)) {
        verdict what = judge(s, here, s->at, limit, &end);
        if (what == WAITS) return false;
        if (what == ENDS) {
            if (s->end == s->begin) s->begin = here;
            give(s, end, end, false);
            return true;
        }
    }
    if (s->end == s->begin) s->begin = s->space = here;
    s->end = s->at;
    s->line_ends = 0;
    count_bracket(s, c, here);
    return true;
}

static void cut_long(kd_splitter *s)
{
    if (s->end - s->begin <= s->options.longest) return;
    size_t cut = s->space > s->begin ? s->space : s->end;
    give(s, cut, cut, true);
}

static void look(kd_splitter *s)
{
    size_t limit = limit_of(s);
    while (s->at < limit) {
        size_t  here = s->at;
        int32_t c = kd_utf8_next(s->text.text, limit, &s->at);
        if (class_of(c) == PARTS) {
            pass_space(s, c, here);
        } else if (!pass_character(s, c, here, limit)) {
            s->at = here;
            break;
        }
        cut_long(s);
    }
}

/* Drop what is given on already. */
static void tidy(kd_splitter *s)
{
    size_t done = s->end > s->begin ? s->begin : s->at;
    if (done == 0) return;
    count_to(s, done);
    memmove(s->text.text, s->text.text + done, s->text.length - done);
    kd_str_cut(&s->text, s->text.length - done);
    s->byte += done;
    s->counted = 0;
    s->at -= done;
    s->begin = s->end > s->begin ? 0 : s->at;
    s->end = s->end > done ? s->end - done : s->begin;
    s->space = s->space > done ? s->space - done : 0;
    s->bracket = s->bracket > done ? s->bracket - done : 0;
}

void kd_splitter_feed(kd_splitter *s, const char *text, size_t length)
{
    for (size_t at = 0, size; at < length; at += size) {
        size = length - at < PART ? length - at : PART;
        kd_str_add_bytes(&s->text, text + at, size);
        look(s);
        tidy(s);
    }
}

void kd_splitter_finish(kd_splitter *s)
{
    s->is_last = true;
    look(s);
    if (s->end > s->begin) give(s, s->end, s->at, false);
    kd_str_reset(&s->text);
    s->is_last = false;
    s->at = s->begin = s->end = s->space = s->counted = s->bracket = 0;
    s->depth = s->line_ends = 0;
    s->byte = s->character = 0;
}
