/* arena.h - memory that is handed out in a row and given back all at once.
 *
 *     create -> alloc alloc alloc -> mark -> alloc alloc -> rewind -> reset -> ... -> destroy
 *                                      |<---- given back ---->|
 *
 * An arena that is emptied keeps its memory, as one block with room to spare, so a training step that needs
 * about as much as the ones before it never calls malloc, and the pages that it writes are there. Arrays are aligned to 64 bytes, texts are
 * not.
 * With -DKD_ARENA_MALLOC=ON each piece is a malloc of its own, for sanitizers.
 */
#ifndef KD_BASE_ARENA_H
#define KD_BASE_ARENA_H

#include <stddef.h>

typedef struct kd_arena kd_arena;

typedef struct {
    size_t block; /* private: where the next piece comes from */
    size_t used;
} kd_arena_mark;

/* An arena that grows by blocks of at least `block_bytes` (0 for 1 MiB). The caller owns it. */
kd_arena *kd_arena_create(size_t block_bytes);

/* `count * size` bytes that live until the arena is emptied or rewound past them.
 * The contents are undefined; kd_arena_zero clears them. */
void *kd_arena_alloc(kd_arena *arena, size_t count, size_t size);
void *kd_arena_zero(kd_arena *arena, size_t count, size_t size);
char *kd_arena_strdup(kd_arena *arena, const char *text);
char *kd_arena_strndup(kd_arena *arena, const char *text, size_t length);
__attribute__((format(printf, 2, 3))) char *kd_arena_sprintf(kd_arena *arena, const char *fmt, ...);

/* Remember this place; give back everything that was handed out after it. */
kd_arena_mark kd_arena_here(const kd_arena *arena);
void          kd_arena_rewind(kd_arena *arena, kd_arena_mark mark);

/* Give back everything and keep the memory. */
void kd_arena_reset(kd_arena *arena);

/* Bytes in blocks; it stands still once a loop has found its size. */
size_t kd_arena_capacity(const kd_arena *arena);

/* Free the arena and all that it handed out. NULL is fine. */
void kd_arena_destroy(kd_arena *arena);

#endif
