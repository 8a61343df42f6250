/* xml.c - one byte of look-ahead, and a stack of names.
 *
 *     '<' '!' "--"          comment, to "-->"
 *     '<' '!' "[CDATA["     text, to "]]>"
 *     '<' '!'               document type, to '>' outside of [ ] and quotes
 *     '<' '?'               instruction, to "?>"
 *     '<' '/'               close
 *     '<'                   open, perhaps with '/' before its '>'
 *     '&'                   a character by name or number
 *
 * What is open outside of the one root element is blank. */
#include "models/text/xml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/str.h"
#include "harness/base/stream.h"

enum { WINDOW = 1 << 16, DOCTYPE_MOST = 1 << 16, NOTHING = -1 };

typedef struct {
    char name[KD_XML_NAME + 1];
} element;

struct kd_xml {
    char      *path;
    kd_stream *stream;
    char       window[WINDOW];
    size_t     at, end;
    bool       is_over;
    int64_t    line;
    int        depth;
    bool       closes; /* the element that opened last has no more: <b/> */
    bool       has_root, in_cdata;
    kd_str     attributes; /* name NUL value NUL ... */
    kd_str     text;
    element    stack[KD_XML_DEPTH];
    element    closed;
    kd_status  status; /* of the stream: bytes are asked for deep inside */
    kd_error   error;
};

/* ---- bytes ---- */

static kd_status fail(const kd_xml *x, kd_error *err, const char *fmt, ...)
{
    char    text[300];
    va_list args;
    if (x->status != KD_OK) { /* it ended for this reason */
        *err = x->error;
        return x->status;
    }
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return kd_fail(err, KD_EDATA, "%s:%lld: %s", x->path, (long long)x->line, text);
}

static void refill(kd_xml *x)
{
    x->at = x->end = 0;
    if (x->is_over) return;
    x->status = kd_stream_read(x->stream, x->window, WINDOW, &x->end, &x->error);
    if (x->status != KD_OK) x->end = 0;
    x->is_over = x->end == 0;
}

static int peek(kd_xml *x)
{
    if (x->at == x->end) refill(x);
    return x->at < x->end ? (unsigned char)x->window[x->at] : NOTHING;
}

static int take(kd_xml *x)
{
    int c = peek(x);
    if (c == NOTHING) return c;
    x->at++;
    x->line += c == '\n';
    return c;
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(kd_xml *x)
{
    while (is_blank(peek(x))) take(x);
}

/* Pass over everything up to and with `mark`; false at the end of the file. */
static bool skip_to(kd_xml *x, const char *mark)
{
    size_t length = strlen(mark);
    char   last[4] = { 0 }; /* marks have three bytes at most */
    for (int c; (c = take(x)) != NOTHING;) {
        memmove(last, last + 1, length - 1);
        last[length - 1] = (char)c;
        if (memcmp(last, mark, length) == 0) return true;
    }
    return false;
}

/* ---- names and characters ---- */

static bool is_name(int c)
{
    return c > ' ' && !strchr("<>/=&'\"!?;[]", c);
}

static kd_status read_name(kd_xml *x, char name[KD_XML_NAME + 1], kd_error *err)
{
    int length = 0;
    while (is_name(peek(x))) {
        if (length == KD_XML_NAME) return fail(x, err, "a name of more than %d bytes", KD_XML_NAME);
        name[length++] = (char)take(x);
    }
    name[length] = '\0';
    return length ? KD_OK : fail(x, err, "expected a name");
}

static void add_character(kd_str *out, unsigned long c)
{
    if (c < 0x80) {
        kd_str_add_char(out, (char)c);
        return;
    }
    if (c >= 0x10000) kd_str_add_char(out, (char)(0xf0 | c >> 18));
    if (c >= 0x10000)
        kd_str_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
    else if (c >= 0x800)
        kd_str_add_char(out, (char)(0xe0 | c >> 12));
    kd_str_add_char(out, (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3f) : 0xc0 | c >> 6));
    kd_str_add_char(out, (char)(0x80 | (c & 0x3f)));
}

/* "#233" or "#xe9"; what is no character of a text is refused. */
static kd_status add_numbered(const kd_xml *x, kd_str *out, const char *text, kd_error *err)
{
    bool          is_hex = text[1] == 'x';
    const char   *digits = text + 1 + is_hex;
    size_t        length = strspn(digits, is_hex ? "0123456789abcdefABCDEF" : "0123456789");
    unsigned long c =
        length && length < 9 && !digits[length] ? strtoul(digits, NULL, is_hex ? 16 : 10) : 0;
    bool is_control = c < 0x20 && !is_blank((int)c);
    if (is_control || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return fail(x, err, "&%s; is no character", text);
    add_character(out, c);
    return KD_OK;
}

/* Behind an '&'. */
static kd_status add_entity(kd_xml *x, kd_str *out, kd_error *err)
{
    static const struct {
        const char *name;
        char        is;
    } known[] = { { "lt", '<' }, { "gt", '>' }, { "amp", '&' }, { "apos", '\'' }, { "quot", '"' } };
    char      name[KD_XML_NAME + 1];
    kd_status status = read_name(x, name, err);
    if (status != KD_OK) return status;
    if (take(x) != ';') return fail(x, err, "expected ; behind &%.20s", name);
    if (name[0] == '#') return add_numbered(x, out, name, err);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0) {
            kd_str_add_char(out, known[i].is);
            return KD_OK;
        }
    return fail(x, err, "&%.40s; is not known without its document type, which is not read", name);
}

