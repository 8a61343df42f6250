/* pdf.c - figures as one page of PDF 1.4: vectors, and type that every reader has.
 *
 *     1 catalogue   2 pages   3 the page   4 what is drawn on it   5 what it is called
 *     6 Helvetica   7 Helvetica-Bold   8 Symbol (Greek)            9 ... strengths
 *
 * Helvetica, Helvetica-Bold and Symbol are three of the 14 fonts that a reader must have (PDF Reference 1.4, 5.5.1),
 * so none is in the file. Their letters are those of WinAnsi, to which the minus sign is added; a character that none of them has
 * is shown as "?". Nothing in the file depends on the day: the same figures are the same bytes.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/chart/chart_internal.h"
#include "results/chart/markup.h"

enum { FIRST_STRENGTH = 9, MINUS = 0x01 };
#define POINTS_A_PIXEL 0.75 /* 72 an inch, where CSS has 96 */

typedef enum { PLAIN, BOLD, GREEK } font;

typedef KD_VEC(double) numbers;

typedef struct {
    kd_str  draft;     /* the content of the page */
    numbers strengths; /* that were asked for, each once */
} paper;

/* ---- letters ---- */

/* Of ' ' to '~', in thousandths of the size of type: Adobe's metrics of Helvetica. */
static const short widths[] = {
    278,  278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, /* to / */
    556,  556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, /* to ? */
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, /* to O */
    667,  778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, /* to _ */
    333,  556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, /* to o */
    556,  556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,      /* to ~ */
};
enum { OTHER_WIDTH = 556 };

/* Characters of Windows' code page 1252 that Unicode has elsewhere. */
static const struct {
    unsigned short code, byte;
} others[] = {
    { 0x2026, 0x85 }, { 0x2013, 0x96 }, { 0x2014, 0x97 }, { 0x2018, 0x91 }, { 0x2019, 0x92 },
    { 0x201c, 0x93 }, { 0x201d, 0x94 }, { 0x2022, 0x95 }, { 0x20ac, 0x80 }, { 0x2212, MINUS },
};

static unsigned char letter_of(unsigned code, font *which)
{
    static const char capitals[] = "ABGDEZHQIKLMNXOPR?STUFCYW",
                      small[] = "abgdezhqiklmnxoprVstufcyw";

    if (code >= 0x20 && code <= 0x7e) return (unsigned char)code;
    if (code >= 0xa0 && code <= 0xff) return (unsigned char)code;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].code == code) return (unsigned char)others[i].byte;
    if (code >= 0x391 && code <= 0x3a9) *which = GREEK;
    if (code >= 0x391 && code <= 0x3a9) return (unsigned char)capitals[code - 0x391];
    if (code >= 0x3b1 && code <= 0x3c9) *which = GREEK;
    if (code >= 0x3b1 && code <= 0x3c9) return (unsigned char)small[code - 0x3b1];
    return '?';
}

/* Take the next letter of `text`, and say which font has it. What does something is seen, as elsewhere. */
static unsigned char next_letter(const char **text, font *which)
{
    unsigned      code;
    size_t        bytes = kd_utf8_first(*text, strlen(*text), &code);
    unsigned char letter = bytes > 0 && !kd_utf8_acts(code) ? letter_of(code, which) : '?';

    *text += bytes > 0 ? bytes : 1;
    return letter;
}

static double width_of(const char *text, double size)
{
    double sum = 0;

    while (*text != '\0') {
        font          which = PLAIN;
        unsigned char letter = next_letter(&text, &which);
        bool          is_known = which == PLAIN && letter >= ' ' && letter <= '~';
        sum += letter == MINUS ? 584 : is_known ? widths[letter - ' '] : OTHER_WIDTH;
    }
    return sum * size / 1000;
}

/* ---- drawing ---- */

