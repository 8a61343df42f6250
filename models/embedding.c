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

/* Three tables, a norm and a dropout. */
void kd_embedding_effort(int width, kd_effort *effort)
{
    effort->values += 5.0 * width;
}
