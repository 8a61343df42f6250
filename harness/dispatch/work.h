/* work.h - what a sweep has to know of the nodes it brings to an end, whoever made them.
 *
 * The plan of a study is one source of work (kd_work_of_plan); tests and benches of the dispatcher make
 * up others.
 */
#ifndef KD_DISPATCH_WORK_H
#define KD_DISPATCH_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/digest.h"
#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/plan/plan.h"
#include "harness/store/store.h"

typedef struct {
    kd_id          id;
    const int32_t *inputs; /* numbers of the nodes that it stands on; borrowed */
    int            input_count;
    int            kind;    /* below KD_LEDGER_KINDS; costs are learned for each */
    int            threads; /* cores, of all its ranks; 0 for one */
    int            ranks;   /* of a wide cell; 0 for one */
    double         cost_s;  /* a first guess */
    bool           is_done; /* its object is in the store */
    bool           is_needed;
    bool           is_cell;  /* a result of the study, not what one stands on */
    bool           is_empty; /* it leaves no object */
} kd_work_item;

typedef struct {
    size_t count;
    void  *self; /* borrowed; handed to the functions */

    kd_work_item (*item)(void *self, size_t node);
    size_t (*find)(void *self, kd_id id); /* SIZE_MAX when absent */

    /* The store is joined and cannot be changed by one alone any more: look again what it has. NULL
     * where items know. */
    kd_status (*look)(void *self, const kd_store *store, kd_error *err);
    void (*label)(void *self, size_t node, kd_str *out); /* for people */

    /* A wide cell finds no room: KD_ECONFIG in words that say where its ranks come from and what `there` is. NULL where
     * there are none. */
    kd_status (*refuse)(void *self, size_t node, const char *there, kd_error *err);

    /* The text that its process reads; kd_resolved_print made it. */
    kd_status (*text)(void *self, size_t node, kd_str *out, kd_error *err);
} kd_work;

kd_work kd_work_of_plan(kd_plan *plan);

#endif