static void add_colour(kd_str *out, kd_paint paint, int series, const char *operator)
{
    unsigned rgb = kd_paint_colour(paint, series);

    kd_str_addf(out, "%.3f %.3f %.3f %s\n", (double)(rgb >> 16) / 255,
                (double)(rgb >> 8 & 255) / 255, (double)(rgb & 255) / 255, operator);
}

/* The number of a strength among those of the page. */
static size_t strength_number(paper *p, double strength)
{
    size_t i = 0;

    while (i < p->strengths.count && fabs(p->strengths.items[i] - strength) > 0.005) i++;
    if (i == p->strengths.count) kd_vec_push(&p->strengths, strength);
    return i;
}

static void add_dash(kd_str *out, const kd_pen *pen)
{
    const char *dash = kd_looks[pen->look].dash;

    if (pen->look == KD_LOOK_CURVE) dash = kd_series_dash(pen->series);
    if (*dash != '\0') kd_str_addf(out, "[%s] 0 d\n", dash);
}

static void take_pen(paper *p, const kd_pen *pen)
{
    const kd_look_row *look = &kd_looks[pen->look];
    double             strength = pen->strength > 0 ? pen->strength : look->strength;

    if (strength < 1) kd_str_addf(&p->draft, "/G%zu gs\n", strength_number(p, strength));
    if (look->fill != KD_PAINT_none) add_colour(&p->draft, look->fill, pen->series, "rg");
    if (look->stroke == KD_PAINT_none) return;
    add_colour(&p->draft, look->stroke, pen->series, "RG");
    kd_str_addf(&p->draft, "%g w\n", look->width);
    add_dash(&p->draft, pen);
}

/* What ends an outline: fill it, draw round it, or both. */
static const char *painting_of(const kd_pen *pen)
{
    const kd_look_row *look = &kd_looks[pen->look];

    if (look->fill == KD_PAINT_none) return "S";
    return look->stroke == KD_PAINT_none ? "f" : "B";
}

static void add_outline(kd_str *out, const kd_point *points, size_t count, kd_point from)
{
    for (size_t i = 0; i < count; i++)
        kd_str_addf(out, "%.2f %.2f %s\n", from.x + points[i].x, from.y + points[i].y,
                    i == 0 ? "m" : "l");
}

/* A circle as four curves of Bezier; 0.5523 is 4/3 (sqrt 2 - 1), where they touch it in the middle. */
static void add_disc(kd_str *out, kd_point at, double r)
{
    double k = 0.5523 * r;

    kd_str_addf(out, "%.2f %.2f m\n", at.x + r, at.y);
    kd_str_addf(out, "%.2f %.2f %.2f %.2f %.2f %.2f c\n", at.x + r, at.y + k, at.x + k, at.y + r,
                at.x, at.y + r);
    kd_str_addf(out, "%.2f %.2f %.2f %.2f %.2f %.2f c\n", at.x - k, at.y + r, at.x - r, at.y + k,
                at.x - r, at.y);
    kd_str_addf(out, "%.2f %.2f %.2f %.2f %.2f %.2f c\n", at.x - r, at.y - k, at.x - k, at.y - r,
                at.x, at.y - r);
    kd_str_addf(out, "%.2f %.2f %.2f %.2f %.2f %.2f c\n", at.x + k, at.y - r, at.x + r, at.y - k,
                at.x + r, at.y);
}

static void add_letter(kd_str *out, unsigned char letter)
{
    if (letter == '(' || letter == ')' || letter == '\\') kd_str_add_char(out, '\\');
    if (letter < ' ')
        kd_str_addf(out, "\\%03o", letter);
    else
        kd_str_add_char(out, (char)letter);
}

/* The letters as an outline of the paper's colour, below themselves: they are read over lines then. */
static void add_halo(paper *p)
{
    add_colour(&p->draft, KD_PAINT_bg, 0, "RG");
    kd_str_add(&p->draft, "3 w 1 Tr\n");
}

