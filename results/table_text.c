/* table_text.c - entries, heads and sides, the same in every form. */
#include "results/table_text.h"

#include <math.h>
#include <string.h>

#include "results/format.h"

static void print_number(double x, int decimals, kd_str *out)
{
    if (decimals < 0)
        kd_format_exact(out, x);
    else
        kd_format_real(out, x, decimals);
}

void kd_entry_print(const kd_column *column, const kd_entry *entry, const char *plus_minus,
                    void (*escape)(kd_str *out, const char *text), kd_str *out)
{
    if (entry->kind == KD_ENTRY_ABSENT) {
        kd_str_add(out, "-");
    } else if (entry->text != NULL) {
        if (escape != NULL)
            escape(out, entry->text);
        else
            kd_str_add(out, entry->text);
    } else {
        print_number(entry->value * column->scale, column->decimals, out);
        if (entry->kind == KD_ENTRY_SPREAD && !isnan(entry->sd)) {
            kd_str_add(out, plus_minus);
            print_number(entry->sd * column->scale, column->decimals, out);
        }
    }
    if (entry->mark == NULL) return;
    if (escape != NULL)
        escape(out, entry->mark->sign);
    else
        kd_str_add(out, entry->mark->sign);
}

/* A top for each run of columns whose `of` is one text; the longest run. */
static size_t set_tops(const kd_table *table, kd_table_head *heads, bool is_by_group)
{
    size_t longest = 0, begin = 0;

    for (size_t c = 0; c < table->columns.count; c++) {
        const kd_column *column = &table->columns.items[c];
        const char      *top = is_by_group ? column->group : column->head;
        heads[c] = (kd_table_head){ NULL, column->title, 1 };
        if (column->group == NULL) continue;
        heads[c].top = top;
        heads[c].bottom = is_by_group ? column->head : column->group;
        if (c > 0 && heads[c - 1].top != NULL && strcmp(heads[c - 1].top, top) == 0)
            heads[begin].span++, heads[c].span = 0;
        else
            begin = c;
        if (heads[begin].span > longest) longest = heads[begin].span;
    }
    return longest;
}

bool kd_table_heads(const kd_table *table, kd_table_head *out)
{
    if (set_tops(table, out, true) > 1 || set_tops(table, out, false) > 1) return true;
    for (size_t c = 0; c < table->columns.count; c++)
        out[c] = (kd_table_head){ NULL, table->columns.items[c].title, 1 };
    return false;
}

bool kd_column_is_left(const kd_table *table, size_t column)
{
    kd_column_kind kind = table->columns.items[column].kind;
    double         number;

    if (kind == KD_COLUMN_NUMBER || kind == KD_COLUMN_SPREAD) return false;
    for (size_t row = 0; row < kd_table_row_count(table); row++) {
        const kd_entry *entry = kd_table_entry(table, row, column);
        if (entry->kind == KD_ENTRY_TEXT && !kd_parse_real(entry->text, &number)) return true;
    }
    return false;
}
