/* failures.c - two passes: failed cells say which settings matter, all cells how common they are.
 */
#include "harness/failures.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/str.h"
#include "harness/dispatch/cause.h"

void kd_failures_init(kd_failures *f)
{
    *f = (kd_failures){ .numbers = kd_map_create() };
}

void kd_failures_fini(kd_failures *f)
{
    kd_map_destroy(f->numbers);
    kd_vec_fini(&f->classes);
    kd_vec_fini(&f->shares);
}

const char *kd_failure_word(const kd_tally_cell *cell)
{
    size_t length = strcspn(cell->text, ":");
    for (int cause = 0; cause < KD_CAUSE_COUNT; cause++) {
        const char *word = kd_cause_word((kd_cause)cause);
        if (strlen(word) == length && strncmp(word, cell->text, length) == 0) return word;
    }
    return kd_status_word(cell->status);
}

/* The next "key=value" of a name, which begins at *at; its length, 0 at the end. */
static size_t next_setting(const char **at, const char **out)
{
    for (;;) {
        *out = *at += strspn(*at, " ");
        size_t length = strcspn(*at, " ");
        *at += length;
        if (length == 0 || memchr(*out, '=', length)) return length;
    }
}

static void add_class(kd_failures *f, const kd_tally_cell *cell)
{
    const char *word = kd_failure_word(cell);
    for (size_t i = 0; i < f->classes.count; i++) {
        kd_failure_class *c = &f->classes.items[i];
        if (strcmp(c->word, word) != 0) continue;
        c->count++;
        if (cell->time_s >= c->last->time_s) c->last = cell;
        return;
    }
    kd_vec_push(&f->classes, (kd_failure_class){ word, 1, cell });
}

static kd_failure_share *find_share(kd_failures *f, const char *setting, size_t length)
{
    const kd_map_value *value = kd_map_get_n(f->numbers, setting, length);
    return value ? &f->shares.items[value->number] : NULL;
}

static kd_failure_share *new_share(kd_failures *f, const char *setting, size_t length)
{
    char  *key = kd_strndup(setting, length);
    size_t number = kd_map_put_number(f->numbers, key, (int64_t)f->shares.count);
    kd_vec_push(&f->shares, (kd_failure_share){ .setting = kd_map_key(f->numbers, number) });
    free(key);
    return &f->shares.items[number];
}

void kd_failures_add(kd_failures *f, const kd_tally_cell *cell)
{
    const char *at = cell->label, *setting;
    add_class(f, cell);
    for (size_t length; (length = next_setting(&at, &setting)) > 0;) {
        kd_failure_share *share = find_share(f, setting, length);
        if (!share) share = new_share(f, setting, length);
        share->failed++;
    }
}

void kd_failures_compare(kd_failures *f, const kd_tally_cell *cell)
{
    const char *at = cell->label, *setting;
    for (size_t length; (length = next_setting(&at, &setting)) > 0;) {
        kd_failure_share *share = find_share(f, setting, length);
        if (share) share->all++;
    }
}

static int by_count(const void *a, const void *b)
{
    size_t first = ((const kd_failure_class *)a)->count;
    size_t second = ((const kd_failure_class *)b)->count;
    return (first < second) - (first > second);
}

static double share_of(const kd_failure_share *share)
{
    return (double)share->failed / (double)(share->all ? share->all : 1);
}

static int by_share(const void *a, const void *b)
{
    const kd_failure_share *first = a, *second = b;
    double                  x = share_of(first), y = share_of(second);
    if (x != y) return (x < y) - (x > y);
    if (first->failed != second->failed)
        return (first->failed < second->failed) - (first->failed > second->failed);
    return strcmp(first->setting, second->setting);
}

void kd_failures_sort(kd_failures *f)
{
    if (f->classes.count)
        qsort(f->classes.items, f->classes.count, sizeof *f->classes.items, by_count);
    if (f->shares.count) qsort(f->shares.items, f->shares.count, sizeof *f->shares.items, by_share);
}
