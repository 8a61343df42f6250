/* onnx.h - a graph of ONNX operators (opset 17), and the file that other runtimes load it from.
 *
 *     kd_onnx_create -> inputs, initializers, nodes -> kd_onnx_output -> kd_onnx_write -> destroy
 *
 *     ids --Gather(table)--> x --MatMul(W)--> y --Add(b)--> ...
 *
 * Nodes are added in the order in which they can run. Each gives a kd_wire, the name of its value,
 * which later nodes take; wires live as long as the graph. What a graph means is its caller's
 * affair: no shape is checked here. messages.proto has the form of the file.
 */
#ifndef KD_ONNX_ONNX_H
#define KD_ONNX_ONNX_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/base/status.h"

enum { KD_ONNX_OPSET = 17, KD_ONNX_IR = 8, KD_ONNX_RANK_MAX = 4 };

/* Types of elements, with their numbers in the file. */
typedef enum {
    KD_ONNX_FLOAT = 1,
    KD_ONNX_INT8 = 3,
    KD_ONNX_INT32 = 6,
    KD_ONNX_INT64 = 7,
    KD_ONNX_BOOL = 9,
} kd_onnx_type;

typedef struct kd_onnx kd_onnx;
typedef const char    *kd_wire;

/* The caller owns the graph. */
kd_onnx *kd_onnx_create(const char *name);

/* An input, and what comes out under a name of its own. Axes are names ("batch") for sizes that a
 * caller of the graph chooses, decimal figures for fixed ones; NULL ends them. */
kd_wire kd_onnx_input(kd_onnx *g, const char *name, kd_onnx_type type, const char *const *axes);
void    kd_onnx_output(kd_onnx *g, kd_wire wire, const char *name, kd_onnx_type type,
                       const char *const *axes);

/* A constant. Its elements are borrowed until the graph is destroyed; kd_onnx_memory gives room that
 * lives as long. Names are given once: ask kd_onnx_find, NULL when there is none of it yet. */
kd_wire kd_onnx_constant(kd_onnx *g, const char *name, kd_onnx_type type, int rank, const int *dim,
                         const void *elements);
kd_wire kd_onnx_find(const kd_onnx *g, const char *name);
void   *kd_onnx_memory(kd_onnx *g, size_t count, size_t size);
char   *kd_onnx_name(kd_onnx *g, const char *stem, const char *suffix); /* put together */

/* Small constants, by value; equal ones are one. */
kd_wire kd_onnx_scalar(kd_onnx *g, float x);
kd_wire kd_onnx_ints(kd_onnx *g, int count, const int64_t *values); /* 1-D */
#define kd_onnx_ints_of(g, ...)                                                  \
    kd_onnx_ints(g, (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), \
                 (const int64_t[]){ __VA_ARGS__ })

/* kd_onnx_node(g, "Add", x, y): a node, its wire is its first output. An input that is left out is "". */
#define kd_onnx_node(g, op, ...) kd_onnx_node_of(g, op, (const kd_wire[]){ __VA_ARGS__, NULL })
kd_wire kd_onnx_node_of(kd_onnx *g, const char *op, const kd_wire *inputs);

/* Of the node that was added last: one more output; attributes. */
kd_wire kd_onnx_also(kd_onnx *g);
void    kd_onnx_set_int(kd_onnx *g, const char *name, int64_t value);
void    kd_onnx_set_float(kd_onnx *g, const char *name, float value);
void    kd_onnx_set_text(kd_onnx *g, const char *name, const char *text);
void    kd_onnx_set_ints(kd_onnx *g, const char *name, int count, const int64_t *values);

/* A Scan, which goes along the first axis of some values and runs a body of nodes at each step:
 *
 *     kd_onnx_scan_begin -> states, parts -> nodes -> next states, collected values -> kd_onnx_scan_end
 *
 *     first --> state --> body --> next ...............--> last
 *     x     --> part  ->      \--> collected (steps, ...)
 *
 * From the beginning to the end nodes are added to the body, which may also take wires of the graph around
 * it; its own wires mean nothing outside. A body has no Scan in it. All states are named before the
 * first part, and all next ones, in the same order, before the first collected value. */
void    kd_onnx_scan_begin(kd_onnx *g);
kd_wire kd_onnx_scan_state(kd_onnx *g, kd_wire first, kd_onnx_type type);
kd_wire kd_onnx_scan_part(kd_onnx *g, kd_wire x, kd_onnx_type type, bool is_backward);
void    kd_onnx_scan_next(kd_onnx *g, kd_wire state, kd_onnx_type type);
void    kd_onnx_scan_collect(kd_onnx *g, kd_wire x, kd_onnx_type type, bool is_backward);
/* `out` receives the states as they are at the end, then what was collected. */
void    kd_onnx_scan_end(kd_onnx *g, kd_wire *out);

/* What a reader of the file is told beside the graph. */
void kd_onnx_note(kd_onnx *g, const char *key, const char *text);

/* Write the file, whole or not at all. KD_EDATA when it would be larger than its form allows. */
kd_status kd_onnx_write(const kd_onnx *g, const char *path, kd_error *err);

/* NULL is fine. */
void kd_onnx_destroy(kd_onnx *g);

#endif
