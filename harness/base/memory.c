/* memory.c - memory that is there or the program stops; where failures are made on purpose, it asks first. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "harness/base/fault.h"
#include "harness/base/status.h"

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
