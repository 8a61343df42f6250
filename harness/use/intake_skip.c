/* intake_skip.c - lines that cannot be taken. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/base/log.h"
#include "harness/use/intake_internal.h"
#include "models/text/unicode.h"

#define TOLD 10 /* bad lines with their places */

const char *kd_intake_path(const kd_intake *in)
{
    const char *path = in->paths.items[in->at];
    return strcmp(path, "-") == 0 ? "stdin" : path;
}

kd_status kd_intake_skip(kd_intake *in, const char *fmt, ...)
{
    char    text[300];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    in->counts.skipped++;
    if (in->options.strict)
        return kd_fail(&in->error, KD_EDATA, "%s:%lld: %s", kd_intake_path(in), (long long)in->line,
                       text);
    if (in->counts.skipped <= TOLD)
        kd_log_warning("%s:%lld: %s; passed over", kd_intake_path(in), (long long)in->line, text);
    return KD_OK;
}

bool kd_intake_check(kd_intake *in, const char *text, size_t length, kd_status *status)
{
    size_t bad_at;
    *status = KD_OK;
    if (memchr(text, 0, length))
        *status = kd_intake_skip(in, "a NUL byte (is this UTF-16 or binary?)");
    else if (!kd_utf8_check(text, length, &bad_at))
        *status = kd_intake_skip(in, "byte %zu is 0x%02x, which is not UTF-8", bad_at + 1,
                                 (unsigned char)text[bad_at]);
    else
        return true;
    return false;
}
