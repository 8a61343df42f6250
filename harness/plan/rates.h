/* rates.h - how fast this machine does the kinds of work that training consists of.
 *
 * An estimate is a sum of few terms, and this page is all of it. A step of training, there and back,
 * with N tokens of a network whose work is counted by models/effort.h, takes
 *
 *     N * sum over kinds of work of (how much of it a token asks * rate of that kind)
 *     + parameters * update                       the optimizer touches every weight
 *
 * and a pass forward a third of the first line. A rate is the seconds of one core, and is measured by
 * running the op that the networks run, in sizes that they have, for some milliseconds; all together
 * take a tenth of a second.
 *
 *     kd_machine_get --> $XDG_CACHE_HOME/kdgrid/rates, or ~/.cache/kdgrid/rates: measured before?
 *                        yes: by this CPU, version, build and these libraries --> as they were
 *                        no, or it cannot be trusted                          --> measured and kept
 */
#ifndef KD_PLAN_RATES_H
#define KD_PLAN_RATES_H

#include "harness/base/str.h"
#include "models/effort.h"
#include "models/tensor/gemm.h"

/* Seconds of one core, there and back; of those kinds that are products with weights for each
 * precision. */
#define KD_RATES(X)                                           \
    X(product, "an operation of a product")                   \
    X(recurrent, "the same of products step by step in time") \
    X(passed, "a number into a product or out of it")         \
    X(attention, "an operation between tokens")               \
    X(map, "a number of an attention map")                    \
    X(value, "a number looked up, added, dropped or normed")  \
    X(curve, "a number through an activation or a gate")      \
    X(update, "a weight that the optimizer moves")

typedef struct {
#define X(name, about) double name;
    KD_RATES(X)
#undef X
} kd_rates;

/* Training knows no other precision: KD_F32, KD_BF16. */
enum { KD_RATES_PRECISIONS = 2 };

typedef enum { KD_RATES_TYPICAL, KD_RATES_MEASURED, KD_RATES_REMEMBERED } kd_rates_origin;

typedef struct {
    kd_rates        of[KD_RATES_PRECISIONS];
    kd_rates_origin origin;
} kd_machine;

/* Of a usual core, for who wants the same numbers everywhere; borrowed, lives for ever. */
const kd_machine *kd_machine_typical(void);

/* Measured now, in the time of this thread alone. */
void kd_machine_measure(kd_machine *out);

/* From the user's cache, else measured and kept there. Never fails: a cache that is damaged, somebody
 * else's, of other circumstances or not to be written to costs a tenth of a second each time. */
void kd_machine_get(kd_machine *out);

/* The same, for who measures in a way of his own. */
void kd_machine_get_by(kd_machine *out, void (*measure)(kd_machine *out));

/* "measured on this machine" and the like, to go on after "estimated by rates ". */
const char *kd_machine_words(const kd_machine *machine);

/* ---- arithmetic ---- */

/* Of this precision; a network that is applied in int8 counts as one in bf16. */
const kd_rates *kd_machine_rates(const kd_machine *machine, kd_precision precision);

/* A token there and back, without the optimizer; a third of it forward alone. */
double kd_rates_token(const kd_rates *rates, const kd_effort *effort);

#endif
