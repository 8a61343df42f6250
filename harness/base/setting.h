/* setting.h - settings as rows of a table: one list for defaults, ranges, help and parsing.
 *
 * A room that can be configured publishes an open struct and the table of its rows:
 *
 *     typedef struct { int epochs; double lr; kd_schedule schedule; } kd_train_options;
 *     extern const kd_setting kd_train_settings[];      // ends with a row whose key is NULL
 *
 * The configuration puts a prefix before each key ("train.lr"), checks values, finds the
 * place of a mistake and writes docs/CONFIG.md from the rows; a cell fills the struct. The
 * text form of a value is canonical: parsing it and printing it again gives the same text,
 * so equal settings have equal digests.
 *
 * Where a value is one of several words the member is an enum, and the words stand beside its
 * constants in one list, so that code cannot ask for a word that does not exist:
 *
 *     #define KD_SCHEDULES(X) X(CONSTANT, "constant") X(LINEAR, "linear") X(COSINE, "cosine")
 *     #define X(name, word) { word, KD_SCHEDULE_##name },
 *     static const kd_choice schedules[] = { KD_SCHEDULES(X) KD_CHOICE_END };
 */
#ifndef KD_BASE_SETTING_H
#define KD_BASE_SETTING_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/status.h"
#include "harness/base/str.h"

typedef enum {
    KD_SETTING_BOOL,   /* bool */
    KD_SETTING_INT,    /* int */
    KD_SETTING_REAL,   /* double */
    KD_SETTING_TEXT,   /* char[size] inside the struct */
    KD_SETTING_CHOICE, /* an enum, by its words */
} kd_setting_type;

/* A word and the constant that it stands for. */
typedef struct {
    const char *word; /* NULL ends a list */
    int         value;
} kd_choice;

/* What a row says of itself to those who know settings only by their rows. */
typedef enum {
    KD_ROW_PATH = 1,   /* its value may be a path: what is there counts, never its name */
    KD_ROW_TOLD = 2,   /* no number depends on it, so it is part of no id */
    KD_ROW_KIND = 4,   /* what has to be made, and out of what, depends on it */
    KD_ROW_LAYERS = 8, /* which layers of a teacher are looked at depends on it */
    KD_ROW_SIZE = 16,  /* the size of a network depends on it, though it is none of its settings */
    KD_ROW_LIST = 32, /* a TEXT that may be several: a list in a file, commas between in one text */
} kd_row_flags;

#define KD_CHOICE_END \
    {                 \
        NULL, 0       \
    }

typedef struct {
    const char      *key; /* "lr"; NULL ends a table */
    kd_setting_type  type;
    size_t           offset;   /* offsetof(struct, member) */
    size_t           size;     /* of the member, for text */
    const char      *fallback; /* the default, as text */
    double           min, max; /* inclusive; for INT and REAL */
    const char      *choices;  /* of a TEXT: "linear cosine constant", or NULL for any */
    const char      *used_by;  /* "a b": the kinds or methods that read this key, or
                                  NULL for all; a key that nobody reads is left out of the id */
    const char      *help;     /* one line */
    const kd_choice *words;    /* of a CHOICE, in the order in which people see them */
    const char      *before; /* of a row younger than the ids of cells: the value that says what was
                                done before; NULL for others. Text of a cell without the row means
                                this, and at this value the row is no part of an id */
    unsigned         flags;  /* kd_row_flags */
} kd_setting;

/* Rows are written with these, inside a table for struct `type`; after the help may stand `.flags = ...`
 * and `.before = ...`. */
#define KD_BOOL_ROW(type, member, key, fallback, used_by, ...)                                     \
    {                                                                                              \
        key, KD_SETTING_BOOL, offsetof(type, member), sizeof(bool), fallback, 0, 1, NULL, used_by, \
            __VA_ARGS__                                                                            \
    }
#define KD_INT_ROW(type, member, key, fallback, min, max, used_by, ...)                     \
    {                                                                                       \
        key, KD_SETTING_INT, offsetof(type, member), sizeof(int), fallback, min, max, NULL, \
            used_by, __VA_ARGS__                                                            \
    }
#define KD_REAL_ROW(type, member, key, fallback, min, max, used_by, ...)                        \
    {                                                                                           \
        key, KD_SETTING_REAL, offsetof(type, member), sizeof(double), fallback, min, max, NULL, \
            used_by, __VA_ARGS__                                                                \
    }
#define KD_TEXT_ROW(type, member, key, fallback, choices, used_by, ...)                            \
    {                                                                                              \
        key, KD_SETTING_TEXT, offsetof(type, member), sizeof(((type *)0)->member), fallback, 0, 0, \
            choices, used_by, __VA_ARGS__                                                          \
    }
/* The member's size is checked where the row is made: an enum has an int's. */
#define KD_CHOICE_ROW(type, member, key, fallback, list, used_by, ...)                        \
    {                                                                                         \
        key, KD_SETTING_CHOICE, offsetof(type, member),                                       \
            sizeof(int[sizeof(((type *)0)->member) == sizeof(int) ? 1 : -1]), fallback, 0, 0, \
            NULL, used_by, __VA_ARGS__, .words = (list)                                       \
    }
#define KD_SETTING_END                                            \
    {                                                             \
        NULL, KD_SETTING_BOOL, 0, 0, NULL, 0, 0, NULL, NULL, NULL \
    }

/* Fill the struct with every row's default. */
void kd_setting_defaults(const kd_setting *table, void *options);

/* The row for `key`, or NULL; kd_setting_nearest names one that a person may have meant. */
const kd_setting *kd_setting_find(const kd_setting *table, const char *key);
const char       *kd_setting_nearest(const kd_setting *table, const char *key);

/* Put a value given as text. KD_ECONFIG with "expected ..., found ..." (no place: the caller
 * knows it) when the type, range or choice is wrong. */
kd_status kd_setting_put(const kd_setting *row, void *options, const char *value, kd_error *err);

/* Add the canonical text of a value: true/false, digits, the shortest decimal that reads back
 * as the same double, the bare text. kd_setting_canonical does it for a value given as text. */
void      kd_setting_print(const kd_setting *row, const void *options, kd_str *out);
kd_status kd_setting_canonical(const kd_setting *row, const char *value, kd_str *out,
                               kd_error *err);

/* Add the words that a row chooses from, with blanks between; nothing when any value goes. */
void kd_setting_print_choices(const kd_setting *row, kd_str *out);

/* The word of a choice; NULL when no word stands for `value`. */
const char *kd_choice_word(const kd_choice *words, int value);

/* Whether `word` (a kind, a method) reads this row; a list is words with blanks between. */
bool kd_setting_used_by(const kd_setting *row, const char *word);
bool kd_list_has(const char *list, const char *word);

#endif
