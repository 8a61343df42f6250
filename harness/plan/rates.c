/* rates.c - the arithmetic of rates, and where they are kept between programs.
 *
 * A file of the cache says first of what it is, then a line for each precision and rate. One that says
 * anything else than what would be written here now is not used. */
#include "harness/plan/rates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/digest.h"
#include "harness/base/fs.h"
#include "harness/base/program.h"

/* ---- arithmetic ---- */

const kd_rates *kd_machine_rates(const kd_machine *machine, kd_precision precision)
{
    return &machine->of[precision == KD_F32 ? KD_F32 : KD_BF16];
}

double kd_rates_token(const kd_rates *rates, const kd_effort *effort)
{
    return effort->products * rates->product + effort->recurrent * rates->recurrent +
           effort->passed * rates->passed + effort->attention * rates->attention +
           effort->maps * rates->map + effort->values * rates->value +
           effort->curves * rates->curve;
}

/* ---- by name ---- */

static const struct {
    const char *name;
    size_t      at;
} rows[] = {
#define X(name, about) { #name, offsetof(kd_rates, name) },
    KD_RATES(X)
#undef X
};
enum { ROWS = sizeof rows / sizeof *rows };

static double *rate_of(kd_machine *machine, int precision, int row)
{
    return (double *)((char *)&machine->of[precision] + rows[row].at);
}

/* ---- typical ones ---- */

/* A core of a server of 2022, its products in f32 and in bf16. */
const kd_machine *kd_machine_typical(void)
{
    static const kd_machine typical = {
        .of = { { .product = 3e-11,
                  .recurrent = 4e-11,
                  .passed = 3e-10,
                  .attention = 5e-11,
                  .map = 3e-9,
                  .value = 1e-9,
                  .curve = 1.5e-9,
                  .update = 1e-9 },
                { .product = 1.5e-11,
                  .recurrent = 2e-11,
                  .passed = 3e-10,
                  .attention = 5e-11,
                  .map = 3e-9,
                  .value = 1e-9,
                  .curve = 1.5e-9,
                  .update = 1e-9 } },
        .origin = KD_RATES_TYPICAL,
    };
    return &typical;
}

const char *kd_machine_words(const kd_machine *machine)
{
    static const char *const words[] = {
        [KD_RATES_TYPICAL] = "of a typical core",
        [KD_RATES_MEASURED] = "measured on this machine",
        [KD_RATES_REMEMBERED] = "measured on this machine earlier",
    };
    return words[machine->origin];
}

/* ---- the cache ---- */

/* Whatever changes how fast the same work is done. */
static void describe(kd_str *out)
{
    kd_str_addf(out, "kdgrid %s %s, %s, %s, %s\n", kd_program_version, kd_program_commit,
                kd_program_build, kd_gemm_backend_words(), kd_program_cpu());
}

static char *path_in_cache(const kd_str *description)
{
    char  name[KD_ID_TEXT], *path;
    char *folder = kd_fs_cache("rates");
    if (!folder) return NULL;
    kd_id_text(name, kd_id_of_bytes(description->text, description->length));
    path = kd_fs_join(folder, name);
    free(folder);
    return path;
}

/* A file that another user may have written says nothing here. */
static bool is_own(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
           !(info.st_mode & (S_IWGRP | S_IWOTH));
}

static void print(kd_machine *machine, const kd_str *description, kd_str *out)
{
    kd_str_add(out, description->text);
    for (int p = 0; p < KD_RATES_PRECISIONS; p++)
        for (int r = 0; r < ROWS; r++)
            kd_str_addf(out, "%s %s %.6g\n", kd_precision_word((kd_precision)p), rows[r].name,
                        *rate_of(machine, p, r));
}

/* No machine is so slow that a number takes it a second. */
static bool is_possible(double rate)
{
    return rate >= 0 && rate < 1;
}

/* Numbers wherever they should stand; then the text must be what they are printed as. */
static bool parse(kd_machine *out, const kd_str *description, const kd_str *text)
{
    kd_str      again = KD_STR_INIT;
    const char *at = text->text + description->length;
    int         length = 0;
    if (text->length <= description->length) return false;
    for (int p = 0; p < KD_RATES_PRECISIONS; p++)
        for (int r = 0; r < ROWS; r++, at += length) {
            double *rate = rate_of(out, p, r);
            if (sscanf(at, "%*15s %*31s %lf%*1[\n]%n", rate, &length) != 1 || !is_possible(*rate))
                return false;
        }
    print(out, description, &again);
    bool is_same = strcmp(again.text, text->text) == 0;
    kd_str_fini(&again);
    return is_same;
}

static bool recall(kd_machine *out, const char *path, const kd_str *description)
{
    kd_str     text = KD_STR_INIT;
    kd_machine found = { .origin = KD_RATES_REMEMBERED };
    bool       is_there = path && is_own(path) && kd_fs_read(path, &text, NULL) == KD_OK &&
                    parse(&found, description, &text);
    if (is_there) *out = found;
    kd_str_fini(&text);
    return is_there;
}

static void remember(kd_machine *machine, const char *path, const kd_str *description)
{
    kd_str text = KD_STR_INIT;
    print(machine, description, &text);
    if (path) kd_fs_write(path, text.text, text.length, NULL);
    kd_str_fini(&text);
}

void kd_machine_get_by(kd_machine *out, void (*measure)(kd_machine *out))
{
    kd_str description = KD_STR_INIT;
    describe(&description);
    char *path = path_in_cache(&description);
    if (!recall(out, path, &description)) {
        measure(out);
        remember(out, path, &description);
    }
    free(path);
    kd_str_fini(&description);
}