/* Pieces of one font each; the reader moves on by itself. Type stands upright on a page that is turned over. */
static void add_text_once(paper *p, const kd_drawn *s, bool is_halo)
{
    bool   is_title = s->pen.look == KD_LOOK_TITLE;
    double size = is_title ? KD_TYPE_TITLE : KD_TYPE_SMALL, width = width_of(s->text, size);
    double x = s->at.x - (s->form == KD_ANCHOR_END      ? width
                          : s->form == KD_ANCHOR_MIDDLE ? width / 2
                                                        : 0);
    int    current = -1;

    if (is_halo) add_halo(p);
    kd_str_addf(&p->draft, "BT 1 0 0 -1 %.2f %.2f Tm\n", x, s->at.y);
    for (const char *text = s->text; *text != '\0';) {
        font          which = PLAIN;
        unsigned char letter = next_letter(&text, &which);
        if (which == PLAIN && is_title) which = BOLD;
        if ((int)which != current)
            kd_str_addf(&p->draft, "%s/F%d %g Tf (", current < 0 ? "" : ") Tj\n", which, size);
        current = (int)which;
        add_letter(&p->draft, letter);
    }
    kd_str_add(&p->draft, current < 0 ? "ET\n" : ") Tj ET\n");
}

static void add_text(paper *p, const kd_drawn *s)
{
    if (s->pen.look == KD_LOOK_LABEL) add_text_once(p, s, true);
    kd_str_add(&p->draft, "0 Tr\n");
    add_text_once(p, s, false);
}

static void draw(paper *p, const kd_drawn *s)
{
    static const kd_point nowhere = { 0, 0 };
    size_t                count;
    const kd_point       *outline;

    kd_str_add(&p->draft, "q\n");
    take_pen(p, &s->pen);
    switch (s->kind) {
    case KD_DRAWN_LINE:
        kd_str_addf(&p->draft, "%.2f %.2f m %.2f %.2f l S\n", s->at.x, s->at.y, s->to.x, s->to.y);
        break;
    case KD_DRAWN_RECT:
        kd_str_addf(&p->draft, "%.2f %.2f %.2f %.2f re %s\n", s->at.x, s->at.y, s->to.x - s->at.x,
                    s->to.y - s->at.y, painting_of(&s->pen));
        break;
    case KD_DRAWN_MARK:
        outline = kd_mark_outline(s->form, &count);
        if (outline == NULL)
            add_disc(&p->draft, s->at, KD_MARK_RADIUS);
        else
            add_outline(&p->draft, outline, count, s->at);
        kd_str_addf(&p->draft, "h %s\n", painting_of(&s->pen));
        break;
    case KD_DRAWN_PATH:
        add_outline(&p->draft, s->points, s->count, nowhere);
        kd_str_add(&p->draft, "S\n");
        break;
    case KD_DRAWN_AREA:
        add_outline(&p->draft, s->points, s->count, nowhere);
        kd_str_addf(&p->draft, "h %s\n", painting_of(&s->pen));
        break;
    case KD_DRAWN_TEXT:
        add_text(p, s);
        break;
    }
    kd_str_add(&p->draft, "Q\n");
}

/* ---- the file ---- */

typedef KD_VEC(size_t) places;

static void begin_object(kd_str *out, places *at)
{
    kd_vec_push(at, out->length);
    kd_str_addf(out, "%zu 0 obj\n", at->count);
}

/* A text of any language: UTF-16 with its mark, in hexadecimal digits. */
static void add_name(kd_str *out, const char *text)
{
    size_t left = strlen(text);

    kd_str_add(out, "<FEFF");
    while (left > 0) {
        unsigned code;
        size_t   bytes = kd_utf8_first(text, left, &code);
        if (bytes == 0) bytes = 1, code = 0xfffd;
        if (code < 0x10000)
            kd_str_addf(out, "%04X", code);
        else
            kd_str_addf(out, "%04X%04X", 0xd800 + ((code - 0x10000) >> 10),
                        0xdc00 + ((code - 0x10000) & 0x3ff));
        text += bytes;
        left -= bytes;
    }
    kd_str_add(out, ">");
}

