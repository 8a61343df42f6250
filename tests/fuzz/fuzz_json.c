/* JSON from any bytes: refused, or what is written of it reads as the same text again. */
#include <string.h>

#include "harness/base/json.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = {
    "{\"a\": [1, -2.5, true, null, \"x\\u00e9\\n\"], \"b\": {}}",
    "[[[[[[[[]]]]]]]]",
    "{\"a\": 1, \"a\": 2}",
    "9223372036854775807",
    "[-0.0, -0, 0.0]",
    "",
};

static void write(kd_json_writer *w, const kd_json *value);

static void write_member(const char *key, const kd_json *value, void *user)
{
    kd_json_key(user, key);
    write(user, value);
}

/* The reader bounds the depth, so this recursion is bounded too. */
static void write(kd_json_writer *w, const kd_json *value)
{
    switch (kd_json_type_of(value)) {
    case KD_JSON_NULL:
        kd_json_null(w);
        break;
    case KD_JSON_BOOL:
        kd_json_bool(w, kd_json_to_bool(value, false));
        break;
    case KD_JSON_INT:
        kd_json_int(w, kd_json_to_int(value, 0));
        break;
    case KD_JSON_REAL:
        kd_json_real(w, kd_json_to_real(value, 0));
        break;
    case KD_JSON_TEXT:
        kd_json_text(w, kd_json_to_text(value, ""));
        break;
    case KD_JSON_ARRAY:
        kd_json_begin(w, '[');
        for (size_t i = 0; i < kd_json_count(value); i++) write(w, kd_json_at(value, i));
        kd_json_end(w, ']');
        break;
    case KD_JSON_OBJECT:
        kd_json_begin(w, '{');
        kd_json_each(value, write_member, w);
        kd_json_end(w, '}');
        break;
    }
}

static bool print(kd_str *out, const char *text, size_t length, kd_error *err)
{
    kd_json_document *document;
    kd_json_writer    w;
    if (kd_json_parse(&document, text, length, "x", err) != KD_OK) return false;
    kd_json_start(&w, out, 0);
    write(&w, kd_json_root(document));
    kd_json_close(document);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kd_str   first = KD_STR_INIT, second = KD_STR_INIT;
    kd_error err;
    if (print(&first, (const char *)data, size, &err)) {
        KD_CHECK(print(&second, first.text, first.length, &err), "%s", err.text);
        KD_CHECK(strcmp(first.text, second.text) == 0, "%s\n%s", first.text, second.text);
    }
    kd_str_fini(&first);
    kd_str_fini(&second);
    return 0;
}
