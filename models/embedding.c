/* embedding.c - BERT's embedding block. */
#include "models/embedding.h"

const kd_setting kd_embedding_settings[] = {
    KD_INT_ROW(kd_arch, embedding, "embedding", "300", 1, 65536, NULL, "width of a word vector"),
    KD_SETTING_END,
};

static kd_tensor *declare_table(kd_declare *declare, const char *prefix, const char *name, int rows,
                                int width, kd_init init)
{
    return kd_declare_matrix(declare, prefix, name, rows, width, init);
}

kd_embedding kd_embedding_declare(kd_declare *declare, const char *prefix, const kd_arch *arch,
                                  int width)
{
    char         name[KD_NAME_SIZE];
    kd_init      init = kd_init_bert(arch->init_range).embedding;
    kd_embedding e = { 0 };

    e.word = declare_table(declare, prefix, "word_embeddings.weight", arch->vocab, width, init);
    e.position =
        declare_table(declare, prefix, "position_embeddings.weight", arch->positions, width, init);
    if (arch->segments > 0)
        e.segment = declare_table(declare, prefix, "token_type_embeddings.weight", arch->segments,
                                  width, init);
    e.norm =
        kd_norm_declare(declare, kd_name_join(name, prefix, "LayerNorm"), width, arch->norm_eps);
    return e;
}

kd_tensor *kd_embedding_apply(const kd_embedding *e, kd_tape *tape, const kd_batch *batch,
                              double dropout)
{
    const int32_t *segments = e->segment && e->segment->n > 1 ? batch->segments : NULL;
    kd_tensor     *x = kd_op_embed(tape, batch->ids, segments, &batch->rows, e->word, e->position,
                                   e->first, e->segment);

    return kd_op_dropout(tape, kd_norm_apply(&e->norm, tape, x, NULL), dropout);
}

kd_wire kd_embedding_graph_places(kd_graph *g, const kd_tensor *position, int first,
                                  const kd_tensor *segment)
{
    kd_onnx *o = g->onnx;
    kd_wire  begin = kd_onnx_ints_of(o, first);
    kd_wire  end = kd_onnx_node(o, "Add", kd_graph_length(g), begin);
    kd_wire  x = kd_graph_slice(g, kd_graph_weight(g, position), 0, begin, end);

    if (!segment) return x;
    kd_wire rows = kd_graph_weight(g, segment);
    kd_wire of = segment->n > 1 ? kd_graph_segments(g) : NULL;
    if (of) return kd_onnx_node(o, "Add", x, kd_onnx_node(o, "Gather", rows, of));
    return kd_onnx_node(o, "Add", x,
                        kd_graph_slice(g, rows, 0, kd_onnx_ints_of(o, 0), kd_onnx_ints_of(o, 1)));
}

kd_wire kd_embedding_graph(const kd_embedding *e, kd_graph *g)
{
    kd_wire words = kd_onnx_node(g->onnx, "Gather", kd_graph_weight(g, e->word), g->ids);
    kd_wire places = kd_embedding_graph_places(g, e->position, e->first, e->segment);

    return kd_norm_graph(&e->norm, g, words, places);
}

/* Three tables, a norm and a dropout. */
void kd_embedding_effort(int width, kd_effort *effort)
{
    effort->values += 5.0 * width;
}
