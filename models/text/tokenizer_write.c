/* tokenizer_write.c - any tokenizer as a tokenizer.json (the form: tokenizer_json.c).
 *
 * A tokenizer of a vocabulary file is told as steps by its kind; one that was read from such a
 * file has its steps. What kd_token_options lower goes first.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/text/tokenizer_internal.h"

/* ---- added tokens ---- */

typedef struct {
    const char *content;
    kd_added    token;
    bool        is_special;
} listed;

typedef KD_VEC(listed) listing;

static int by_id(const void *a, const void *b)
{
    const listed *x = a, *y = b;
    return (x->token.id > y->token.id) - (x->token.id < y->token.id);
}

static void list_special(listing *list, const kd_vocab *vocab, int32_t id)
{
    if (id < 0) return;
    const char *content = kd_vocab_piece(vocab, id);
    kd_added    token = { .id = id, .is_raw = true, .eats_left = strcmp(content, "<mask>") == 0 };
    kd_vec_push(list, (listed){ content, token, true });
}

static void list_tokens(const kd_tokenizer *t, listing *list)
{
    if (t->special) {
        for (size_t i = 0; i < kd_map_count(t->special); i++)
            list_special(list, t->vocab, (int32_t)kd_map_at(t->special, i)->number);
        for (size_t i = 0; i < t->pipeline->added.count; i++) {
            kd_added token = t->pipeline->added.items[i];
            kd_vec_push(list, (listed){ kd_vocab_piece(t->vocab, token.id), token, false });
        }
    } else {
        kd_specials s = kd_vocab_specials(t->vocab);
        int32_t     ids[] = { s.pad, s.unk, s.cls, s.sep, s.mask };
        for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) list_special(list, t->vocab, ids[i]);
    }
    if (list->count > 0) qsort(list->items, list->count, sizeof *list->items, by_id);
}

static void write_tokens(const kd_tokenizer *t, kd_json_writer *w)
{
    listing list = KD_VEC_INIT;
    list_tokens(t, &list);
    kd_json_key(w, "added_tokens");
    kd_json_begin(w, '[');
    for (size_t i = 0; i < list.count; i++) {
        const listed *token = &list.items[i];
        kd_json_begin(w, '{');
        kd_json_put_int(w, "id", token->token.id);
        kd_json_put_text(w, "content", token->content);
        kd_json_put_bool(w, "single_word", token->token.is_word);
        kd_json_put_bool(w, "lstrip", token->token.eats_left);
        kd_json_put_bool(w, "rstrip", token->token.eats_right);
        kd_json_put_bool(w, "normalized", !token->token.is_raw);
        kd_json_put_bool(w, "special", token->is_special);
        kd_json_end(w, '}');
    }
    kd_json_end(w, ']');
    kd_vec_fini(&list);
}

/* ---- steps ---- */

static void write_replace(const kd_step *step, kd_json_writer *w)
{
    kd_json_key(w, "pattern");
    kd_json_begin(w, '{');
    kd_json_put_text(w, step->is_run ? "Regex" : "String", step->is_run ? " {2,}" : step->from);
    kd_json_end(w, '}');
    kd_json_put_text(w, "content", step->to);
}

static void write_metaspace(const kd_step *step, kd_json_writer *w)
{
    static const char *const schemes[] = { "always", "first", "never" };
    kd_json_put_text(w, "replacement", step->to);
    kd_json_put_text(w, "prepend_scheme", schemes[step->prepend]);
    kd_json_put_bool(w, "split", step->splits);
}

static void write_byte_level(const kd_step *step, kd_json_writer *w)
{
    kd_json_put_bool(w, "add_prefix_space", step->adds_blank);
    kd_json_put_bool(w, "trim_offsets", true);
    kd_json_put_bool(w, "use_regex", step->splits);
}

static void write_charsmap(const kd_step *step, kd_json_writer *w)
{
    kd_str text = KD_STR_INIT;
    kd_charsmap_add_base64(&step->map, &text);
    kd_json_put_text(w, "precompiled_charsmap", text.text);
    kd_str_fini(&text);
}

static void write_step(const kd_step *step, kd_json_writer *w)
{
    kd_json_begin(w, '{');
    kd_json_put_text(w, "type", kd_step_name(step->kind));
    switch (step->kind) {
    case KD_STEP_BERT_NORMALIZER:
        kd_json_put_bool(w, "clean_text", step->cleans);
        kd_json_put_bool(w, "handle_chinese_chars", step->parts_ideographs);
        kd_json_put_bool(w, "strip_accents", step->strips_accents);
        kd_json_put_bool(w, "lowercase", step->lowers);
        break;
    case KD_STEP_STRIP:
        kd_json_put_bool(w, "strip_left", step->is_left);
        kd_json_put_bool(w, "strip_right", step->is_right);
        break;
    case KD_STEP_REPLACE:
        write_replace(step, w);
        break;
    case KD_STEP_PREPEND:
        kd_json_put_text(w, "prepend", step->to);
        break;
    case KD_STEP_PRECOMPILED:
        write_charsmap(step, w);
        break;
    case KD_STEP_BYTE_LEVEL:
        write_byte_level(step, w);
        break;
    case KD_STEP_METASPACE:
        write_metaspace(step, w);
        break;
    default:
        break;
    }
    kd_json_end(w, '}');
}

