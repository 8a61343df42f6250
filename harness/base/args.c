/* args.c - options read from a table, and the help page made from it. */
#include "harness/base/args.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const kd_arg *find_name(const kd_arg *table, const char *name, size_t length)
{
    for (; table->name; table++)
        if (strlen(table->name) == length && strncmp(table->name, name, length) == 0) return table;
    return NULL;
}

static const kd_arg *find_letter(const kd_arg *table, char letter)
{
    for (; table->name; table++)
        if (table->letter == letter) return table;
    return NULL;
}

static kd_status unknown_option(const kd_args *args, const char *name, size_t length, kd_error *err)
{
    const char *names[64];
    size_t      count = 0;
    for (const kd_arg *row = args->table; row->name && count < 63; row++)
        names[count++] = row->name;
    names[count++] = "help";
    char       *word = kd_strndup(name, length);
    const char *near = kd_nearest(word, names, count);
    kd_status   status = kd_fail(err, KD_EUSAGE, "%s: no option --%s%s%s%s", args->verb, word,
                               near ? ", did you mean --" : "", near ? near : "", near ? "?" : "");
    free(word);
    return status;
}

static kd_status put_value(const kd_args *args, const kd_arg *row, const char *value, kd_error *err)
{
    long long whole;
    switch (row->type) {
    case KD_ARG_FLAG:
        *(bool *)row->out = true;
        return KD_OK;
    case KD_ARG_TEXT:
        *(const char **)row->out = value;
        return KD_OK;
    case KD_ARG_INT:
        if (!kd_parse_int(value, &whole) || whole < INT_MIN || whole > INT_MAX)
            return kd_fail(err, KD_EUSAGE, "%s: --%s expects a whole number, found %s", args->verb,
                           row->name, value);
        *(int *)row->out = (int)whole;
        return KD_OK;
    case KD_ARG_REAL:
        if (!kd_parse_real(value, row->out))
            return kd_fail(err, KD_EUSAGE, "%s: --%s expects a number, found %s", args->verb,
                           row->name, value);
        return KD_OK;
    case KD_ARG_LIST: {
        kd_arg_list *list = row->out;
        list->items = kd_realloc(list->items, list->count + 1, sizeof *list->items);
        list->items[list->count++] = value;
        return KD_OK;
    }
    }
    return kd_fail(err, KD_EBUG, "an option of no type");
}

/* What is read so far: where the next argument is, and how many plain words were kept. */
typedef struct {
    kd_args *args;
    int      argc;
    char   **argv;
    int      next;
} reader;

/* The value of an option: what is attached to it, or the next argument. */
static kd_status take_value(reader *r, const kd_arg *row, const char *attached, kd_error *err)
{
    if (row->type == KD_ARG_FLAG && attached)
        return kd_fail(err, KD_EUSAGE, "%s: --%s takes no value", r->args->verb, row->name);
    if (row->type != KD_ARG_FLAG && !attached) {
        if (r->next >= r->argc)
            return kd_fail(err, KD_EUSAGE, "%s: --%s expects %s", r->args->verb, row->name,
                           row->value);
        attached = r->argv[r->next++];
    }
    return put_value(r->args, row, attached, err);
}

static kd_status read_long(reader *r, const char *text, kd_error *err)
{
    size_t length = strcspn(text, "=");
    if (length == 4 && strncmp(text, "help", 4) == 0) {
        r->args->helped = true;
        return KD_OK;
    }
    const kd_arg *row = find_name(r->args->table, text, length);
    if (!row) return unknown_option(r->args, text, length, err);
    return take_value(r, row, text[length] ? text + length + 1 : NULL, err);
}

static kd_status read_letters(reader *r, const char *letters, kd_error *err)
{
    for (; *letters; letters++) {
        const kd_arg *row = find_letter(r->args->table, *letters);
        if (!row && *letters == 'h') {
            r->args->helped = true;
            return KD_OK;
        }
        if (!row) return kd_fail(err, KD_EUSAGE, "%s: no option -%c", r->args->verb, *letters);
        if (row->type != KD_ARG_FLAG)
            return take_value(r, row, letters[1] ? letters + 1 : NULL, err);
        put_value(r->args, row, NULL, err);
    }
    return KD_OK;
}

static kd_args_reader page_reader;

void kd_args_read_pages(kd_args_reader to)
{
    page_reader = to;
}

