/* json.h - JSON, read as a tree and written as a stream.
 *
 * Reading goes through jansson with duplicate keys refused and depth bounded; values are
 * borrowed from the document and live until kd_json_close. Writing needs no tree:
 *
 *     kd_json_begin(&w, '{'); kd_json_key(&w, "f1"); kd_json_real(&w, 0.81); kd_json_end(&w, '}');
 */
#ifndef KD_BASE_JSON_H
#define KD_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"
#include "harness/base/str.h"

/* ---- reading ---- */
typedef struct kd_json_document kd_json_document;
typedef struct kd_json          kd_json; /* a value inside a document */

typedef enum {
    KD_JSON_NULL,
    KD_JSON_BOOL,
    KD_JSON_INT,
    KD_JSON_REAL,
    KD_JSON_TEXT,
    KD_JSON_ARRAY,
    KD_JSON_OBJECT,
} kd_json_type;

/* Parse; KD_EDATA says `name`, the line, the byte of the text (from 0) and the reason. The caller
 * closes the document. */
kd_status kd_json_parse(kd_json_document **out, const char *bytes, size_t length, const char *name,
                        kd_error *err);
kd_status kd_json_open(kd_json_document **out, const char *path, kd_error *err);

/* The same for a file of somebody else, which is refused when it is longer than `most` bytes: a
 * tree can take 50 times the memory of its text. */
kd_status kd_json_open_within(kd_json_document **out, const char *path, size_t most, kd_error *err);

const kd_json *kd_json_root(const kd_json_document *document);
void           kd_json_close(kd_json_document *document);

kd_json_type   kd_json_type_of(const kd_json *value);
const kd_json *kd_json_get(const kd_json *object, const char *key); /* NULL when absent */
size_t         kd_json_count(const kd_json *array_or_object);
const kd_json *kd_json_at(const kd_json *array, size_t index);
bool           kd_json_to_bool(const kd_json *value, bool fallback);
int64_t        kd_json_to_int(const kd_json *value, int64_t fallback);
double         kd_json_to_real(const kd_json *value, double fallback); /* an integer is one too */
const char    *kd_json_to_text(const kd_json *value, const char *fallback);

/* Walk an object in the order of the file. */
typedef void (*kd_json_visit)(const char *key, const kd_json *value, void *user);
void kd_json_each(const kd_json *object, kd_json_visit visit, void *user);

/* ---- writing ---- */
typedef struct {
    kd_str *out;    /* borrowed */
    int     indent; /* spaces a level; 0 for one line */
    int     depth;  /* private from here on */
    bool    has_item, after_key;
} kd_json_writer;

void kd_json_start(kd_json_writer *w, kd_str *out, int indent);
void kd_json_begin(kd_json_writer *w, char bracket); /* '{' or '[' */
void kd_json_end(kd_json_writer *w, char bracket);   /* '}' or ']' */
void kd_json_key(kd_json_writer *w, const char *key);
void kd_json_text(kd_json_writer *w, const char *text); /* NULL writes null */
void kd_json_int(kd_json_writer *w, int64_t number);
void kd_json_real(kd_json_writer *w, double number); /* shortest exact; not finite writes null */
void kd_json_real_digits(kd_json_writer *w, double number, int digits); /* %.*g */
void kd_json_bool(kd_json_writer *w, bool truth);
void kd_json_null(kd_json_writer *w);

/* A key and its value. */
void kd_json_put_text(kd_json_writer *w, const char *key, const char *text);
void kd_json_put_int(kd_json_writer *w, const char *key, int64_t number);
void kd_json_put_real(kd_json_writer *w, const char *key, double number);
void kd_json_put_bool(kd_json_writer *w, const char *key, bool truth);

#endif