/* Nothing, one step, or a Sequence of `lowers` and the steps. */
static void write_steps(const kd_step *steps, size_t count, bool lowers, const char *members,
                        kd_json_writer *w)
{
    static const kd_step lower = { .kind = KD_STEP_LOWERCASE };
    size_t               all = count + lowers;
    if (all == 0) kd_json_null(w);
    if (all > 1) {
        kd_json_begin(w, '{');
        kd_json_put_text(w, "type", "Sequence");
        kd_json_key(w, members);
        kd_json_begin(w, '[');
    }
    if (lowers) write_step(&lower, w);
    for (size_t i = 0; i < count; i++) write_step(&steps[i], w);
    if (all > 1) {
        kd_json_end(w, ']');
        kd_json_end(w, '}');
    }
}

static void write_pipeline(const kd_tokenizer *t, const kd_pipeline *p, kd_json_writer *w)
{
    kd_json_key(w, "normalizer");
    write_steps(p->normalise.items, p->normalise.count, t->lowercase, "normalizers", w);
    kd_json_key(w, "pre_tokenizer");
    write_steps(p->split.items, p->split.count, false, "pretokenizers", w);
}

/* ---- around a text ---- */

static void write_member(kd_json_writer *w, const char *kind, const char *id, int type)
{
    kd_json_begin(w, '{');
    kd_json_key(w, kind);
    kd_json_begin(w, '{');
    kd_json_put_text(w, "id", id);
    kd_json_put_int(w, "type_id", type);
    kd_json_end(w, '}');
    kd_json_end(w, '}');
}

static void write_special(kd_json_writer *w, const char *piece, int32_t id)
{
    kd_json_key(w, piece);
    kd_json_begin(w, '{');
    kd_json_put_text(w, "id", piece);
    kd_json_key(w, "ids");
    kd_json_begin(w, '[');
    kd_json_int(w, id);
    kd_json_end(w, ']');
    kd_json_key(w, "tokens");
    kd_json_begin(w, '[');
    kd_json_text(w, piece);
    kd_json_end(w, ']');
    kd_json_end(w, '}');
}

/* [CLS] A [SEP] B [SEP], the second text of type 1; RoBERTa has one type, and two </s> between. */
static void write_template(const kd_tokenizer *t, kd_json_writer *w)
{
    kd_specials s = kd_vocab_specials(t->vocab);
    kd_json_key(w, "post_processor");
    if (s.cls < 0 || s.sep < 0 || s.cls == s.sep) {
        kd_json_null(w);
        return;
    }
    const char *cls = kd_vocab_piece(t->vocab, s.cls), *sep = kd_vocab_piece(t->vocab, s.sep);
    bool        has_types = t->kind != &kd_bpe;
    kd_json_begin(w, '{');
    kd_json_put_text(w, "type", "TemplateProcessing");
    for (int texts = 1; texts <= 2; texts++) {
        kd_json_key(w, texts == 1 ? "single" : "pair");
        kd_json_begin(w, '[');
        write_member(w, "SpecialToken", cls, 0);
        write_member(w, "Sequence", "A", 0);
        write_member(w, "SpecialToken", sep, 0);
        if (texts == 2) {
            if (!has_types) write_member(w, "SpecialToken", sep, 0);
            write_member(w, "Sequence", "B", has_types);
            write_member(w, "SpecialToken", sep, has_types);
        }
        kd_json_end(w, ']');
    }
    kd_json_key(w, "special_tokens");
    kd_json_begin(w, '{');
    write_special(w, cls, s.cls);
    write_special(w, sep, s.sep);
    kd_json_end(w, '}');
    kd_json_end(w, '}');
}

static void write_decoder(const kd_tokenizer *t, kd_json_writer *w)
{
    static const kd_step bytes = { .kind = KD_STEP_BYTE_LEVEL, .adds_blank = true, .splits = true };
    static char          mark[] = "\xE2\x96\x81";
    static const kd_step marks = { .kind = KD_STEP_METASPACE, .splits = true, .to = mark };
    kd_json_key(w, "decoder");
    if (t->kind == &kd_wordpiece) {
        kd_json_begin(w, '{');
        kd_json_put_text(w, "type", "WordPiece");
        kd_json_put_text(w, "prefix", "##");
        kd_json_put_bool(w, "cleanup", false);
        kd_json_end(w, '}');
        return;
    }
    write_step(t->kind == &kd_bpe ? &bytes : &marks, w);
}

void kd_tokenizer_print(const kd_tokenizer *t, kd_str *out)
{
    kd_json_writer w;
    kd_pipeline   *own = NULL;
    if (!t->pipeline) t->kind->describe(t, own = kd_pipeline_create());

    kd_json_start(&w, out, 0);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "version", "1.0");
    kd_json_put_text(&w, "truncation", NULL);
    kd_json_put_text(&w, "padding", NULL);
    write_tokens(t, &w);
    write_pipeline(t, own ? own : t->pipeline, &w);
    write_template(t, &w);
    write_decoder(t, &w);
    kd_json_key(&w, "model");
    kd_json_begin(&w, '{');
    t->kind->write_model(t, &w);
    kd_json_end(&w, '}');
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
    kd_pipeline_destroy(own);
}

kd_status kd_tokenizer_write(const kd_tokenizer *t, const char *path, kd_error *err)
{
    kd_str text = KD_STR_INIT;
    kd_tokenizer_print(t, &text);
    kd_status status = kd_fs_write(path, text.text, text.length, err);
    kd_str_fini(&text);
    return status;
}
