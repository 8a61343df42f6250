/* manual.c - `kdgrid manual DIR`: the manual pages, made from the tables that the help is made from.
 *
 *     DIR/man1/kdgrid.1              the program
 *     DIR/man1/kdgrid-data-stats.1   a page a verb, also of those with an owner
 *     DIR/man5/kdgrid.cfg.5          the experiment file, from what `kdgrid help config` prints
 *
 * Pages use the few macros of man(7) that every formatter has. The Markdown of the experiment file is our own:
 * headings, paragraphs, lists, one level of code, tables; nothing else is understood here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/program.h"
#include "harness/cmd/tour.h"
#include "harness/config/schema.h"

/* ---- text for the formatter ---- */

/* A piece of a line. A hyphen is typed as one, so that words can be copied from a page. */
static void add_text(kd_str *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bool opens = out->length == 0 || out->text[out->length - 1] == '\n';
        if (opens && (text[i] == '.' || text[i] == '\'')) kd_str_add(out, "\\&");
        if (text[i] == '\\')
            kd_str_add(out, "\\e");
        else if (text[i] == '-')
            kd_str_add(out, "\\-");
        else if (text[i] == '`')
            kd_str_add(out, "\\(ga");
        else if (text[i] == '^')
            kd_str_add(out, "\\(ha");
        else if (text[i] == '~')
            kd_str_add(out, "\\(ti");
        else
            kd_str_add_char(out, text[i]);
    }
}

static void add_words(kd_str *out, const char *text)
{
    add_text(out, text, strlen(text));
}

static void add_in(kd_str *out, char font, const char *text)
{
    kd_str_addf(out, "\\f%c", font);
    add_words(out, text);
    kd_str_add(out, "\\fR");
}

/* Lines that begin with a blank stay as they are, like the help's; the others are filled. */
static void add_paragraphs(kd_str *out, const char *text)
{
    bool is_kept = false, begins = false;
    for (size_t length; *text; text += length + (text[length] == '\n')) {
        bool keeps = *text == ' ';
        length = strcspn(text, "\n");
        if (keeps != is_kept && length > 0)
            kd_str_add(out, keeps ? ".PP\n.nf\n" : ".fi\n.PP\n");
        else if (begins && length > 0)
            kd_str_add(out, ".PP\n");
        begins = length == 0;
        if (begins) continue;
        is_kept = keeps;
        add_text(out, text, length);
        kd_str_add_char(out, '\n');
    }
    if (is_kept) kd_str_add(out, ".fi\n");
}

/* ---- a page ---- */

/* "data stats" as "kdgrid-data-stats" */
static char *page_name(const char *verb)
{
    char *name = kd_sprintf("kdgrid%s%s", *verb ? "-" : "", verb);
    for (char *c = name; *c; c++)
        if (*c == ' ') *c = '-';
    return name;
}

