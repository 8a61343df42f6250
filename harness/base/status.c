/* status.c - failures as text, bugs as an end. */
#include "harness/base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/base/fault.h"

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

#define HUGE_PAGE ((size_t)2 << 20)

/* Tables of a million cells are read here and there: in pages of 4 kB each read would miss the
 * processor's table of pages, and the first touch of each page costs a fault. Where the system
 * refuses, nothing is lost. Arrays that grow are left alone: large pages at each growth cost more
 * than they give (reading ten million words takes 1.3 s so, and took 2.3 s). */
static void *in_huge_pages(void *memory, size_t bytes)
{
    uintptr_t begin = ((uintptr_t)memory + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
    uintptr_t end = ((uintptr_t)memory + bytes) & ~(uintptr_t)(HUGE_PAGE - 1);
    int       kept = errno;
    if (memory && begin < end) madvise((void *)begin, end - begin, MADV_HUGEPAGE);
    errno = kept;
    return memory;
}

void *kd_alloc(size_t count, size_t size)
{
    void *memory =
        kd_fault_happens(KD_FAULT_ALLOC) ? NULL : calloc(count ? count : 1, size ? size : 1);
    if (!memory) kd_out_of_memory("%zu x %zu bytes", count, size);
    return count * size < 2 * HUGE_PAGE ? memory : in_huge_pages(memory, count * size);
}

/* Weights are read in one stream, 15 to 45 ms for a sentence and all of a network's: in pages of
 * 4 kB that takes a tenth longer. */
void *kd_alloc_aligned(size_t bytes)
{
    size_t align = bytes > HUGE_PAGE / 2 ? HUGE_PAGE : 64;
    size_t whole = (bytes + align - 1) / align * align;
    void  *memory = kd_fault_happens(KD_FAULT_ALLOC) ? NULL : aligned_alloc(align, whole);
    if (!memory) kd_out_of_memory("%zu bytes", bytes);
    return in_huge_pages(memory, whole);
}

void *kd_realloc(void *old, size_t count, size_t size)
{
    void *memory = kd_fault_happens(KD_FAULT_ALLOC)
                       ? NULL
                       : reallocarray(old, count ? count : 1, size ? size : 1);
    if (!memory) kd_out_of_memory("%zu x %zu bytes", count, size);
    return memory;
}

char *kd_strdup(const char *text)
{
    return kd_strndup(text, strlen(text));
}

char *kd_strndup(const char *text, size_t length)
{
    char *copy = kd_alloc(length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

char *kd_sprintf(const char *fmt, ...)
{
    char   *text = NULL;
    va_list args;
    va_start(args, fmt);
    int length = kd_fault_happens(KD_FAULT_ALLOC) ? -1 : vasprintf(&text, fmt, args);
    va_end(args);
    if (length < 0) kd_out_of_memory("formatting text");
    return text;
}
