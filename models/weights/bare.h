/* bare.h - a checkpoint without config.json: a state_dict as a training program leaves it.
 *
 * Every size of a BiLSTM shows in its tensors. Of a transformer the count of heads does not, so
 * that one needs a config.json.
 */
#ifndef KD_WEIGHTS_BARE_H
#define KD_WEIGHTS_BARE_H

#include "models/weights/config.h"
#include "models/weights/weights.h"

/* KD_EDATA when there is no BiLSTM, or a tensor that says a size has another form. */
kd_status kd_bare_read(kd_published *out, const kd_weights *weights, kd_error *err);

#endif
