/* say.c - formatted first, then made visible: what an argument holds is never taken for the format's. */
#include "harness/base/say.h"

#include <stdio.h>
#include <string.h>

static void say(kd_str *out, const char *fmt, va_list args)
{
    size_t length = strlen(fmt), begins = strspn(fmt, "\n"), ends = 0;
    kd_str text = KD_STR_INIT;
    while (begins + ends < length && fmt[length - 1 - ends] == '\n') ends++;
    kd_str_addv(&text, fmt, args);
    kd_str_add_bytes(out, text.text, begins);
    kd_str_add_visible(out, text.text + begins, text.length - begins - ends);
    kd_str_add_bytes(out, text.text + text.length - ends, ends);
    kd_str_fini(&text);
}

void kd_say(const char *fmt, ...)
{
    kd_str  text = KD_STR_INIT;
    va_list args;
    va_start(args, fmt);
    say(&text, fmt, args);
    va_end(args);
    fputs(text.text, stdout);
    kd_str_fini(&text);
}

void kd_str_say(kd_str *out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(out, fmt, args);
    va_end(args);
}
