/* replay.c - runs a fuzz target without a fuzzer: the target's own seeds, the files named on
 * the command line, and changed copies of both, the same ones every time.
 *
 *     replay_vocab [FILE...]          KDGRID_FUZZ_S seconds at most (3), 20000 rounds at most
 *     replay_vocab --seeds DIR [FILE...]   writes all these seeds there, for a fuzzer to begin with
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/rng.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "tests/fuzz/fuzz.h"

#define ROUNDS   20000
#define COPY_MAX 65536 /* changed copies do not grow beyond this */

typedef KD_VEC(kd_str) str_vec;

static void add_seed(str_vec *seeds, const char *bytes, size_t length)
{
    kd_str seed = KD_STR_INIT;
    kd_str_add_bytes(&seed, bytes, length);
    kd_vec_push(seeds, seed);
}

static void add_file(str_vec *seeds, const char *path)
{
    kd_error err;
    kd_str   seed = KD_STR_INIT;
    KD_CHECK(kd_fs_read(path, &seed, &err) == KD_OK, "%s", err.text);
    kd_vec_push(seeds, seed);
}

/* Put `bytes` at a random place, over what is there or before it. */
static void put(kd_rng *rng, kd_str *text, const char *bytes, size_t length, bool over)
{
    size_t at = kd_rng_below(rng, text->length + 1);
    kd_str tail = KD_STR_INIT;
    size_t skipped = over && text->length - at >= length ? length : 0;
    kd_str_add_bytes(&tail, text->text + at + skipped, text->length - at - skipped);
    kd_str_cut(text, at);
    kd_str_add_bytes(text, bytes, length);
    kd_str_add_bytes(text, tail.text, tail.length);
    kd_str_fini(&tail);
}

static void cut_range(kd_rng *rng, kd_str *text)
{
    size_t at = kd_rng_below(rng, text->length), most = text->length - at;
    size_t length = 1 + kd_rng_below(rng, most < 64 ? most : 64);
    memmove(text->text + at, text->text + at + length, text->length - at - length);
    kd_str_cut(text, text->length - length);
}

static void repeat_range(kd_rng *rng, kd_str *text)
{
    char   copy[64];
    size_t at = kd_rng_below(rng, text->length), most = text->length - at;
    size_t length = 1 + kd_rng_below(rng, most < sizeof copy ? most : sizeof copy);
    memcpy(copy, text->text + at, length);
    put(rng, text, copy, length, false);
}

/* Bytes that readers stumble over: ends of lines, NUL, marks of order, broken UTF-8, numbers
 * at the edge, lengths that promise too much. */
static void put_trouble(kd_rng *rng, kd_str *text)
{
    static const struct {
        const char *bytes;
        size_t      length;
    } troubles[] = {
        { "\n", 1 },
        { "\r\n", 2 },
        { "\0", 1 },
        { "\t", 1 },
        { " ", 1 },
        { "\xFF", 1 },
        { "\xEF\xBB\xBF", 3 },
        { "\xC3", 1 },
        { "\xED\xA0\x80", 3 },
        { "nan", 3 },
        { "-1e999", 6 },
        { "99999999999999999999", 20 },
        { "##", 2 },
        { "[UNK]", 5 },
        { "\xCC\x81", 2 },
        { "\xF0\x9F\xA7\xAC", 4 },
        { "\xFF\xFF\xFF\xFF\x0F", 5 },
        { "\xE2\x96\x81", 3 },
        { "\xCE\xA3", 2 },
        { "'ll", 3 },
        { "\xE9\xAB\x98", 3 },
    };
    size_t i = kd_rng_below(rng, sizeof troubles / sizeof *troubles);
    put(rng, text, troubles[i].bytes, troubles[i].length, kd_rng_below(rng, 2) == 0);
}

static void change(kd_rng *rng, kd_str *text)
{
    uint64_t how = kd_rng_below(rng, 5);
    if (text->length == 0 || how == 0)
        put_trouble(rng, text);
    else if (how == 1)
        text->text[kd_rng_below(rng, text->length)] ^= (char)(1 << kd_rng_below(rng, 8));
    else if (how == 2)
        text->text[kd_rng_below(rng, text->length)] = (char)kd_rng_below(rng, 256);
    else if (how == 3)
        cut_range(rng, text);
    else if (text->length < COPY_MAX)
        repeat_range(rng, text);
}

static void run(const kd_str *text)
{
    uint8_t *exact = malloc(text->length ? text->length : 1); /* so that sanitizers see its end */
    memcpy(exact, text->text, text->length);
    LLVMFuzzerTestOneInput(exact, text->length);
    free(exact);
}

static void write_seeds(const str_vec *seeds, const char *folder)
{
    for (size_t i = 0; i < seeds->count; i++) {
        const kd_str *seed = &seeds->items[i];
        char         *path = kd_sprintf("%s/seed-%02zu", folder, i);
        kd_error      err;
        KD_CHECK(kd_fs_write(path, seed->text, seed->length, &err) == KD_OK, "%s", err.text);
        free(path);
    }
}

static void collect(str_vec *seeds, char **files, int count)
{
    add_seed(seeds, "", 0);
    for (int i = 0; *kd_fuzz_seeds[i]; i++)
        add_seed(seeds, kd_fuzz_seeds[i], strlen(kd_fuzz_seeds[i]));
    for (int i = 0; i < count; i++) add_file(seeds, files[i]);
}

static void drop(str_vec *seeds)
{
    for (size_t i = 0; i < seeds->count; i++) kd_str_fini(&seeds->items[i]);
    kd_vec_fini(seeds);
}

/* The seeds as they are, then changed copies. */
static void replay(const str_vec *seeds)
{
    kd_rng      rng = kd_rng_root(1);
    const char *limit = getenv("KDGRID_FUZZ_S");
    double      end = kd_clock_s() + (limit ? atof(limit) : 3.0);
    int         rounds = 0;

    for (size_t i = 0; i < seeds->count; i++) run(&seeds->items[i]);
    for (; rounds < ROUNDS && kd_clock_s() < end; rounds++) {
        const kd_str *seed = &seeds->items[kd_rng_below(&rng, seeds->count)];
        kd_str        text = KD_STR_INIT;
        kd_str_add_bytes(&text, seed->text, seed->length);
        for (uint64_t n = 1 + kd_rng_below(&rng, 8); n > 0; n--) change(&rng, &text);
        run(&text);
        kd_str_fini(&text);
    }
    printf("%zu seeds, %d changed copies\n", seeds->count, rounds);
}

int main(int argc, char **argv)
{
    str_vec seeds = KD_VEC_INIT;

    if (argc > 2 && strcmp(argv[1], "--seeds") == 0) {
        collect(&seeds, argv + 3, argc - 3);
        write_seeds(&seeds, argv[2]);
    } else {
        collect(&seeds, argv + 1, argc - 1);
        replay(&seeds);
    }
    drop(&seeds);
    return 0;
}