/* ---- markup ---- */

static kd_status read_attribute(kd_xml *x, kd_error *err)
{
    char      name[KD_XML_NAME + 1];
    kd_status status = read_name(x, name, err);
    if (status != KD_OK) return status;
    skip_blanks(x);
    if (take(x) != '=') return fail(x, err, "expected = behind the attribute %.40s", name);
    skip_blanks(x);
    int quote = take(x);
    if (quote != '"' && quote != '\'') return fail(x, err, "%.40s: its value has no quotes", name);
    kd_str_add_bytes(&x->attributes, name, strlen(name) + 1);
    for (int c; (c = take(x)) != quote;) {
        if (c == NOTHING || c == '<' || c == 0)
            return fail(x, err, "%.40s: its value does not end", name);
        if (x->attributes.length > KD_XML_ATTRIBUTES)
            return fail(x, err, "attributes of more than %d bytes", KD_XML_ATTRIBUTES);
        if (c != '&')
            kd_str_add_char(&x->attributes, (char)c);
        else if ((status = add_entity(x, &x->attributes, err)) != KD_OK)
            return status;
    }
    kd_str_add_bytes(&x->attributes, "", 1);
    return KD_OK;
}

static kd_status read_open(kd_xml *x, kd_xml_event *event, kd_error *err)
{
    if (x->depth == KD_XML_DEPTH)
        return fail(x, err, "elements inside each other more than %d deep", KD_XML_DEPTH);
    if (x->depth == 0 && x->has_root) return fail(x, err, "a second element beside the first");
    element  *e = &x->stack[x->depth];
    kd_status status = read_name(x, e->name, err);
    kd_str_reset(&x->attributes);
    while (status == KD_OK) {
        skip_blanks(x);
        int c = peek(x);
        if (c == '>' || c == '/') break;
        status = read_attribute(x, err);
    }
    if (status != KD_OK) return status;
    x->closes = peek(x) == '/';
    if (x->closes) take(x);
    if (take(x) != '>') return fail(x, err, "<%.40s: expected >", e->name);
    x->depth++;
    x->has_root = true;
    *event = (kd_xml_event){ .kind = KD_XML_OPEN, .name = e->name };
    return KD_OK;
}

static void close_last(kd_xml *x, kd_xml_event *event)
{
    x->closed = x->stack[--x->depth];
    x->closes = false;
    *event = (kd_xml_event){ .kind = KD_XML_CLOSE, .name = x->closed.name };
}

static kd_status read_close(kd_xml *x, kd_xml_event *event, kd_error *err)
{
    element   e;
    kd_status status = read_name(x, e.name, err);
    if (status != KD_OK) return status;
    skip_blanks(x);
    if (take(x) != '>') return fail(x, err, "</%.40s: expected >", e.name);
    if (x->depth == 0) return fail(x, err, "</%.40s> closes nothing", e.name);
    if (strcmp(e.name, x->stack[x->depth - 1].name) != 0)
        return fail(x, err, "</%.40s> inside <%.40s>", e.name, x->stack[x->depth - 1].name);
    close_last(x, event);
    return KD_OK;
}

static kd_status skip_doctype(kd_xml *x, kd_error *err)
{
    int brackets = 0, quote = 0, bytes = 0;
    for (int c; (c = take(x)) != NOTHING && bytes++ < DOCTYPE_MOST;) {
        if (quote) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>' && brackets == 0) {
            return KD_OK;
        } else {
            brackets += (c == '[') - (c == ']');
        }
    }
    return fail(x, err, "a document type that does not end within %d bytes", DOCTYPE_MOST);
}

static kd_status read_instruction(kd_xml *x, kd_error *err)
{
    return skip_to(x, "?>") ? KD_OK : fail(x, err, "an instruction that does not end");
}

/* Behind "<!". */
static kd_status read_declaration(kd_xml *x, kd_error *err)
{
    static const char cdata[] = "[CDATA[";
    if (peek(x) == '-') {
        take(x);
        if (take(x) != '-') return fail(x, err, "expected <!--");
        return skip_to(x, "-->") ? KD_OK : fail(x, err, "a comment that does not end");
    }
    if (peek(x) != '[') return skip_doctype(x, err);
    for (const char *c = cdata; *c; c++)
        if (take(x) != *c) return fail(x, err, "expected <![CDATA[");
    if (x->depth == 0) return fail(x, err, "text outside of the first element");
    x->in_cdata = true;
    return KD_OK;
}

/* ---- text ---- */

