/* vec.h - an array that grows, of any type.
 *
 *     KD_VEC(int) lengths = KD_VEC_INIT;
 *     kd_vec_push(&lengths, 7);
 *     for (size_t i = 0; i < lengths.count; i++) use(lengths.items[i]);
 *     kd_vec_fini(&lengths);
 *
 * Name the type once (`typedef KD_VEC(int) int_vec;`) to pass it between functions.
 * Items move when the array grows: keep indices, not pointers.
 */
#ifndef KD_BASE_VEC_H
#define KD_BASE_VEC_H

#include <stddef.h>

#define KD_VEC(type)     \
    struct {             \
        type  *items;    \
        size_t count;    \
        size_t capacity; \
    }

#define KD_VEC_INIT \
    {               \
        NULL, 0, 0  \
    }

/* Append one item. */
#define kd_vec_push(vec, ...)                                                                   \
    do {                                                                                        \
        (vec)->items =                                                                          \
            kd_vec_grow((vec)->items, (vec)->count, 1, &(vec)->capacity, sizeof *(vec)->items); \
        (vec)->items[(vec)->count++] = (__VA_ARGS__);                                           \
    } while (0)

/* Make room for `extra` items more, so that they can be written at items + count. */
#define kd_vec_reserve(vec, extra) \
    ((vec)->items =                \
         kd_vec_grow((vec)->items, (vec)->count, (extra), &(vec)->capacity, sizeof *(vec)->items))

/* Empty and keep the memory; free it. */
#define kd_vec_reset(vec) ((void)((vec)->count = 0))
#define kd_vec_fini(vec)                    \
    do {                                    \
        kd_vec_free((vec)->items);          \
        (vec)->items = NULL;                \
        (vec)->count = (vec)->capacity = 0; \
    } while (0)

/* Private to the macros above. */
void *kd_vec_grow(void *items, size_t count, size_t extra, size_t *capacity, size_t item_size);
void  kd_vec_free(void *items);

#endif