static void add_fonts(kd_str *out, places *at)
{
    static const char *const names[] = { "Helvetica", "Helvetica-Bold", "Symbol" };

    for (int i = 0; i < 3; i++) {
        begin_object(out, at);
        kd_str_addf(out, "<< /Type /Font /Subtype /Type1 /BaseFont /%s%s >>\nendobj\n", names[i],
                    i == GREEK ? ""
                               : " /Encoding << /BaseEncoding /WinAnsiEncoding /Differences [1 "
                                 "/minus] >>");
    }
}

static void add_table(kd_str *out, const places *at)
{
    size_t start = out->length;

    kd_str_addf(out, "xref\n0 %zu\n0000000000 65535 f \n", at->count + 1);
    for (size_t i = 0; i < at->count; i++) kd_str_addf(out, "%010zu 00000 n \n", at->items[i]);
    kd_str_addf(out, "trailer\n<< /Size %zu /Root 1 0 R /Info 5 0 R >>\nstartxref\n%zu\n%%%%EOF\n",
                at->count + 1, start);
}

static void add_file(kd_str *out, const paper *p, const kd_placing *placing, const char *title)
{
    places at = KD_VEC_INIT;

    kd_str_add(out, "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"); /* the second line says that it is no text */
    begin_object(out, &at);
    kd_str_add(out, "<< /Type /Catalog /Pages 2 0 R >>\nendobj\n");
    begin_object(out, &at);
    kd_str_add(out, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n");
    begin_object(out, &at);
    kd_str_addf(out,
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Contents 4 0 R /Resources "
                "<< /Font << /F0 6 0 R /F1 7 0 R /F2 8 0 R >> /ExtGState <<",
                placing->width * POINTS_A_PIXEL, placing->height * POINTS_A_PIXEL);
    for (size_t i = 0; i < p->strengths.count; i++)
        kd_str_addf(out, " /G%zu %zu 0 R", i, FIRST_STRENGTH + i);
    kd_str_add(out, " >> >> >>\nendobj\n");
    begin_object(out, &at);
    kd_str_addf(out, "<< /Length %zu >>\nstream\n", p->draft.length);
    kd_str_add_bytes(out, p->draft.text, p->draft.length);
    kd_str_add(out, "\nendstream\nendobj\n");
    begin_object(out, &at);
    kd_str_add(out, "<< /Producer (kdgrid) /Title ");
    add_name(out, title);
    kd_str_add(out, " >>\nendobj\n");
    add_fonts(out, &at);
    for (size_t i = 0; i < p->strengths.count; i++) {
        begin_object(out, &at);
        kd_str_addf(out, "<< /Type /ExtGState /ca %.3f /CA %.3f >>\nendobj\n",
                    p->strengths.items[i], p->strengths.items[i]);
    }
    add_table(out, &at);
    kd_vec_fini(&at);
}

void kd_charts_pdf(kd_str *out, const kd_charts *charts)
{
    paper      p = { .draft = KD_STR_INIT };
    kd_placing placing = kd_charts_place(charts);

    /* pixels from the upper left corner, as drawings have them */
    kd_str_addf(&p.draft, "%.2f 0 0 -%.2f 0 %.2f cm 1 j\n", POINTS_A_PIXEL, POINTS_A_PIXEL,
                placing.height * POINTS_A_PIXEL);
    for (size_t i = 0; i < charts->count; i++) {
        const kd_drawing *drawing = &charts->items[i].drawing;
        kd_str_addf(&p.draft, "q 1 0 0 1 %.2f %.2f cm\n", placing.at[i].x, placing.at[i].y);
        for (size_t s = 0; s < drawing->shapes.count; s++) draw(&p, &drawing->shapes.items[s]);
        kd_str_add(&p.draft, "Q\n");
    }
    add_file(out, &p, &placing, charts->count > 0 ? charts->items[0].words.title : "kdgrid");
    kd_vec_fini(&p.strengths);
    kd_str_fini(&p.draft);
    free(placing.at);
}
