/* inside.c - layers of a teacher: chosen, asked for, as words. */
#include "distill/inside.h"

#include <stdlib.h>

const char *kd_inside_word(kd_inside_kind kind)
{
    static const char *const words[] = {
#define X(name, word, want) word,
        KD_INSIDE_KINDS_LIST(X)
#undef X
    };
    return words[kind];
}

void kd_inside_add(kd_inside *inside, kd_inside_kind kind, int first, int stride, int count)
{
    for (int i = 0; i < count; i++) inside->has[kind][first + i * stride] = true;
}

static bool has_any(const kd_inside *inside, kd_inside_kind kind)
{
    for (int l = 0; l <= KD_LAYERS_MAX; l++)
        if (inside->has[kind][l]) return true;
    return false;
}

bool kd_inside_is_empty(const kd_inside *inside)
{
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++)
        if (has_any(inside, k)) return false;
    return true;
}

kd_wants kd_inside_wants(const kd_inside *inside)
{
    return (kd_wants){
#define X(name, word, want) .want = has_any(inside, KD_INSIDE_##name),
        KD_INSIDE_KINDS_LIST(X)
#undef X
    };
}

void kd_inside_print(const kd_inside *inside, kd_inside_kind kind, kd_str *out)
{
    const char *between = "";
    for (int l = 0; l <= KD_LAYERS_MAX; l++) {
        if (!inside->has[kind][l]) continue;
        kd_str_addf(out, "%s%d", between, l);
        between = " ";
    }
}

bool kd_inside_parse(kd_inside *inside, kd_inside_kind kind, const char *text)
{
    while (*text) {
        char *end;
        long  layer = strtol(text, &end, 10);
        if (end == text || layer < 0 || layer > KD_LAYERS_MAX || (*end && *end != ' '))
            return false;
        inside->has[kind][layer] = true;
        text = end + (*end == ' ');
    }
    return true;
}
