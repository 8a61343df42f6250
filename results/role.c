/* role.c - roles by the prefixes of settings. */
#include "results/role.h"

#include <string.h>

static const char *const words[] = { "student", "teacher", "start", "all" };
enum { ALL = KD_ROLES, WORDS };

static bool has_prefix(const kd_record *record, const char *prefix)
{
    for (size_t i = 0; i < record->setting_count; i++)
        if (kd_starts_with(record->settings[i].key, prefix)) return true;
    return false;
}

kd_role kd_record_role(const kd_record *record)
{
    if (has_prefix(record, "teacher.") && !has_prefix(record, "student.")) return KD_ROLE_TEACHER;
    if (has_prefix(record, "finetune.") && !has_prefix(record, "distill.")) return KD_ROLE_START;
    return KD_ROLE_STUDENT;
}

const char *kd_role_word(kd_role role)
{
    return words[role];
}

static bool any_student(const kd_cells *cells)
{
    for (size_t i = 0; i < cells->count; i++)
        if (kd_record_role(cells->items[i]) == KD_ROLE_STUDENT) return true;
    return false;
}

static kd_status find_word(int *out, const char *role, kd_error *err)
{
    const char *nearest = kd_nearest(role, words, WORDS);

    for (*out = 0; *out < WORDS; (*out)++)
        if (strcmp(words[*out], role) == 0) return KD_OK;
    return kd_fail(err, KD_EUSAGE, "--role is student, teacher, start or all, not %s%s%s%s", role,
                   nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                   nearest != NULL ? "?" : "");
}

kd_status kd_cells_keep_role(kd_cells *cells, const char *role, kd_left_out *out, kd_error *err)
{
    int       wanted = any_student(cells) ? KD_ROLE_STUDENT : ALL;
    size_t    kept = 0, all = cells->count;
    kd_status status = role != NULL ? find_word(&wanted, role, err) : KD_OK;

    *out = (kd_left_out){ { 0 } };
    for (size_t i = 0; status == KD_OK && i < all; i++) {
        kd_role is = kd_record_role(cells->items[i]);
        if (wanted == ALL || (int)is == wanted)
            cells->items[kept++] = cells->items[i];
        else
            out->count[is]++;
    }
    if (status == KD_OK && kept == 0 && all > 0)
        status = kd_fail(err, KD_EUSAGE, "--role %s: no cell is a %s", role, role);
    if (status == KD_OK) cells->count = kept;
    return status;
}

void kd_left_out_say(kd_str *out, const kd_left_out *left_out)
{
    bool is_first = true;

    for (int r = 0; r < KD_ROLES; r++) {
        size_t n = left_out->count[r];
        if (n == 0) continue;
        kd_str_addf(out, "%s%zu %s%s", is_first ? "left out: " : ", ", n, words[r],
                    n == 1 ? "" : "s");
        is_first = false;
    }
    if (!is_first) kd_str_add(out, " (--role all has them)");
}
