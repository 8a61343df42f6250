/* work.c - networks and lengths for benches. */
#include "harness/cmd/bench/work.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/process.h"

enum { VOCAB = 28996, LABELS = 9, MOST_PIECES = 200, AROUND = 2 };

static const struct {
    const char *name, *kind;
    int         layers, hidden, heads, ffn, classifier;
} shapes[] = {
    { "bilstm", "bilstm", 2, 300, 1, 1, 256 },
    { "tinybert", "bert", 4, 312, 12, 1200, 0 },
    { "distilbert", "bert", 6, 768, 12, 3072, 0 },
    { "bert", "bert", 12, 768, 12, 3072, 0 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

kd_status kd_bench_arch(kd_arch *arch, const char *name, kd_error *err)
{
    kd_setting_defaults(kd_arch_settings, arch);
    for (int i = 0; i < SHAPES; i++) {
        if (strcmp(name, shapes[i].name) != 0) continue;
        strcpy(arch->kind, shapes[i].kind);
        arch->vocab = VOCAB;
        arch->labels = LABELS;
        arch->embedding = 300;
        arch->layers = shapes[i].layers;
        arch->hidden = shapes[i].hidden;
        arch->heads = shapes[i].heads;
        arch->ffn = shapes[i].ffn;
        arch->classifier = shapes[i].classifier;
        return KD_OK;
    }
    kd_str known = KD_STR_INIT;
    for (int i = 0; i < SHAPES; i++) kd_str_addf(&known, "%s%s", i ? ", " : "", shapes[i].name);
    kd_status status =
        kd_fail(err, KD_EUSAGE, "bench: --model is one of %s, not %s", known.text, name);
    kd_str_fini(&known);
    return status;
}

static void add_length(kd_bench_lengths *lengths, int pieces)
{
    if ((lengths->count & (lengths->count - 1)) == 0) /* full at every power of 2 */
        lengths->length =
            kd_realloc(lengths->length, lengths->count ? 2 * (size_t)lengths->count : 1,
                       sizeof *lengths->length);
    lengths->length[lengths->count++] = (pieces < MOST_PIECES ? pieces : MOST_PIECES) + AROUND;
}

static kd_status read_lines(kd_bench_lengths *out, char *text, const char *path, kd_error *err)
{
    char *rest = NULL;

    for (int line = 1; text; line++, text = rest) {
        long long pieces;
        rest = strchr(text, '\n');
        if (rest) *rest++ = 0;
        if (!*text) continue;
        if (!kd_parse_int(text, &pieces) || pieces < 0 || pieces > INT_MAX)
            return kd_fail(err, KD_EDATA, "%s:%d: expected a length, found '%.20s'", path, line,
                           text);
        add_length(out, (int)pieces);
    }
    return out->count ? KD_OK : kd_fail(err, KD_EDATA, "%s: no lengths", path);
}

kd_status kd_bench_lengths_read(kd_bench_lengths *out, const char *path, kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    kd_status status = kd_fs_read(path, &text, err);

    *out = (kd_bench_lengths){ NULL, 0 };
    if (status == KD_OK) status = read_lines(out, text.text, path, err);
    kd_str_fini(&text);
    return status;
}

void kd_bench_lengths_fini(kd_bench_lengths *lengths)
{
    free(lengths->length);
    *lengths = (kd_bench_lengths){ NULL, 0 };
}

double kd_bench_peak_mib(void)
{
    return (double)kd_process_peak_bytes() / (1 << 20);
}

void kd_bench_write_real(kd_json_writer *w, const char *key, double value)
{
    kd_json_key(w, key);
    kd_json_real_digits(w, value, 6);
}
