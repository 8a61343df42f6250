/* embedding.h - BERT's embedding block: dropout(LayerNorm(word + position + segment)).
 *
 * "<prefix>.word_embeddings.weight", ".position_embeddings.weight",
 * ".token_type_embeddings.weight" (absent in DistilBERT's layout), ".LayerNorm.*".
 */
#ifndef KD_MODELS_EMBEDDING_H
#define KD_MODELS_EMBEDDING_H

#include "models/model.h"
#include "models/norm.h"

typedef struct {
    kd_tensor *word;     /* (V,D) */
    kd_tensor *position; /* (P,D) */
    int        first;    /* position of a sentence's first piece: 0 unless its network sets it */
    kd_tensor *segment;  /* (S,D) or NULL */
    kd_norm    norm;
} kd_embedding;

/* The setting of networks whose word vectors have a width of their own: `embedding`. */
extern const kd_setting kd_embedding_settings[];

/* `width` is D; V, P, S and eps come from `arch`. Where there is one kind of segment every piece is
 * of it, whatever the batch says. */
kd_embedding kd_embedding_declare(kd_declare *declare, const char *prefix, const kd_arch *arch,
                                  int width);
kd_tensor   *kd_embedding_apply(const kd_embedding *embedding, kd_tape *tape, const kd_batch *batch,
                                double dropout);
kd_wire      kd_embedding_graph(const kd_embedding *embedding, kd_graph *g);
void         kd_embedding_effort(int width, kd_effort *effort);

/* Rows of these tables at each piece's place, in the segment that is 0: (length, D). */
kd_wire kd_embedding_graph_places(kd_graph *g, const kd_tensor *position, int first,
                                  const kd_tensor *segment);

#endif
