/* pickle.h - the pickle of a PyTorch state_dict, read by a machine that can build tensors and
 * nothing else.
 *
 * Of Python's globals it knows those that a state_dict needs (OrderedDict, the two functions that
 * rebuild a tensor, the kinds of storage) and gives them their meaning here; any other is refused
 * by name, and nothing is ever called. Memory is linear in the length of the pickle, which is
 * bounded: some hundred bytes a tensor, so 4 MiB are more than any model has.
 */
#ifndef KD_WEIGHTS_PICKLE_H
#define KD_WEIGHTS_PICKLE_H

#include "harness/base/arena.h"
#include "models/weights/weights.h"

enum { KD_PICKLE_MAX = 4 << 20 };

typedef struct {
    const char *name;
    const char *storage; /* name of the member that holds its numbers */
    kd_dtype    type;
    int64_t     elements; /* of the storage */
    int64_t     offset;   /* of the tensor's first element in it */
    int         rank;
    int64_t     dim[KD_WEIGHT_RANK_MAX], stride[KD_WEIGHT_RANK_MAX];
} kd_pickled;

/* Called for every tensor of the dictionary, in its order. Stops at a status that is not KD_OK. */
typedef kd_status (*kd_pickle_visit)(const kd_pickled *tensor, void *user, kd_error *err);

/* KD_EDATA with "byte N: ..." for what is no state_dict. Texts live in `arena`. */
kd_status kd_pickle_read(const char *bytes, size_t length, kd_arena *arena, kd_pickle_visit visit,
                         void *user, kd_error *err);

#endif
