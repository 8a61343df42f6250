/* rows.c - widths first, then lines. */
#include "harness/cmd/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness/base/json.h"
#include "harness/base/log.h"
#include "harness/review/find.h"
#include "results/format.h"

enum { FLUSH = 1 << 16, TEXT_MOST = 28, NO_TERMINAL = 80 };

size_t kd_rows_terminal(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return NO_TERMINAL;
}

/* What is buffered goes out when it is much, or at the end. */
static void flush_beyond(kd_str *out, size_t most)
{
    if (out->length <= most) return;
    fwrite(out->text, 1, out->length, stdout);
    kd_str_reset(out);
}

/* ---- for a reader ---- */

typedef struct {
    const kd_listing_column *column;
    char                     title[128];
    size_t                   width;
    bool                     is_left, is_left_out;
} shown;

typedef struct {
    const kd_listing *listing;
    shown            *columns;
    size_t            count;
    int               digits; /* of an id */
    kd_str            cell;   /* reused */
} text_table;

/* The last part of a key where no other column ends alike; a metric's own title. */
static void set_title(shown *s, const kd_listing_columns *columns)
{
    const kd_listing_column *column = s->column;
    const char *dot = column->kind == KD_LISTING_SETTING ? strrchr(column->name, '.') : NULL;
    const char *title = dot ? dot + 1 : column->name;
    for (size_t i = 0; dot && i < columns->count; i++) {
        const kd_listing_column *other = &columns->items[i];
        if (other->kind == KD_LISTING_SETTING && other != column &&
            kd_ends_with(other->name, title))
            title = column->name;
    }
    if (column->kind == KD_LISTING_METRIC) title = column->metric.title;
    snprintf(s->title, sizeof s->title, "%s", title);
}

static void cut_text(kd_str *out, size_t most)
{
    if (kd_utf8_width(out->text) <= most) return;
    size_t width = 0, at = 0;
    for (; width < most - 3; width++) do
            at++;
        while (((unsigned char)out->text[at] & 0xC0) == 0x80);
    kd_str_cut(out, at);
    kd_str_add(out, "...");
}

/* "running 3/12" */
static void add_state(kd_str *out, const kd_listed *cell)
{
    kd_str_add(out, cell->state);
    if (cell->live && cell->live->point.epochs > 0)
        kd_str_addf(out, " %d/%d", cell->live->point.epoch, cell->live->point.epochs);
}

static const char *print_cell(text_table *t, const kd_listing_column *column, const kd_listed *cell)
{
    char             id[KD_ID_TEXT];
    kd_listing_value value = kd_listing_read(column, cell, id);
    kd_str_reset(&t->cell);
    if (column->kind == KD_LISTING_ID)
        kd_str_add_bytes(&t->cell, id, (size_t)t->digits);
    else if (column->kind == KD_LISTING_STATE)
        add_state(&t->cell, cell);
    else if (value.text)
        kd_str_add_visible(&t->cell, value.text, strlen(value.text));
    else if (!isnan(value.number))
        kd_format_real(&t->cell, value.number, column->metric.decimals);
    if (t->cell.length == 0) kd_str_add_char(&t->cell, '-');
    if (column->kind == KD_LISTING_SETTING) cut_text(&t->cell, TEXT_MOST);
    return t->cell.text;
}

static void measure(text_table *t, shown *s)
{
    double number;
    s->is_left = s->column->kind < KD_LISTING_SETTING;
    s->width = kd_utf8_width(s->title);
    for (size_t i = 0; i < t->listing->cells.count; i++) {
        const char *text = print_cell(t, s->column, kd_listed_of(t->listing->cells.items[i]));
        size_t      width = kd_utf8_width(text);
        if (width > s->width) s->width = width;
        if (!s->is_left && strcmp(text, "-") != 0 && !kd_parse_real(text, &number))
            s->is_left = true;
    }
}

static size_t total_width(const text_table *t)
{
    size_t total = 0;
    for (size_t i = 0; i < t->count; i++)
        if (!t->columns[i].is_left_out) total += t->columns[i].width + (total > 0 ? 2 : 0);
    return total;
}

/* The column to go: the last setting, the seed after the others; then the last metric. NULL for none. */
static shown *find_least(text_table *t)
{
    shown *seed = NULL, *metric = NULL;
    for (size_t i = t->count; i-- > 1;) {
        shown *s = &t->columns[i];
        bool   is_seed = strcmp(s->column->name, "seed") == 0;
        if (s->is_left_out) continue;
        if (s->column->kind == KD_LISTING_SETTING && !is_seed) return s;
        if (is_seed) seed = s;
        if (s->column->kind == KD_LISTING_METRIC && !metric) metric = s;
    }
    return seed ? seed : metric;
}