static void show_page(const kd_args *args)
{
    kd_str page = KD_STR_INIT;
    if (page_reader.read) {
        page_reader.read(page_reader.user, args);
        return;
    }
    kd_args_page(args, &page);
    fputs(page.text, stdout);
    kd_str_fini(&page);
}

kd_status kd_args_parse(kd_args *args, int argc, char **argv, kd_error *err)
{
    reader    r = { args, argc, argv, 1 };
    kd_status status = KD_OK;
    bool      only_words = false;
    args->words = argv + 1;
    args->count = 0;
    while (r.next < argc && status == KD_OK && !args->helped) {
        char *text = argv[r.next++];
        if (only_words || text[0] != '-' || !text[1])
            args->words[args->count++] = text;
        else if (strcmp(text, "--") == 0)
            only_words = true;
        else if (text[1] == '-')
            status = read_long(&r, text + 2, err);
        else
            status = read_letters(&r, text + 1, err);
    }
    if (status == KD_OK && args->helped) show_page(args);
    return status;
}

kd_status kd_args_expect(const kd_args *args, int least, int most, kd_error *err)
{
    if (args->count < least)
        return kd_fail(err, KD_EUSAGE, "%s: something is missing; usage: kdgrid %s %s", args->verb,
                       args->verb, args->usage);
    if (most >= 0 && args->count > most)
        return kd_fail(err, KD_EUSAGE, "%s: do not know what to do with '%s'; usage: kdgrid %s %s",
                       args->verb, args->words[most], args->verb, args->usage);
    return KD_OK;
}

enum { MARGIN = 30, WIDTH = 80 }; /* where help begins, and where a terminal ends */

/* Words up to the end of a line, filled up to the width; `column` is where the text stands, and returned
 * is where it does then. */
static size_t add_filled(kd_str *out, const char *words, size_t margin, size_t column)
{
    while (*words && *words != '\n') {
        size_t length = strcspn(words, " \n");
        if (column > margin && column + 1 + length > WIDTH) {
            kd_str_addf(out, "\n%*s", (int)margin, "");
            column = margin;
        } else if (column > margin) {
            kd_str_add_char(out, ' ');
            column++;
        }
        kd_str_add_bytes(out, words, length);
        column += length;
        words += length + (words[length] == ' ');
    }
    return column;
}

/* Lines are filled anew, but for those that begin with a blank, which are pictures, and empty ones. */
static void add_paragraphs(kd_str *out, const char *text)
{
    size_t column = 0;
    while (*text) {
        size_t length = strcspn(text, "\n");
        bool   is_kept = length == 0 || *text == ' ';
        if (is_kept && column > 0) kd_str_add_char(out, '\n');
        if (is_kept) kd_str_addf(out, "%.*s\n", (int)length, text);
        column = is_kept ? 0 : add_filled(out, text, 0, column);
        text += length + (text[length] == '\n');
    }
    if (column > 0) kd_str_add_char(out, '\n');
}

static void add_option(kd_str *out, char letter, const char *name, const char *value,
                       const char *help)
{
    char left[80], dash[8] = "    ";
    if (letter) snprintf(dash, sizeof dash, "-%c, ", letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", dash, name, value ? " " : "", value ? value : "");
    if (strlen(left) < MARGIN)
        kd_str_addf(out, "%-*s", MARGIN, left);
    else
        kd_str_addf(out, "%s\n%*s", left, MARGIN, "");
    add_filled(out, help, MARGIN, MARGIN);
    kd_str_add_char(out, '\n');
}

void kd_args_page(const kd_args *args, kd_str *out)
{
    kd_str_addf(out, "usage: kdgrid %s %s\n\n", args->verb, args->usage);
    add_paragraphs(out, args->about);
    kd_str_add(out, "\noptions:\n");
    for (const kd_arg *row = args->table; row->name; row++)
        add_option(out, row->letter, row->name, row->value, row->help);
    add_option(out, find_letter(args->table, 'h') ? 0 : 'h', "help", NULL, "show this page");
}

void kd_args_fini(kd_args *args)
{
    for (const kd_arg *row = args->table; row->name; row++) {
        if (row->type != KD_ARG_LIST) continue;
        kd_arg_list *list = row->out;
        free(list->items);
        *list = (kd_arg_list){ NULL, 0 };
    }
}
