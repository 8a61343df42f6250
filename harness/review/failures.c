/* failures.c - count by class, by setting and by key; then one tail of the hypergeometric
 * distribution for each setting. */
#include "harness/review/failures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/str.h"

void kd_failures_init(kd_failures *f)
{
    *f = (kd_failures){ .numbers = kd_map_create(), .key_numbers = kd_map_create() };
}

void kd_failures_fini(kd_failures *f)
{
    kd_map_destroy(f->numbers);
    kd_map_destroy(f->key_numbers);
    kd_vec_fini(&f->classes);
    kd_vec_fini(&f->shares);
    kd_vec_fini(&f->keys);
}

const char *kd_failure_word(const kd_tally_cell *cell)
{
    return cell->cause != KD_CAUSE_NONE ? kd_cause_word(cell->cause) : kd_status_word(cell->status);
}

/* ---- counting ---- */

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

/* The place of a name in a table of numbers: a new name gets the next one. */
static size_t number_of(kd_map *numbers, const char *name, size_t length, const char **kept)
{
    const kd_map_value *known = kd_map_get_n(numbers, name, length);
    if (known) return (size_t)known->number;
    char  *key = kd_strndup(name, length);
    size_t number = kd_map_count(numbers);
    kd_map_put_number(numbers, key, (int64_t)number);
    *kept = kd_map_key(numbers, number);
    free(key);
    return number;
}

static kd_failure_share *share_of(kd_failures *f, const char *setting, size_t length)
{
    const char *name = NULL, *setting_name = NULL;
    size_t      number = number_of(f->numbers, setting, length, &setting_name);
    if (!setting_name) return &f->shares.items[number];
    size_t key = number_of(f->key_numbers, setting, strcspn(setting, "="), &name);
    if (name) kd_vec_push(&f->keys, (kd_failure_key){ .name = name });
    kd_vec_push(&f->shares, (kd_failure_share){ .setting = setting_name, .key = key });
    return &f->shares.items[number];
}

void kd_failures_add(kd_failures *f, const kd_tally_cell *cell, bool has_failed)
{
    const char *at = cell->label, *setting;
    if (has_failed) add_class(f, cell);
    for (size_t length; (length = next_setting(&at, &setting)) > 0;) {
        kd_failure_share *share = share_of(f, setting, length);
        share->failed += has_failed;
        share->all++;
    }
}

/* ---- comparing ---- */

static double log_choose(size_t n, size_t k)
{
    return lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1);
}

/* `failed` of `count` cells did; of `drawn` among them x. */
static double chance_of(size_t count, size_t failed, size_t drawn, size_t x)
{
    return exp(log_choose(failed, x) + log_choose(count - failed, drawn - x) -
               log_choose(count, drawn));
}

/* The chance that x or more of those drawn failed, for an x above the mean: terms only get smaller.
 */
static double chance_above(size_t count, size_t failed, size_t drawn, size_t x)
{
    size_t good = count - failed;
    double sum = 0;
    for (double term = chance_of(count, failed, drawn, x); sum + term > sum; x++) {
        sum += term;
        term *= (double)(failed - x) * (double)(drawn - x) /
                ((double)(x + 1) * (double)(good + x + 1 - drawn));
    }
    return sum;
}

/* The same for x or fewer, for an x up to the mean. */
static double chance_below(size_t count, size_t failed, size_t drawn, size_t x)
{
    size_t good = count - failed;
    double sum = 0;
    for (double term = chance_of(count, failed, drawn, x); sum + term > sum; x--) {
        sum += term;
        term *= (double)x * (double)(good + x - drawn) /
                ((double)(failed - x + 1) * (double)(drawn - x + 1));
    }
    return sum;
}

/* The chance that at least `least` of those drawn failed. */
static double tail(size_t count, size_t failed, size_t drawn, size_t least)
{
    size_t most = failed < drawn ? failed : drawn, good = count - failed;
    size_t fewest = drawn > good ? drawn - good : 0;
    if (least <= fewest) return 1;
    if (least > most) return 0;
    if ((double)least * (double)count > (double)failed * (double)drawn)
        return fmin(chance_above(count, failed, drawn, least), 1);
    return fmax(1 - chance_below(count, failed, drawn, least - 1), 0);
}

static double p_of(const kd_failures *f, const kd_failure_share *s, size_t failed)
{
    const kd_failure_key *peers = &f->keys.items[s->key];
    return tail(peers->all, peers->failed, s->all, failed);
}

/* The p of a setting whose cells fail as often as they can. */
static double least_p(const kd_failures *f, const kd_failure_share *s)
{
    size_t failed = f->keys.items[s->key].failed;
    return p_of(f, s, failed < s->all ? failed : s->all);
}

static int by_size(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

/* Tarone's number: the smallest k such that at most k settings could come below CHANCE / k. */
static size_t count_compared(const kd_failures *f)
{
    size_t  count = f->shares.count, k = 1;
    double *least = kd_alloc(count + 1, sizeof *least);
    for (size_t i = 0; i < count; i++) least[i] = least_p(f, &f->shares.items[i]);
    qsort(least, count, sizeof *least, by_size);
    while (k < count && least[k] <= KD_FAILURES_CHANCE / (double)k) k++;
    free(least);
    return k;
}

static int by_count(const void *a, const void *b)
{
    size_t first = ((const kd_failure_class *)a)->count;
    size_t second = ((const kd_failure_class *)b)->count;
    return (first < second) - (first > second);
}

static int by_p(const void *a, const void *b)
{
    const kd_failure_share *first = a, *second = b;
    if (first->p != second->p) return (first->p > second->p) - (first->p < second->p);
    if (first->failed != second->failed)
        return (first->failed < second->failed) - (first->failed > second->failed);
    return strcmp(first->setting, second->setting);
}

static void count_keys(kd_failures *f)
{
    for (size_t i = 0; i < f->shares.count; i++) {
        const kd_failure_share *s = &f->shares.items[i];
        f->keys.items[s->key].failed += s->failed;
        f->keys.items[s->key].all += s->all;
    }
}

void kd_failures_find(kd_failures *f)
{
    count_keys(f);
    f->compared = count_compared(f);
    for (size_t i = 0; i < f->shares.count; i++) {
        kd_failure_share *s = &f->shares.items[i];
        s->p = p_of(f, s, s->failed);
        s->stands_out = s->p <= KD_FAILURES_CHANCE / (double)f->compared;
        f->standing_out += s->stands_out;
        f->others += s->failed > 0 && !s->stands_out;
    }
    if (f->classes.count)
        qsort(f->classes.items, f->classes.count, sizeof *f->classes.items, by_count);
    if (f->shares.count) qsort(f->shares.items, f->shares.count, sizeof *f->shares.items, by_p);
}
