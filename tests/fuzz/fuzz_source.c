/* An experiment file from any bytes, which may include itself: refused with a place, or a tree whose
 * every value has one. */
#include "harness/base/fs.h"
#include "harness/config/source.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = {
    "study = { name = \"a\"; seeds = [1, 2]; data = { corpus = \"synth\"; }; };\n",
    "a = (1, 2L, 0x7f, 1e-3, true, \"b\\x1b\", [0.5, 1]); # c\n/* d */ e : { f = []; };\n",
    "@include \"none.cfg\"\n",
    "@include \"/proc/self/maps\"\nx = 1;\n",
    "x = 99999999999; y = [1);\n",
    "a = \"b\" \"c\"; // d",
    "",
};

/* libconfig forgets the text that it was reading when its syntax is wrong. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libconfig";
}

static void look(kd_source *source, const kd_value *value)
{
    kd_source_where(source, value);
    kd_value_words(source, value);
    for (const kd_value *m = value->first; m; m = m->next) look(source, m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kd_source *source;
    kd_error   err;
    if (kd_source_open(&source, kd_fuzz_file(".cfg", data, size), &err) != KD_OK) {
        KD_CHECK(*err.text, "a refusal without words");
        return 0;
    }
    look(source, kd_source_root(source));
    kd_source_close(source);
    return 0;
}