static void begin_page(kd_str *out, const char *name, int section, const char *summary)
{
    kd_str_add(out, ".\\\" Made by `kdgrid manual` from the program's own tables.\n.TH ");
    for (const char *c = name; *c; c++) {
        if (*c == '-') kd_str_add_char(out, '\\');
        kd_str_add_char(out, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
    }
    kd_str_addf(out, " %d \"\" \"kdgrid %s\" \"%s\"\n.SH NAME\n", section, kd_program_version,
                section == 1 ? "User Commands" : "File Formats");
    add_words(out, name);
    kd_str_add(out, " \\- ");
    add_words(out, summary);
    kd_str_add(out, "\n");
}

static void add_option(kd_str *out, const kd_arg *row)
{
    char letter[] = { '-', row->letter, 0 }, *name = kd_sprintf("--%s", row->name);
    kd_str_add(out, ".TP\n");
    if (row->letter) add_in(out, 'B', letter);
    if (row->letter) kd_str_add(out, ", ");
    add_in(out, 'B', name);
    if (row->value) kd_str_add_char(out, ' ');
    if (row->value) add_in(out, 'I', row->value);
    kd_str_add_char(out, '\n');
    add_words(out, row->help);
    kd_str_add_char(out, '\n');
    free(name);
}

static bool has_letter(const kd_arg *table, char letter)
{
    while (table->name && table->letter != letter) table++;
    return table->name != NULL;
}

/* ---- the walk ---- */

typedef struct {
    const char *folder;
    kd_str      refers; /* to the pages so far, for the program's own */
    kd_status   status;
    kd_error   *err;
} book;

static void write_page(book *b, const char *name, int section, const kd_str *page)
{
    if (b->status != KD_OK) return;
    char *path = kd_sprintf("%s/man%d/%s.%d", b->folder, section, name, section);
    b->status = kd_fs_write(path, page->text, page->length, b->err);
    free(path);
}

static void add_reference(kd_str *out, const char *name, int section)
{
    add_in(out, 'B', name);
    kd_str_addf(out, "(%d)", section);
}

/* A page's name and summary, in the list of another page. */
static void refer(kd_str *out, const char *verb, const char *summary)
{
    char *name = page_name(verb);
    kd_str_add(out, ".TP\n");
    add_reference(out, name, 1);
    kd_str_add_char(out, '\n');
    add_words(out, summary);
    kd_str_add_char(out, '\n');
    free(name);
}

/* Of a verb's page what stands above its options or its own verbs. */
static void open_verb(kd_str *page, const kd_tour_stop *stop, const char *usage, const char *about)
{
    char *name = page_name(stop->name);
    begin_page(page, name, 1, stop->summary);
    kd_str_add(page, ".SH SYNOPSIS\n\\fBkdgrid ");
    add_words(page, stop->name);
    kd_str_add(page, "\\fR ");
    add_words(page, usage);
    kd_str_add(page, "\n.SH DESCRIPTION\n");
    add_paragraphs(page, about);
    free(name);
}

static void close_verb(book *b, kd_str *page, const kd_tour_stop *stop)
{
    char *name = page_name(stop->name);
    kd_str_add(page, ".SH SEE ALSO\n");
    add_reference(page, "kdgrid", 1);
    kd_str_add(page, ", ");
    add_reference(page, "kdgrid.cfg", 5);
    kd_str_add(page, "\n");
    write_page(b, name, 1, page);
    if (!strchr(stop->name, ' ')) refer(&b->refers, stop->name, stop->summary);
    kd_str_fini(page);
    free(name);
}

static void write_verb(void *user, const kd_tour_stop *stop, const kd_args *args)
{
    kd_str page = KD_STR_INIT;
    open_verb(&page, stop, args->usage, args->about);
    kd_str_add(&page, ".SH OPTIONS\n");
    for (const kd_arg *row = args->table; row->name; row++) add_option(&page, row);
    add_option(&page, &(kd_arg){ .letter = has_letter(args->table, 'h') ? 0 : 'h',
                                 .name = "help",
                                 .help = "show what is on this page" });
    close_verb(user, &page, stop);
}

static void write_table(void *user, const kd_tour_stop *stop, const kd_verb_table *table)
{
    kd_str page = KD_STR_INIT;
    open_verb(&page, stop, "VERB [OPTION]... [ARGUMENT]...", table->about);
    kd_str_add(&page, ".SH VERBS\n");
    for (int i = 0; i < table->count; i++) {
        char *verb = kd_sprintf("%s %s", stop->name, table->verbs[i].name);
        refer(&page, verb, table->verbs[i].summary);
        free(verb);
    }
    close_verb(user, &page, stop);
}

static void write_program(book *b)
{
    kd_str page = KD_STR_INIT;
    begin_page(&page, "kdgrid", 1,
               "knowledge-distillation studies for biomedical text mining on a CPU cluster");
    kd_str_add(
        &page,
        ".SH SYNOPSIS\n\\fBkdgrid\\fR \\fIVERB\\fR [OPTION]... [ARGUMENT]...\n"
        ".SH DESCRIPTION\n"
        "kdgrid reads an experiment file, works out every model that has to be trained, runs\n"
        "what is missing on MPI workers, keeps each result as one HDF5 object in a store, and\n"
        "prints the tables of a paper with their statistics. A run that was stopped or killed\n"
        "is continued by the same command.\n.SH VERBS\n");
    kd_str_add(&page, b->refers.text);
    kd_str_add(&page, ".SH EXIT STATUS\n");
    for (int i = 0; i < KD_STATUS_COUNT; i++) {
        kd_str_addf(&page, ".TP\n%d\n", kd_status_exit((kd_status)i));
        add_words(&page, kd_status_meaning((kd_status)i));
        kd_str_add_char(&page, '\n');
    }
    kd_str_add(&page, ".SH ENVIRONMENT\n"
                      ".TP\n\\fBKDGRID_LOG\\fR\n"
                      "error, warning or info: what is said on standard error.\n"
                      ".TP\n\\fBKDGRID_DATA\\fR\n"
                      "a folder below which corpora and checkpoints are looked for.\n"
                      ".TP\n\\fBKDGRID_SITE\\fR\n"
                      "the file of what a site says for all its SLURM jobs; without it\n"
                      "~/.config/kdgrid/site.cfg.\n"
                      ".TP\n\\fBNO_COLOR\\fR\n"
                      "no colours, no moving progress bar.\n"
                      ".SH SEE ALSO\n");
    add_reference(&page, "kdgrid.cfg", 5);
    kd_str_add(&page, ", \\fBmpirun\\fR(1), \\fBsbatch\\fR(1)\n");
    write_page(b, "kdgrid", 1, &page);
    kd_str_fini(&page);
}

/* ---- the experiment file ---- */

/* `code` and **words** in bold, \| as |, the rest as it is. */
static void add_markdown(kd_str *out, const char *text, size_t length)
{
    bool is_bold = false;
    for (size_t i = 0; i < length; i++) {
        bool is_pair = i + 1 < length && text[i] == '*' && text[i + 1] == '*';
        if (text[i] == '`' || is_pair) {
            is_bold = !is_bold;
            kd_str_add(out, is_bold ? "\\fB" : "\\fR");
            i += is_pair;
        } else if (text[i] != '\\' || i + 1 == length || text[i + 1] != '|') {
            add_text(out, text + i, 1);
        }
    }
}

/* | `key` | type | default | values | only for | meaning | */
static void add_setting(kd_str *out, const char *line, size_t length)
{
    enum { KEY, TYPE, DEFAULT, VALUES, ONLY, MEANING, FIELDS };
    const char *begin[FIELDS] = { 0 }, *end = line + length;
    size_t      size[FIELDS] = { 0 };
    const char *at = line + 2;
    for (int f = 0; f < FIELDS && at < end; f++) {
        const char *bar = f == MEANING ? end - 2 : memmem(at, (size_t)(end - at), " | ", 3);
        if (!bar) return;
        begin[f] = at;
        size[f] = bar > at ? (size_t)(bar - at) : 0;
        at = bar + 3;
    }
    if (!begin[MEANING] || *begin[KEY] != '`') return; /* the line of titles, the line below it */
    kd_str_add(out, ".TP\n");
    add_markdown(out, begin[KEY], size[KEY]);
    kd_str_addf(out, " (%.*s", (int)size[TYPE], begin[TYPE]);
    if (size[VALUES]) kd_str_add(out, ": ");
    add_markdown(out, begin[VALUES], size[VALUES]);
    if (size[DEFAULT]) kd_str_add(out, "; ");
    add_markdown(out, begin[DEFAULT], size[DEFAULT]);
    kd_str_add(out, ")\n");
    add_markdown(out, begin[MEANING], size[MEANING]);
    if (size[ONLY]) kd_str_add(out, ". Only for ");
    add_markdown(out, begin[ONLY], size[ONLY]);
    kd_str_add(out, ".\n");
}

/* A paragraph begins by itself after a heading, and is begun once. */
static bool wants_paragraph(const kd_str *page)
{
    size_t at = page->length;
    while (at > 1 && page->text[at - 2] != '\n') at--;
    at -= at > 0;
    return !kd_starts_with(page->text + at, ".S") && !kd_starts_with(page->text + at, ".PP");
}

static void add_document_line(kd_str *out, const char *line, size_t length)
{
    if (length == 0)
        kd_str_add(out, wants_paragraph(out) ? ".PP\n" : "");
    else if (kd_starts_with(line, "## "))
        kd_str_add(out, ".SS "), add_text(out, line + 3, length - 3), kd_str_add(out, "\n");
    else if (kd_starts_with(line, "| "))
        add_setting(out, line, length);
    else if (kd_starts_with(line, "- "))
        kd_str_add(out, ".IP \\(bu 2\n"), add_markdown(out, line + 2, length - 2),
            kd_str_add(out, "\n");
    else if (!kd_starts_with(line, "# ") && !kd_starts_with(line, "<!--") && *line != '|') {
        size_t blanks = strspn(line, " ");
        add_markdown(out, line + blanks, length - blanks);
        kd_str_add(out, "\n");
    }
}

/* A paragraph that holds nothing, before another macro that begins one, is an error to some formatters. */
static void drop_empty_paragraphs(kd_str *page)
{
    static const char *const after[] = { ".PP\n.SS", ".PP\n.TP", ".PP\n.IP", ".PP\n.SH" };
    for (size_t i = 0; i < sizeof after / sizeof *after; i++)
        for (char *at; (at = strstr(page->text, after[i])) != NULL;) {
            memmove(at, at + 4, strlen(at + 4) + 1);
            kd_str_cut(page, page->length - 4);
        }
}

static void write_experiment_file(book *b)
{
    kd_str page = KD_STR_INIT, text = KD_STR_INIT;
    bool   is_code = false;
    kd_schema_document(&text);
    begin_page(&page, "kdgrid.cfg", 5, "the experiment file of kdgrid");
    kd_str_add(&page, ".SH DESCRIPTION\n");
    for (const char *line = text.text; *line;) {
        size_t length = strcspn(line, "\n");
        if (kd_starts_with(line, "```")) {
            is_code = !is_code;
            kd_str_add(&page, is_code ? ".nf\n" : ".fi\n");
        } else if (is_code) {
            add_text(&page, line, length);
            kd_str_add(&page, "\n");
        } else {
            add_document_line(&page, line, length);
        }
        line += length + (line[length] == '\n');
    }
    kd_str_add(&page, ".SH SEE ALSO\n");
    add_reference(&page, "kdgrid", 1);
    kd_str_add(&page, ", ");
    add_reference(&page, "kdgrid-plan", 1);
    kd_str_add(&page, "\n");
    drop_empty_paragraphs(&page);
    write_page(b, "kdgrid.cfg", 5, &page);
    kd_str_fini(&text);
    kd_str_fini(&page);
}

/* ---- the verb ---- */

static kd_status make_folders(const char *folder, kd_error *err)
{
    static const char *const sections[] = { "man1", "man5" };
    kd_status                status = KD_OK;
    for (int i = 0; i < 2 && status == KD_OK; i++) {
        char *path = kd_fs_join(folder, sections[i]);
        status = kd_fs_make_folders(path, err);
        free(path);
    }
    return status;
}

static kd_status write_book(const char *folder, kd_error *err)
{
    book      b = { .folder = folder, .refers = KD_STR_INIT, .err = err };
    kd_status status = make_folders(folder, err);
    if (status == KD_OK) status = kd_tour((kd_tour_visitor){ write_table, write_verb, &b }, err);
    if (status == KD_OK) {
        write_program(&b);
        write_experiment_file(&b);
        status = b.status;
    }
    kd_str_fini(&b.refers);
    return status;
}

kd_status kd_cmd_manual(int argc, char **argv, kd_error *err)
{
    const kd_arg table[] = { KD_ARG_END };
    kd_args      args = { "manual", "DIR",
                          "Writes the manual pages: DIR/man1 has one for the program and one for each "
                               "verb,\nDIR/man5 that of the experiment file. They are read with "
                               "`man -l FILE`, or with\n`man kdgrid-run` where DIR is in MANPATH.",
                          table };
    kd_status    status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    status = kd_args_expect(&args, 1, 1, err);
    return status == KD_OK ? write_book(args.words[0], err) : status;
}