static void fit(text_table *t, size_t width)
{
    kd_str left_out = KD_STR_INIT;
    size_t count = 0, kept = 0;
    for (shown *least; total_width(t) > width && (least = find_least(t)) != NULL;)
        least->is_left_out = true;
    for (size_t i = 0; i < t->count; i++) {
        if (t->columns[i].is_left_out)
            kd_str_addf(&left_out, "%s%s", count++ ? ", " : "", t->columns[i].column->name);
        else
            t->columns[kept++] = t->columns[i];
    }
    if (count > 0)
        kd_log_info("%zu column%s of %zu %s left out (--wide has all): %s", count,
                    count == 1 ? "" : "s", t->count, count == 1 ? "is" : "are", left_out.text);
    t->count = kept;
    kd_str_fini(&left_out);
}

static void add_field(kd_str *out, const text_table *t, size_t c, const char *text)
{
    const shown *s = &t->columns[c];
    bool         is_last = c + 1 == t->count;
    int          fill = (int)(s->width - kd_utf8_width(text));
    if (c > 0) kd_str_add(out, "  ");
    if (!s->is_left) kd_str_addf(out, "%*s", fill, "");
    kd_str_add(out, text);
    if (s->is_left && !is_last) kd_str_addf(out, "%*s", fill, "");
}

static int digits_of(const kd_listing *listing)
{
    size_t count = listing->cells.count;
    kd_id *ids = kd_alloc(count + 1, sizeof *ids);
    for (size_t i = 0; i < count; i++) ids[i] = listing->cells.items[i]->id;
    int digits = kd_find_digits(ids, count);
    free(ids);
    return digits;
}

void kd_rows_text(const kd_listing *listing, const kd_listing_columns *columns, size_t width)
{
    kd_str     out = KD_STR_INIT;
    text_table t = { .listing = listing,
                     .columns = kd_alloc(columns->count + 1, sizeof *t.columns),
                     .count = columns->count,
                     .digits = digits_of(listing),
                     .cell = KD_STR_INIT };
    for (size_t c = 0; c < t.count; c++) {
        t.columns[c].column = &columns->items[c];
        set_title(&t.columns[c], columns);
        measure(&t, &t.columns[c]);
    }
    if (width > 0) fit(&t, width);
    for (size_t c = 0; c < t.count; c++) add_field(&out, &t, c, t.columns[c].title);
    kd_str_add_char(&out, '\n');
    for (size_t i = 0; i < listing->cells.count; i++) {
        for (size_t c = 0; c < t.count; c++)
            add_field(&out, &t, c,
                      print_cell(&t, t.columns[c].column, kd_listed_of(listing->cells.items[i])));
        kd_str_add_char(&out, '\n');
        flush_beyond(&out, FLUSH);
    }
    flush_beyond(&out, 0);
    kd_str_fini(&out);
    kd_str_fini(&t.cell);
    free(t.columns);
}

/* ---- for programs ---- */

void kd_rows_csv(const kd_listing *listing, const kd_listing_columns *columns, bool is_raw)
{
    kd_str out = KD_STR_INIT;
    for (size_t c = 0; c < columns->count; c++) {
        if (c > 0) kd_str_add_char(&out, ',');
        kd_format_csv(&out, columns->items[c].name, is_raw);
    }
    kd_str_add_char(&out, '\n');
    for (size_t i = 0; i < listing->cells.count; i++) {
        for (size_t c = 0; c < columns->count; c++) {
            char             id[KD_ID_TEXT];
            kd_listing_value value =
                kd_listing_read(&columns->items[c], kd_listed_of(listing->cells.items[i]), id);
            if (c > 0) kd_str_add_char(&out, ',');
            if (value.text)
                kd_format_csv(&out, value.text, is_raw);
            else
                kd_format_exact(&out, value.number);
        }
        kd_str_add_char(&out, '\n');
        flush_beyond(&out, FLUSH);
    }
    flush_beyond(&out, 0);
    kd_str_fini(&out);
}

static void put_value(kd_json_writer *w, const kd_listing_column *column, const kd_listed *cell)
{
    char             id[KD_ID_TEXT];
    kd_listing_value value = kd_listing_read(column, cell, id);
    long long        whole;
    double           real;
    bool             truth;
    kd_json_key(w, column->name);
    if (!value.text)
        kd_json_real(w, value.number);
    else if (column->is_number && kd_parse_int(value.text, &whole))
        kd_json_int(w, whole);
    else if (column->is_number && kd_parse_real(value.text, &real))
        kd_json_real(w, real);
    else if (column->is_bool && kd_parse_bool(value.text, &truth))
        kd_json_bool(w, truth);
    else
        kd_json_text(w, value.text);
}

void kd_rows_json(const kd_listing *listing, const kd_listing_columns *columns, bool are_items)
{
    kd_str out = KD_STR_INIT;
    for (size_t i = 0; i < listing->cells.count; i++) {
        kd_json_writer w;
        bool           is_last = i + 1 == listing->cells.count;
        kd_json_start(&w, &out, 0);
        kd_json_begin(&w, '{');
        for (size_t c = 0; c < columns->count; c++)
            put_value(&w, &columns->items[c], kd_listed_of(listing->cells.items[i]));
        kd_json_end(&w, '}');
        kd_str_add(&out, are_items && !is_last ? ",\n" : "\n");
        flush_beyond(&out, FLUSH);
    }
    flush_beyond(&out, 0);
    kd_str_fini(&out);
}
