/* tex_words.c - escapes, and the few formulas that are let through. */
#include "results/chart/tex_words.h"

#include <ctype.h>
#include <string.h>

#include "harness/base/setting.h"

/* What TeX would read as a command, and characters of UTF-8 that tables and pictures of ours contain. */
static const struct {
    const char *from, *to;
} escapes[] = {
    { "\\", "\\textbackslash{}" },
    { "{", "\\{" },
    { "}", "\\}" },
    { "$", "\\$" },
    { "&", "\\&" },
    { "#", "\\#" },
    { "%", "\\%" },
    { "_", "\\_" },
    { "~", "\\textasciitilde{}" },
    { "^", "\\textasciicircum{}" },
    { "<", "\\textless{}" },
    { ">", "\\textgreater{}" },
    { "\n", " " },
    { "±", "$\\pm$" },
    { "×", "$\\times$" },
    { "−", "$-$" },
    { "†", "$^\\dagger$" },
    { "‡", "$^\\ddagger$" },
    { "…", "\\ldots{}" },
};

/* From U+03B1 on; omicron looks like an o, which has no command. */
static const char *const greek[] = {
    "\\alpha",  "\\beta", "\\gamma", "\\delta",    "\\varepsilon", "\\zeta", "\\eta",
    "\\theta",  "\\iota", "\\kappa", "\\lambda",   "\\mu",         "\\nu",   "\\xi",
    "o",        "\\pi",   "\\rho",   "\\varsigma", "\\sigma",      "\\tau",  "\\upsilon",
    "\\varphi", "\\chi",  "\\psi",   "\\omega"
};
enum { ALPHA = 0x3b1, GREEK = sizeof greek / sizeof *greek };

/* The row that `text` begins with, or NULL. */
static const char *escape_at(const char *text, size_t *length)
{
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        *length = strlen(escapes[i].from);
        if (strncmp(text, escapes[i].from, *length) == 0) return escapes[i].to;
    }
    return NULL;
}

/* The character that `text` begins with; one that would act, and TeX stops at, as words about it. */
static size_t add_shown(kd_str *out, const char *text)
{
    unsigned code;
    size_t   length = kd_utf8_first(text, strlen(text), &code);
    if (length == 0)
        kd_str_addf(out, "\\textbackslash{}x%02x", (unsigned char)*text);
    else if (kd_utf8_acts(code))
        kd_str_addf(out, "\\textbackslash{}u%04x", code);
    else if (code >= ALPHA && code < ALPHA + GREEK)
        kd_str_addf(out, "$%s$", greek[code - ALPHA]);
    else
        kd_str_add_bytes(out, text, length);
    return length > 0 ? length : 1;
}

/* Words of formulas. Texts may come from elsewhere, and TeX has commands that read files. */
static const char math_words[] =
    "alpha beta gamma delta epsilon lambda mu sigma tau theta rho pi phi omega Delta Lambda Sigma "
    "times pm cdot leq geq neq approx to infty ell ldots mathrm mathbf mathit text log exp sum min "
    "max";

/* The bytes of the formula "$...$" that `text` begins with, 0 for none. */
static size_t formula_length(const char *text)
{
    int depth = 0;

    if (*text != '$' || text[1] == ' ') return 0;
    for (size_t i = 1; text[i] != '\0'; i++) {
        char   word[16];
        size_t length = 0;
        if (text[i] == '$') return depth == 0 && i > 1 && text[i - 1] != ' ' ? i + 1 : 0;
        depth += (text[i] == '{') - (text[i] == '}');
        if (depth < 0) return 0;
        if (text[i] != '\\') {
            if (!isalnum((unsigned char)text[i]) && !strchr(" _^{}+-=<>()|.,/*'", text[i]))
                return 0;
            continue;
        }
        while (isalpha((unsigned char)text[i + 1]) && length < sizeof word - 1)
            word[length++] = text[++i];
        word[length] = '\0';
        if (length == 0 || !kd_list_has(math_words, word)) return 0;
    }
    return 0;
}

void kd_tex_add(kd_str *out, const char *text)
{
    while (*text != '\0') {
        size_t      length = formula_length(text);
        const char *to = length > 0 ? NULL : escape_at(text, &length);
        if (to != NULL)
            kd_str_add(out, to);
        else if (*text == '$')
            kd_str_add_bytes(out, text, length);
        else
            length = add_shown(out, text);
        text += length;
    }
}
