/* schema_explain.c - one setting, or the keys of a group, on a page for a terminal. */
#include <stdlib.h>
#include <string.h>

#include "distill/method.h"
#include "harness/config/schema_internal.h"
#include "harness/config/slurm_options.h"

enum { TEXT_FROM = 13, METHOD_FROM = 17 };

static const struct {
    unsigned    reader;
    const char *words;
} readers[] = {
    { KD_READ_CORPUS, "the corpus" },
    { KD_READ_STUDENT, "the student" },
    { KD_READ_TEACHER, "the teacher" },
    { KD_READ_TARGETS, "the teacher's targets" },
    { KD_READ_STATES, "the teacher's states" },
    { KD_READ_START, "the fine-tuned start of a student" },
    { KD_READ_READING, "the corpus as the teacher reads it" },
};

static void add_wrapped(kd_str *out, const char *name, int from, const char *text)
{
    kd_str_add(out, "  ");
    kd_str_add_filled(out, name, 2, from, text);
}

static void add_entry(kd_str *out, const char *name, const char *text)
{
    add_wrapped(out, name, TEXT_FROM, text);
}

static void add_entry_taken(kd_str *out, const char *name, kd_str *text)
{
    add_entry(out, name, text->text);
    kd_str_fini(text);
}

/* A line for each method where the choice is one of them, for its file says what it does. */
static void add_methods(kd_str *out, const kd_setting *row)
{
    kd_str words = KD_STR_INIT;
    kd_setting_print_choices(row, &words);
    kd_str_add_char(out, '\n');
    for (char *rest = words.text, *word; (word = strtok_r(rest, " ", &rest)) != NULL;) {
        const kd_method *method = kd_method_find(word);
        if (method) add_wrapped(out, word, METHOD_FROM, method->about);
    }
    kd_str_fini(&words);
}

/* Who reads it, and under which other settings. */
static void add_readers(kd_str *out, const kd_schema_row *row)
{
    const kd_schema_row *rows = kd_schema_rows(NULL);
    kd_str               text = KD_STR_INIT;
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (row->readers & readers[i].reader)
            kd_str_addf(&text, "%s%s", text.length ? ", " : "", readers[i].words);
    if (row->selector >= 0)
        kd_str_addf(&text, "; where %s is one of: %s", rows[row->selector].key,
                    row->setting->used_by);
    if (row->gate >= 0 && strcmp(row->gate_words, "*") == 0)
        kd_str_addf(&text, "; where %s is not empty", rows[row->gate].key);
    else if (row->gate >= 0)
        kd_str_addf(&text, "; where %s is %s%s", rows[row->gate].key,
                    *row->gate_words == '!' ? "not " : "",
                    row->gate_words + (*row->gate_words == '!'));
    add_entry_taken(out, "read by", &text);
}

/* "study = { student = { hidden = 300; }; };" */
static void add_place(kd_str *out, const char *key, const kd_setting *row, bool is_slurm)
{
    kd_str text = KD_STR_INIT;
    int    open = 0;
    if (!is_slurm) kd_str_add(&text, "study = { "), open++;
    for (const char *dot; (dot = strchr(key, '.')) != NULL; key = dot + 1, open++)
        kd_str_addf(&text, "%.*s = { ", (int)(dot - key), key);
    bool is_word = row->type == KD_SETTING_TEXT || row->type == KD_SETTING_CHOICE;
    kd_str_addf(&text, is_word ? "%s = \"%s\";" : "%s = %s;", key, row->fallback);
    while (open-- > 0) kd_str_add(&text, " };");
    add_entry_taken(out, "in a file", &text);
}

/* The page has a heading for each group. */
static void add_docs(kd_str *out, const char *key)
{
    const char *dot = strrchr(key, '.');
    kd_str      text = KD_STR_INIT;
    kd_str_addf(&text, "docs/CONFIG.md, %.*s", dot ? (int)(dot - key) : 4, dot ? key : "cell");
    add_entry_taken(out, "docs", &text);
}

static void explain_row(kd_str *out, const char *key, const kd_setting *setting,
                        const kd_schema_row *row)
{
    kd_str range = KD_STR_INIT, over = KD_STR_INIT;
    kd_str_addf(out, "%s\n", key);
    add_wrapped(out, "", 2, setting->help);
    kd_str_add_char(out, '\n');
    add_entry(out, "type", kd_schema_type_word(setting));
    kd_schema_add_range(setting, &range);
    if (range.length) add_entry(out, "values", range.text);
    add_entry(out, "default", *setting->fallback ? setting->fallback : "nothing");
    if (row && row->follows)
        add_entry(out, "set by", row->follows);
    else {
        if (row) add_readers(out, row);
        add_place(out, key, setting, row == NULL);
        if (row)
            kd_str_addf(&over, "-D %s=%s", key, *setting->fallback ? setting->fallback : "...");
        if (row) add_entry(out, "over it", over.text);
        add_docs(out, key);
    }
    if (strcmp(setting->key, "method") == 0) add_methods(out, setting);
    kd_str_fini(&range);
    kd_str_fini(&over);
}

/* ---- groups ---- */

/* A line for each key; nothing of what no study sets. */
static void list_table(kd_str *out, const kd_setting *table, const char *prefix)
{
    for (; table->key; table++) {
        char *key = kd_sprintf("%s%s", prefix, table->key);
        int   number = kd_schema_find(key);
        if (number < 0 || !kd_schema_rows(NULL)[number].follows)
            kd_str_addf(out, "  %-34s %s\n", key, *table->fallback ? table->fallback : "-");
        free(key);
    }
}

static bool is_of_group(const char *prefix, const char *name, size_t length)
{
    return strncmp(prefix, name, length) == 0 && prefix[length] == '.';
}

static void explain_group(kd_str *out, const char *name, size_t length)
{
    const char *last = "";
    kd_str_addf(out, "%.*s\n", (int)length, name);
    for (const kd_schema_room *room = kd_schema_rooms; room->prefix; room++) {
        if (!is_of_group(room->prefix, name, length)) continue;
        kd_str_addf(out, "\n%s\n", room->about);
        list_table(out, kd_schema_table(room), room->prefix);
        last = room->prefix;
    }
    if (!*last) list_table(out, kd_slurm_settings, "slurm.");
    kd_str_add(out, "\nBeside each key stands its default; `kdgrid help KEY` says more.\n");
}

static const kd_setting *find_slurm(const char *word)
{
    return kd_starts_with(word, "slurm.") ? kd_setting_find(kd_slurm_settings, word + 6) : NULL;
}

bool kd_schema_explain(const char *word, kd_str *out)
{
    size_t            length = strlen(word);
    int               number = kd_schema_find(word);
    const kd_setting *slurm = find_slurm(word);
    if (number >= 0) {
        const kd_schema_row *row = &kd_schema_rows(NULL)[number];
        explain_row(out, row->key, row->setting, row);
        return true;
    }
    if (slurm) {
        explain_row(out, word, slurm, NULL);
        return true;
    }
    if (length > 0 && word[length - 1] == '.') length--;
    char *name = kd_strndup(word, length);
    bool  is_group = kd_schema_has_group(name) || strcmp(name, "slurm") == 0;
    if (is_group) explain_group(out, name, length);
    free(name);
    return is_group;
}
