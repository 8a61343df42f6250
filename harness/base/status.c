/* status.c - failures as text, bugs as an end. */
#include "harness/base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    int         exit;
    const char *word, *meaning;
} table[KD_STATUS_COUNT] = {
#define X(name, exit, word, meaning) [KD_##name] = { exit, word, meaning },
    KD_STATUSES(X)
#undef X
};

int kd_status_exit(kd_status status)
{
    return table[status].exit;
}

const char *kd_status_word(kd_status status)
{
    return table[status].word;
}

const char *kd_status_meaning(kd_status status)
{
    return table[status].meaning;
}

kd_status kd_status_of_exit(int code)
{
    for (int i = 0; i < KD_STATUS_COUNT; i++)
        if (table[i].exit == code) return (kd_status)i;
    return KD_EBUG;
}

kd_status kd_fail(kd_error *err, kd_status code, const char *fmt, ...)
{
    if (!err) return code;
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return code;
}

/* Add ": <text>" after the first `used` bytes, as far as there is room. */
static void append(kd_error *err, int used, const char *text)
{
    if (used < 0 || (size_t)used + 3 > sizeof err->text) return;
    size_t room = sizeof err->text - (size_t)used - 3;
    memcpy(err->text + used, ": ", 2);
    memcpy(err->text + used + 2, text, strnlen(text, room));
    err->text[(size_t)used + 2 + strnlen(text, room)] = 0;
}

kd_status kd_while(kd_error *err, kd_status code, const char *fmt, ...)
{
    if (!err) return code;
    kd_error inner = *err;
    va_list  args;
    va_start(args, fmt);
    int used = vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    append(err, used, inner.text);
    return code;
}

static kd_status status_of_errno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return KD_ENOINPUT;
    case EACCES:
    case EPERM:
    case EROFS:
    case EEXIST:
        return KD_ECREATE;
    default:
        return KD_EIO;
    }
}

kd_status kd_fail_errno(kd_error *err, int error_number, const char *fmt, ...)
{
    kd_status code = status_of_errno(error_number);
    if (!err) return code;
    va_list args;
    va_start(args, fmt);
    int used = vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    append(err, used, strerror(error_number));
    return code;
}

__attribute__((noreturn, format(printf, 2, 0))) static void stop(kd_status code, const char *fmt,
                                                                 va_list args)
{
    char text[1024]; /* there may be no memory, and a name from outside in it */
    vsnprintf(text, sizeof text, fmt, args);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
    fprintf(stderr, "%s\n", text);
    fflush(NULL);
    _Exit(table[code].exit);
}

void kd_bug(const char *file, int line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fprintf(stderr, "kdgrid: bug: %s:%d: ", file, line);
    stop(KD_EBUG, fmt, args);
}

void kd_out_of_memory(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs("kdgrid: error: out of memory: ", stderr);
    stop(KD_EMEMORY, fmt, args);
}

/* What coverage and leak checks would do at exit, where they are built in. */
__attribute__((weak)) void __gcov_dump(void);
__attribute__((weak)) void __lsan_do_leak_check(void);

void kd_leave(int code)
{
    fflush(NULL);
    if (__gcov_dump) __gcov_dump();
    if (__lsan_do_leak_check) __lsan_do_leak_check();
    _exit(code);
}
