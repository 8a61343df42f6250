/* windows.c - where windows begin, and which of them answers. */
#include "harness/use/windows.h"

/* The first piece of the word that piece i belongs to. */
static int word_begin(const kd_pack *pack, int i)
{
    while (!kd_pack_is_first(pack, i) && pack->word[i] >= 0) i--;
    return i;
}

void kd_windows_of(kd_windows *out, const kd_pack *pack, int row, int longest)
{
    int begin = pack->piece_begin[row], end = pack->piece_begin[row + 1];
    int fits = longest - 2, from = begin + 1, keep = begin;

    while (end - 1 - from > fits) {
        int reach = from + fits, next = reach - fits / 4, whole = word_begin(pack, next);
        if (whole > from + fits / 2) next = whole; /* so each window is new by half at least */
        int middle = next + (reach - next) / 2;
        kd_vec_push(out, (kd_window){ row, from, reach, keep, middle, longest });
        from = next;
        keep = middle;
    }
    kd_vec_push(out, (kd_window){ row, from, end - 1, keep, end, end - 1 - from + 2 });
}
