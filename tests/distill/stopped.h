/* stopped.h - a training that is stopped after so many updates, and another that goes on from there.
 *
 *     stopped halt = { .training = &first };                     first.watch = { NULL, stop_and_save, &halt }
 *     halt.updates = 7;                                          kd_trainer_run says KD_ESTOPPED
 *     go_on_from(&halt, trainer, params);                        of the second, which is not run yet
 *     stopped_fini(&halt);
 */
#ifndef KD_TESTS_DISTILL_STOPPED_H
#define KD_TESTS_DISTILL_STOPPED_H

#include <stdlib.h>
#include <string.h>

#include "distill/trainer.h"
#include "tests/support/support.h"

enum { STOPPED_BLOCKS = 4 }; /* values, both moments, and the best weights so far */

typedef struct {
    const kd_training *training; /* what is stopped; borrowed */
    int                updates;  /* after which it is; 0: never */
    kd_str             saved;
    float             *blocks[STOPPED_BLOCKS];
} stopped;

/* What is kept in a checkpoint beside the trainer's own text. */
static inline void stopped_blocks(float *out[STOPPED_BLOCKS], kd_trainer *trainer,
                                  kd_params *params)
{
    out[0] = kd_params_block(params, KD_VALUES);
    out[1] = kd_params_block(params, KD_FIRST);
    out[2] = kd_params_block(params, KD_SECOND);
    out[3] = kd_trainer_best_weights(trainer);
}

/* A kd_trainer_watch: `user` is a `stopped`. */
static inline bool stop_and_save(void *user, kd_trainer *trainer)
{
    stopped *s = user;
    float   *from[STOPPED_BLOCKS];

    if (s->updates == 0 || kd_trainer_updates(trainer) != s->updates) return false;
    kd_str_init(&s->saved);
    kd_trainer_save(trainer, &s->saved);
    stopped_blocks(from, trainer, s->training->params);
    for (int i = 0; i < STOPPED_BLOCKS; i++) {
        size_t span = kd_params_span(s->training->params);
        s->blocks[i] = kd_alloc(span, sizeof(float));
        memcpy(s->blocks[i], from[i], span * sizeof(float));
    }
    return true;
}

static inline void go_on_from(const stopped *s, kd_trainer *trainer, kd_params *params)
{
    kd_error err;
    float   *to[STOPPED_BLOCKS];

    stopped_blocks(to, trainer, params);
    for (int i = 0; i < STOPPED_BLOCKS; i++)
        memcpy(to[i], s->blocks[i], kd_params_span(params) * sizeof(float));
    assert_ok(kd_trainer_restore(trainer, s->saved.text, s->saved.length, &err), &err);
}

static inline void stopped_fini(stopped *s)
{
    kd_str_fini(&s->saved);
    for (int i = 0; i < STOPPED_BLOCKS; i++) free(s->blocks[i]);
}

#endif
