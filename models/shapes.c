/* shapes.c - sizes of published networks. */
#include "models/shapes.h"

const kd_choice kd_shapes[] = {
#define X(constant, word) { word, KD_SHAPE_##constant },
    KD_SHAPES(X)
#undef X
        KD_CHOICE_END
};

static const struct {
    kd_kind kind;
    int     layers, hidden, heads, ffn, classifier;
} sizes[] = {
    [KD_SHAPE_BILSTM] = { KD_KIND_BILSTM, 2, 300, 1, 1, 256 },
    [KD_SHAPE_TINYBERT] = { KD_KIND_BERT, 4, 312, 12, 1200, 0 },
    [KD_SHAPE_MINILM] = { KD_KIND_BERT, 6, 384, 12, 1536, 0 },
    [KD_SHAPE_DISTILBERT] = { KD_KIND_BERT, 6, 768, 12, 3072, 0 },
    [KD_SHAPE_MOBILEBERT] = { KD_KIND_MOBILEBERT, 24, 512, 4, 512, 0 },
    [KD_SHAPE_ALBERT] = { KD_KIND_ALBERT, 12, 768, 12, 3072, 0 },
    [KD_SHAPE_BERT] = { KD_KIND_BERT, 12, 768, 12, 3072, 0 },
};

void kd_shape_arch(kd_arch *out, kd_shape shape)
{
    kd_arch_begin(out, sizes[shape].kind);
    out->layers = sizes[shape].layers;
    out->hidden = sizes[shape].hidden;
    out->encoder.heads = sizes[shape].heads;
    out->encoder.ffn = sizes[shape].ffn;
    out->classifier = sizes[shape].classifier;
}
