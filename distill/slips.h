/* slips.h - how mentions of a sentence are wrong: what is there beside what was said.
 *
 *     gold     [Gene  ]        [Disease]    [Gene]
 *     said     [Gene      ]    [Gene   ]             [Gene]
 *              too long        as Gene      missed   invented
 *
 * Only mentions that are not right are asked about: those that the other side does not have. One of gold is
 * paired with the first that was said in its place and is paired with nothing yet.
 */
#ifndef KD_DISTILL_SLIPS_H
#define KD_DISTILL_SLIPS_H

#include <stddef.h>

#include "harness/base/str.h"
#include "models/text/tags.h"
#include "models/text/task.h"

/* clang-format off */
/*    name       in words       what was said */
#define KD_SLIP_FORMS(X)                                                          \
    X(MISSED,    "missed")      /* nothing */                                     \
    X(INVENTED,  "invented")    /* something where nothing is */                  \
    X(CONFUSED,  "wrong type")  /* another type, in the same words or in others */ \
    X(LONG,      "too long")    /* words beside it too */                         \
    X(SHORT,     "too short")   /* only some of its words */                      \
    X(SHIFTED,   "shifted")     /* some of its words and others */
/* clang-format on */

typedef enum {
#define X(name, word) KD_SLIP_##name,
    KD_SLIP_FORMS(X)
#undef X
        KD_SLIP_COUNT
} kd_slip_form;

const char *kd_slip_word(kd_slip_form form);

/* A sentence for who would show the errors of a task that are not sorted into kinds; NULL for one whose errors are. */
const char *kd_slips_unsorted(kd_task task);

/* One slip: numbers in the arrays, or KD_SLIP_NONE on the side that has nothing. */
#define KD_SLIP_NONE ((size_t)-1)
typedef void (*kd_slip_take)(void *user, size_t gold, size_t said);

/* Tell all slips of one sentence: those of gold in its order, then what was invented. */
void kd_slips_pair(const kd_span *gold, size_t golds, const kd_span *said, size_t saids,
                   kd_slip_take take, void *user);

/* What a slip is; NULL for the side that has nothing. The second form adds its name: "Gene too long",
 * "Gene as Disease, other words". */
kd_slip_form kd_slip_form_of(const kd_span *gold, const kd_span *said);
void         kd_slip_add_name(kd_str *out, const kd_labels *labels, const kd_span *gold,
                              const kd_span *said);

#endif
