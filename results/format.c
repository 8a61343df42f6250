/* format.c - rounding is done on whole numbers of the last digit, never on decimals. */
#include "results/format.h"

#include <math.h>
#include <string.h>

#include "harness/base/json.h"
#include "harness/base/status.h"

static const long long power_of_ten[] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };

/* `units` of 10^-decimals. */
static void add_fixed(kd_str *out, long long units, int decimals)
{
    long long one = power_of_ten[decimals];

    if (decimals == 0)
        kd_str_addf(out, "%lld", units);
    else
        kd_str_addf(out, "%lld.%0*lld", units / one, decimals, units % one);
}

static long long half_up(double x, int decimals)
{
    return (long long)floor(x * (double)power_of_ten[decimals] + 0.5);
}

static long long round_units(double x, int decimals, kd_rounding rounding)
{
    long long coarse;

    if (rounding == KD_ROUND_TRUNC) return (long long)floor(x * (double)power_of_ten[decimals]);
    if (decimals >= 2) return half_up(x, decimals);
    coarse = power_of_ten[2 - decimals];
    return (half_up(x, 2) + coarse / 2) / coarse;
}

void kd_format_size(kd_str *out, double mib, int decimals, kd_rounding rounding)
{
    KD_CHECK(mib >= 0 && decimals >= 0 && decimals <= 6, "format: size %g with %d decimals", mib,
             decimals);
    add_fixed(out, round_units(mib, decimals, rounding), decimals);
}

bool kd_rounding_parse(const char *word, kd_rounding *out)
{
    if (strcmp(word, "half_up_2stage") == 0)
        *out = KD_ROUND_HALF_UP_2STAGE;
    else if (strcmp(word, "trunc") == 0)
        *out = KD_ROUND_TRUNC;
    else
        return false;
    return true;
}

void kd_format_real(kd_str *out, double x, int decimals)
{
    size_t from = out->length;

    kd_str_addf(out, "%.*f", decimals, x);
    if (out->text[from] == '-' && strspn(out->text + from, "-0.") == out->length - from) {
        memmove(out->text + from, out->text + from + 1, out->length - from);
        kd_str_cut(out, out->length - 1);
    }
}

void kd_format_exact(kd_str *out, double x)
{
    kd_json_writer w;

    if (!isfinite(x)) return;
    kd_json_start(&w, out, 0);
    kd_json_real(&w, x);
}

/* A spreadsheet takes these for the beginning of a formula, which may read files or call programs;
 * texts come from tags and settings that others wrote. Numbers are no formulas. */
static bool is_formula(const char *text)
{
    double number;
    return *text != '\0' && strchr("=+-@\t\r", *text) != NULL && !kd_parse_real(text, &number);
}

/* A line's end is a character of its field as any other; all else that would act on a terminal is shown. */
static void add_shown(kd_str *out, const char *text)
{
    for (size_t length; *text != '\0'; text += length) {
        length = strcspn(text, "\n");
        kd_str_add_visible(out, text, length);
        if (length == 0) kd_str_add_char(out, text[length++]);
    }
}

static void add_quoted(kd_str *out, const char *text, bool is_guarded)
{
    if (text[strcspn(text, ",\"\r\n")] == '\0') {
        if (is_guarded) kd_str_add_char(out, '\'');
        kd_str_add(out, text);
        return;
    }
    kd_str_add_char(out, '"');
    if (is_guarded) kd_str_add_char(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '"') kd_str_add_char(out, '"');
        kd_str_add_char(out, *text);
    }
    kd_str_add_char(out, '"');
}

void kd_format_csv(kd_str *out, const char *text, bool is_raw)
{
    kd_str shown = KD_STR_INIT;

    if (!is_raw) add_shown(&shown, text);
    add_quoted(out, is_raw ? text : shown.text, !is_raw && is_formula(text));
    kd_str_fini(&shown);
}