/* To "]]>", or as much of it as is handed out at once. Brackets are kept back until it is known what they are. */
static kd_status read_cdata(kd_xml *x, kd_error *err)
{
    int brackets = 0;
    while (x->text.length < KD_XML_TEXT_PIECE || brackets) {
        int c = take(x);
        if (c == NOTHING) return fail(x, err, "a CDATA that does not end");
        if (c == '>' && brackets >= 2) {
            while (brackets-- > 2) kd_str_add_char(&x->text, ']');
            x->in_cdata = false;
            return KD_OK;
        }
        if (c == ']' && brackets < KD_XML_TEXT_PIECE) {
            brackets++;
            continue;
        }
        for (; brackets > 0; brackets--) kd_str_add_char(&x->text, ']');
        kd_str_add_char(&x->text, (char)c);
    }
    return KD_OK;
}

/* Whole characters, so that a piece of a text never ends inside one. */
static bool is_full(const kd_xml *x, int next)
{
    return x->text.length >= KD_XML_TEXT_PIECE - 4 && (next & 0xc0) != 0x80;
}

static kd_status read_text(kd_xml *x, kd_error *err)
{
    kd_status status = KD_OK;
    for (int c; status == KD_OK && (c = peek(x)) != NOTHING && c != '<' && !is_full(x, c);) {
        take(x);
        if (c == 0) return fail(x, err, "a NUL byte");
        if (x->depth == 0 && !is_blank(c) && !(x->line == 1 && c >= 0x80)) /* a byte order mark */
            return fail(x, err, "text outside of the first element");
        if (c == '&')
            status = add_entity(x, &x->text, err);
        else
            kd_str_add_char(&x->text, (char)c);
    }
    return status;
}

static kd_status read_markup(kd_xml *x, kd_xml_event *event, bool *is_event, kd_error *err)
{
    take(x);
    *is_event = false;
    switch (peek(x)) {
    case '!':
        take(x);
        return read_declaration(x, err);
    case '?':
        return read_instruction(x, err);
    case '/':
        take(x);
        *is_event = true;
        return read_close(x, event, err);
    default:
        *is_event = true;
        return read_open(x, event, err);
    }
}

static kd_status end(kd_xml *x, kd_xml_event *event, kd_error *err)
{
    if (x->status != KD_OK) return fail(x, err, "cannot be read");
    if (x->depth > 0) return fail(x, err, "ends inside <%.40s>", x->stack[x->depth - 1].name);
    if (!x->has_root) return fail(x, err, "has no element");
    *event = (kd_xml_event){ .kind = KD_XML_END };
    return KD_OK;
}

kd_status kd_xml_next(kd_xml *x, kd_xml_event *event, kd_error *err)
{
    kd_status status = KD_OK;
    bool      is_event = false;
    if (x->closes) {
        close_last(x, event);
        return KD_OK;
    }
    kd_str_reset(&x->text);
    while (status == KD_OK && !is_event) {
        if (x->in_cdata)
            status = read_cdata(x, err);
        else if (peek(x) == NOTHING)
            return end(x, event, err);
        else if (peek(x) == '<')
            status = read_markup(x, event, &is_event, err);
        else
            status = read_text(x, err);
        if (status != KD_OK || is_event || x->text.length == 0) continue;
        if (x->depth > 0) {
            *event = (kd_xml_event){ .kind = KD_XML_TEXT,
                                     .text = x->text.text,
                                     .length = x->text.length };
            is_event = true;
        }
        if (x->depth == 0) kd_str_reset(&x->text);
    }
    return status;
}

/* ---- the rest ---- */

kd_status kd_xml_open(kd_xml **out, const char *path, kd_error *err)
{
    kd_stream *stream;
    kd_status  status = kd_stream_open(&stream, path, err);
    if (status != KD_OK) return status;
    kd_xml *x = kd_alloc(1, sizeof *x);
    x->path = kd_strdup(path);
    x->stream = stream;
    x->line = 1;
    kd_str_init(&x->attributes);
    kd_str_init(&x->text);
    *out = x;
    return KD_OK;
}

const char *kd_xml_attribute(const kd_xml *x, const char *name)
{
    const char *at = x->attributes.text, *end = at + x->attributes.length;
    while (at < end) {
        const char *value = at + strlen(at) + 1;
        if (strcmp(at, name) == 0) return value;
        at = value + strlen(value) + 1;
    }
    return NULL;
}

int kd_xml_depth(const kd_xml *x)
{
    return x->depth;
}

const char *kd_xml_above(const kd_xml *x, int up)
{
    return up < x->depth ? x->stack[x->depth - 1 - up].name : "";
}

bool kd_xml_within(const kd_xml *x, const char *name)
{
    for (int i = 0; i < x->depth; i++)
        if (strcmp(x->stack[i].name, name) == 0) return true;
    return false;
}

int64_t kd_xml_line(const kd_xml *x)
{
    return x->line;
}

void kd_xml_close(kd_xml *x)
{
    if (!x) return;
    kd_stream_close(x->stream);
    kd_str_fini(&x->attributes);
    kd_str_fini(&x->text);
    free(x->path);
    free(x);
}
