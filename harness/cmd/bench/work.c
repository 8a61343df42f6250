/* work.c - networks and lengths for benches. */
#include "harness/cmd/bench/work.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/process.h"

enum { VOCAB = 28996, LABELS = 9, MOST_PIECES = 200, AROUND = 2 };

void kd_bench_shape(kd_arch *arch, kd_shape shape)
{
    kd_shape_arch(arch, shape);
    arch->vocab = VOCAB;
    arch->labels = LABELS;
}

kd_status kd_bench_arch(kd_arch *arch, const char *name, kd_error *err)
{
    for (const kd_choice *c = kd_shapes; c->word; c++)
        if (strcmp(c->word, name) == 0) {
            kd_bench_shape(arch, (kd_shape)c->value);
            return KD_OK;
        }
    return kd_fail(err, KD_EUSAGE, "bench: --model is " KD_BENCH_MODELS ", not %s", name);
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
