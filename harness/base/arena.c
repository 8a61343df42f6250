/* arena.c - a list of blocks and a place in it.
 *
 * With KD_ARENA_MALLOC every piece is its own malloc in one array; marks are then counts of
 * pieces, so that a sanitizer sees every overrun and every use after a rewind. */
#include "harness/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"

#define ALIGN 64

static size_t product(size_t count, size_t size)
{
    size_t bytes;
    KD_CHECK(!__builtin_mul_overflow(count, size, &bytes) && bytes < SIZE_MAX / 2,
             "arena: %zu x %zu bytes cannot be", count, size);
    return bytes ? bytes : 1;
}

#ifdef KD_ARENA_MALLOC

struct kd_arena {
    void **pieces;
    size_t count, room, bytes;
};

kd_arena *kd_arena_create(size_t block_bytes)
{
    (void)block_bytes;
    return kd_alloc(1, sizeof(kd_arena));
}

static void *take(kd_arena *arena, size_t bytes, size_t align)
{
    if (arena->count == arena->room) {
        arena->room = arena->room ? 2 * arena->room : 64;
        arena->pieces = kd_realloc(arena->pieces, arena->room, sizeof *arena->pieces);
    }
    arena->bytes += bytes;
    return arena->pieces[arena->count++] = align > 1 ? kd_alloc_aligned(bytes) : kd_alloc(bytes, 1);
}

kd_arena_mark kd_arena_here(const kd_arena *arena)
{
    return (kd_arena_mark){ arena->count, 0 };
}

void kd_arena_rewind(kd_arena *arena, kd_arena_mark mark)
{
    while (arena->count > mark.block) free(arena->pieces[--arena->count]);
}

void kd_arena_reset(kd_arena *arena)
{
    kd_arena_rewind(arena, (kd_arena_mark){ 0, 0 });
    arena->bytes = 0;
}

size_t kd_arena_capacity(const kd_arena *arena)
{
    return arena->bytes;
}

void kd_arena_destroy(kd_arena *arena)
{
    if (!arena) return;
    kd_arena_reset(arena);
    free(arena->pieces);
    free(arena);
}

#else

typedef struct {
    char  *bytes;
    size_t size;
} block;

struct kd_arena {
    block *blocks;
    size_t count;    /* blocks there are */
    size_t current;  /* the one that pieces come from */
    size_t furthest; /* that has been the current one since the arena was last empty */
    size_t used;     /* of the current block */
    size_t least;    /* bytes of a new block */
};

kd_arena *kd_arena_create(size_t block_bytes)
{
    kd_arena *arena = kd_alloc(1, sizeof *arena);
    arena->least = block_bytes ? block_bytes : (size_t)1 << 20;
    return arena;
}

/* Go to the next block that has room for `bytes`; put a new one there if none has. A block that
 * is too small is stepped over until the arena is emptied. */
static void next_block(kd_arena *arena, size_t bytes)
{
    size_t at = arena->count ? arena->current + 1 : 0;
    if (at >= arena->count || arena->blocks[at].size < bytes) {
        arena->blocks = kd_realloc(arena->blocks, arena->count + 1, sizeof *arena->blocks);
        memmove(arena->blocks + at + 1, arena->blocks + at,
                (arena->count - at) * sizeof *arena->blocks);
        size_t size = bytes > arena->least ? bytes : arena->least;
        arena->blocks[at] = (block){ kd_alloc_aligned(size), size };
        arena->count++;
    }
    arena->current = at;
    arena->used = 0;
    if (at > arena->furthest) arena->furthest = at;
}

static void *take(kd_arena *arena, size_t bytes, size_t align)
{
    size_t begin = (arena->used + align - 1) / align * align;
    if (arena->count == 0 || arena->blocks[arena->current].size < begin + bytes) {
        next_block(arena, bytes);
        begin = 0;
    }
    arena->used = begin + bytes;
    return arena->blocks[arena->current].bytes + begin;
}

kd_arena_mark kd_arena_here(const kd_arena *arena)
{
    return (kd_arena_mark){ arena->current, arena->used };
}

void kd_arena_rewind(kd_arena *arena, kd_arena_mark mark)
{
    arena->current = mark.block;
    arena->used = mark.used;
}

/* Pieces differ a little from one batch to the next. Where each had a block of its size, a piece that grows would get a
 * new one and its old one go to a smaller piece, whose block goes to the next: memory would grow with every step, and a
 * good part of a step's time go by while the system clears pages. */
static void join_blocks(kd_arena *arena)
{
    size_t bytes = 0;
    for (size_t i = 0; i <= arena->furthest; i++) bytes += arena->blocks[i].size;
    for (size_t i = 0; i < arena->count; i++) free(arena->blocks[i].bytes);
    bytes += bytes / 8;
    bytes -= bytes % ALIGN;
    arena->blocks[0] = (block){ kd_alloc_aligned(bytes), bytes };
    arena->count = 1;
}

void kd_arena_reset(kd_arena *arena)
{
    if (arena->furthest > 0) join_blocks(arena);
    arena->furthest = 0;
    kd_arena_rewind(arena, (kd_arena_mark){ 0, 0 });
}

size_t kd_arena_capacity(const kd_arena *arena)
{
    size_t bytes = 0;
    for (size_t i = 0; i < arena->count; i++) bytes += arena->blocks[i].size;
    return bytes;
}

void kd_arena_destroy(kd_arena *arena)
{
    if (!arena) return;
    for (size_t i = 0; i < arena->count; i++) free(arena->blocks[i].bytes);
    free(arena->blocks);
    free(arena);
}

#endif

void *kd_arena_alloc(kd_arena *arena, size_t count, size_t size)
{
    return take(arena, product(count, size), ALIGN);
}

void *kd_arena_zero(kd_arena *arena, size_t count, size_t size)
{
    void *piece = kd_arena_alloc(arena, count, size);
    return memset(piece, 0, count * size);
}

char *kd_arena_strndup(kd_arena *arena, const char *text, size_t length)
{
    char *copy = take(arena, product(length + 1, 1), 1);
    memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

char *kd_arena_strdup(kd_arena *arena, const char *text)
{
    return kd_arena_strndup(arena, text, strlen(text));
}

char *kd_arena_sprintf(kd_arena *arena, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    KD_CHECK(length >= 0, "arena: a format that cannot be printed");
    char *text = take(arena, (size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, fmt, again);
    va_end(again);
    return text;
}
