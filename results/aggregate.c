/* aggregate.c - one pass to merge, one to group, one to measure. */
#include "results/aggregate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/map.h"
#include "results/role.h"

/* ---- cells ---- */

/* Whether every number of `a` that is not a time is in `b`, and the same. */
static bool has_metrics_of(const kd_record *b, const kd_record *a)
{
    for (size_t i = 0; i < a->metric_count; i++) {
        const double *other = kd_record_number(b, a->metrics[i].name);
        double        value = a->metrics[i].value;
        if (kd_metric_is_timing(a->metrics[i].name)) continue;
        if (other == NULL) return false;
        if (*other != value && !(isnan(*other) && isnan(value))) return false;
    }
    return true;
}

static bool same_contents(const kd_record *a, const kd_record *b)
{
    return kd_record_has_settings_of(a, b) && has_metrics_of(a, b) && has_metrics_of(b, a);
}

void kd_cells_merge(kd_cells *cells, const kd_record *const *records, size_t count,
                    kd_conflicts *conflicts)
{
    kd_map *seen = kd_map_create();

    kd_vec_reset(cells);
    for (size_t i = 0; i < count; i++) {
        const kd_record *record = records[i];
        kd_map_value    *first;
        char             id[KD_ID_TEXT];
        if (strcmp(record->kind, "model") != 0) continue;
        kd_id_text(id, record->id);
        first = kd_map_get(seen, id);
        if (first == NULL) {
            kd_map_put_number(seen, id, (int64_t)cells->count);
            kd_vec_push(cells, record);
        } else if (!same_contents(cells->items[first->number], record)) {
            kd_vec_push(conflicts, (kd_conflict){ cells->items[first->number], record });
        }
    }
    kd_map_destroy(seen);
}

int kd_value_compare(const char *a, const char *b)
{
    double x, y;
    bool   a_is_number, b_is_number;

    if (a == NULL || b == NULL) return (a != NULL) - (b != NULL);
    a_is_number = kd_parse_real(a, &x);
    b_is_number = kd_parse_real(b, &y);
    if (a_is_number && b_is_number && x != y) return x < y ? -1 : 1;
    if (a_is_number && b_is_number) return 0;
    if (a_is_number != b_is_number) return a_is_number ? -1 : 1;
    return strcmp(a, b);
}

int kd_values_compare(const char *const *a, const char *const *b, size_t count)
{
    int order = 0;

    for (size_t k = 0; order == 0 && k < count; k++) order = kd_value_compare(a[k], b[k]);
    return order;
}

static bool any_has_key(const kd_cells *cells, const char *key)
{
    for (size_t i = 0; i < cells->count; i++)
        if (kd_record_value(cells->items[i], key) != NULL) return true;
    return false;
}

/* Records of one catalogue share their texts: then a look at two pointers says that the cell
 * before had the same setting in this place. */
static bool is_as_before(const kd_cells *cells, size_t i, size_t s)
{
    const kd_record *now = cells->items[i], *before = i > 0 ? cells->items[i - 1] : NULL;

    return before != NULL && s < before->setting_count &&
           before->settings[s].key == now->settings[s].key &&
           before->settings[s].value == now->settings[s].value;
}

/* Every key with its first value; the pointer is NULL once another value was seen. */
static kd_map *collect_keys(const kd_cells *cells)
{
    kd_map *keys = kd_map_create();

    for (size_t i = 0; i < cells->count; i++)
        for (size_t s = 0; s < cells->items[i]->setting_count; s++) {
            const kd_record_setting *setting = &cells->items[i]->settings[s];
            if (is_as_before(cells, i, s)) continue;
            kd_map_value *first = kd_map_get(keys, setting->key);
            if (first == NULL)
                kd_map_put_pointer(keys, setting->key, (void *)setting->value);
            else if (first->pointer != NULL && strcmp(first->pointer, setting->value) != 0)
                first->pointer = NULL;
        }
    return keys;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **list_keys(const kd_cells *cells, bool only_varying, kd_arena *arena,
                              size_t *count)
{
    kd_map      *keys = collect_keys(cells);
    const char **words = kd_arena_alloc(arena, kd_map_count(keys) + 1, sizeof *words);

    *count = 0;
    for (size_t i = 0; i < kd_map_count(keys); i++)
        if (!only_varying || kd_map_at(keys, i)->pointer == NULL)
            words[(*count)++] = kd_arena_strdup(arena, kd_map_key(keys, i));
    qsort(words, *count, sizeof *words, compare_texts);
    kd_map_destroy(keys);
    return words;
}

const char **kd_cells_keys(const kd_cells *cells, kd_arena *arena, size_t *count)
{
    return list_keys(cells, false, arena, count);
}

static size_t number_groups(const kd_cells *cells, const char *const *keys, size_t key_count,
                            size_t *number);

static bool some_lack(const kd_cells *cells, const char *key)
{
    for (size_t i = 0; i < cells->count; i++)
        if (kd_record_value(cells->items[i], key) == NULL) return true;
    return false;
}

size_t kd_cells_count_groups(const kd_cells *cells, const char *const *keys, size_t key_count)
{
    size_t *number = kd_alloc(cells->count + 1, sizeof *number);
    size_t  groups = number_groups(cells, keys, key_count, number);

    free(number);
    return groups;
}

/* Of the settings that only some cells have, those that tell apart what the `count` keys do not, as a text that some learn from
 * does. What comes with another setting, as a temperature with its method, tells nothing that this one does not. */
static size_t add_telling(const kd_cells *cells, const char **keys, size_t count, kd_arena *arena)
{
    size_t       sorts = kd_cells_count_groups(cells, keys, count), all;
    const char **others = list_keys(cells, false, arena, &all);

    for (size_t i = 0; i < all && sorts < cells->count; i++) {
        if (!some_lack(cells, others[i])) continue;
        keys[count] = others[i];
        size_t finer = kd_cells_count_groups(cells, keys, count + 1);
        if (finer <= sorts) continue;
        sorts = finer;
        count++;
    }
    return count;
}

const char **kd_cells_varying(const kd_cells *cells, kd_arena *arena, size_t *count)
{
    const char **keys = list_keys(cells, true, arena, count);

    *count = add_telling(cells, keys, *count, arena);
    qsort(keys, *count, sizeof *keys, compare_texts);
    return keys;
}

void kd_cells_list_varying(const kd_cells *cells, kd_str *out)
{
    kd_arena    *arena = kd_arena_create(0);
    size_t       count;
    const char **keys = kd_cells_varying(cells, arena, &count);

    for (size_t i = 0; i < count; i++) kd_str_addf(out, "%s%s", i > 0 ? ", " : "", keys[i]);
    if (count == 0) kd_str_add(out, "nothing");
    kd_arena_destroy(arena);
}

static kd_status fail_unknown_key(const kd_cells *cells, const char *key, kd_error *err)
{
    kd_map      *keys = collect_keys(cells);
    const char **words = kd_alloc(kd_map_count(keys) + 1, sizeof *words);
    const char  *nearest;
    kd_str       varying = KD_STR_INIT;
    kd_status    status;

    for (size_t i = 0; i < kd_map_count(keys); i++) words[i] = kd_map_key(keys, i);
    nearest = kd_nearest(key, words, kd_map_count(keys));
    kd_cells_list_varying(cells, &varying);
    status = kd_fail(err, KD_EUSAGE, "no cell has the key '%s'%s%s%s; what differs is %s", key,
                     nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                     nearest != NULL ? "?" : "", varying.text);
    kd_str_fini(&varying);
    free(words);
    kd_map_destroy(keys);
    return status;
}

kd_status kd_cells_check_key(const kd_cells *cells, const char *key, kd_error *err)
{
    return cells->count == 0 || any_has_key(cells, key) ? KD_OK : fail_unknown_key(cells, key, err);
}

static int compare_values(const void *a, const void *b)
{
    return kd_value_compare(*(const char *const *)a, *(const char *const *)b);
}

/* The values that cells have of a key, each once and sorted; the caller frees the array. */
static const char **list_values(const kd_cells *cells, const char *key, size_t *count)
{
    kd_map      *seen = kd_map_create();
    const char **values = kd_alloc(cells->count + 1, sizeof *values);

    *count = 0;
    for (size_t i = 0; i < cells->count; i++) {
        const char *value = kd_record_value(cells->items[i], key);
        if (value == NULL || kd_map_get(seen, value) != NULL) continue;
        kd_map_put_number(seen, value, 0);
        values[(*count)++] = value;
    }
    qsort(values, *count, sizeof *values, compare_values);
    kd_map_destroy(seen);
    return values;
}

/* Of numbers the nearest one, if it is near: neither twice the other; of words the one that is spelled most alike. NULL
 * for none. */
static const char *nearest_value(const char *value, const char *const *values, size_t count)
{
    const char *nearest = NULL;
    double      wanted, number, least = INFINITY;

    if (!kd_parse_real(value, &wanted)) return kd_nearest(value, values, count);
    for (size_t i = 0; i < count; i++) {
        if (!kd_parse_real(values[i], &number) || !(fabs(number - wanted) < least)) continue;
        if (fabs(number - wanted) > fmin(fabs(number), fabs(wanted))) continue;
        least = fabs(number - wanted);
        nearest = values[i];
    }
    return nearest;
}

/* "student.hidden=17: no cell has this value; did you mean 16?; there are 16, 64" */
static kd_status fail_unknown_value(const kd_cells *cells, const char *condition, const char *key,
                                    const char *value, kd_error *err)
{
    enum { SHOWN = 8 };
    size_t       count;
    const char **values = list_values(cells, key, &count);
    const char  *nearest = nearest_value(value, values, count);
    kd_str       known = KD_STR_INIT;
    kd_status    status;

    for (size_t i = 0; i < count && i < SHOWN; i++)
        kd_str_addf(&known, "%s%s", i > 0 ? ", " : "", values[i]);
    if (count > SHOWN) kd_str_addf(&known, " and %zu more", count - SHOWN);
    status = kd_fail(err, KD_EUSAGE, "%s: no cell has this value%s%s%s; there %s %s", condition,
                     nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                     nearest != NULL ? "?" : "", count == 1 ? "is" : "are", known.text);
    kd_str_fini(&known);
    free(values);
    return status;
}

bool kd_value_meets(const char *own, const char *asked)
{
    if (*asked == '\0') return own == NULL || *own == '\0';
    return own != NULL && kd_value_compare(own, asked) == 0;
}

bool kd_record_meets(const kd_record *cell, const char *key, const char *value)
{
    return kd_value_meets(kd_record_value(cell, key), value);
}

kd_status kd_cells_keep(kd_cells *cells, const char *condition, kd_error *err)
{
    const char *equals = strchr(condition, '=');
    char       *key;
    size_t      kept = 0, all = cells->count;
    kd_status   status;

    if (equals == NULL || equals == condition)
        return kd_fail(err, KD_EUSAGE, "'%s': expected KEY=VALUE", condition);
    key = kd_strndup(condition, (size_t)(equals - condition));
    status = kd_cells_check_key(cells, key, err);
    for (size_t i = 0; status == KD_OK && i < all; i++)
        if (kd_record_meets(cells->items[i], key, equals + 1))
            cells->items[kept++] = cells->items[i];
    if (status == KD_OK && kept == 0 && all > 0)
        status = fail_unknown_value(cells, condition, key, equals + 1, err);
    if (status == KD_OK) cells->count = kept;
    free(key);
    return status;
}

/* ---- groups ---- */

void kd_value_join(kd_str *out, const char *value)
{
    if (value != NULL)
        kd_str_addf(out, "%zu:%s", strlen(value), value);
    else
        kd_str_add_char(out, '-');
}

void kd_record_join(kd_str *out, const kd_record *cell, const char *const *keys, size_t count)
{
    kd_str_reset(out);
    for (size_t k = 0; k < count; k++) kd_value_join(out, kd_record_value(cell, keys[k]));
}

/* Each cell's group number; returns how many groups there are. */
static size_t number_groups(const kd_cells *cells, const char *const *keys, size_t key_count,
                            size_t *number)
{
    kd_map *groups = kd_map_create();
    kd_str  joined = KD_STR_INIT;
    size_t  count;

    for (size_t i = 0; i < cells->count; i++) {
        kd_map_value *found;
        kd_record_join(&joined, cells->items[i], keys, key_count);
        found = kd_map_get(groups, joined.text);
        number[i] = found != NULL ? (size_t)found->number : kd_map_count(groups);
        if (found == NULL) kd_map_put_number(groups, joined.text, (int64_t)number[i]);
    }
    count = kd_map_count(groups);
    kd_str_fini(&joined);
    kd_map_destroy(groups);
    return count;
}

static int compare_groups(const void *a, const void *b, void *key_count)
{
    const kd_group *x = a, *y = b;

    return kd_values_compare((const char *const *)x->values, (const char *const *)y->values,
                             *(const size_t *)key_count);
}

/* Give a group the place for its `count` cells and the values that its first cell has. */
static void place_group(kd_group *group, size_t count, const kd_record *first,
                        const char *const *keys, size_t key_count, kd_arena *arena)
{
    group->values = kd_arena_alloc(arena, key_count + 1, sizeof *group->values);
    group->cells = kd_arena_alloc(arena, count, sizeof *group->cells);
    group->ids = kd_arena_alloc(arena, count, sizeof *group->ids);
    for (size_t k = 0; k < key_count; k++) group->values[k] = kd_record_value(first, keys[k]);
}

void kd_cells_group(const kd_cells *cells, const char *const *keys, size_t key_count,
                    kd_order order, kd_arena *arena, kd_groups *out)
{
    size_t *number = kd_alloc(cells->count + 1, sizeof *number), *size;

    out->count = number_groups(cells, keys, key_count, number);
    out->groups = kd_arena_zero(arena, out->count + 1, sizeof *out->groups);
    size = kd_alloc(out->count + 1, sizeof *size);
    for (size_t i = 0; i < cells->count; i++) size[number[i]]++;
    for (size_t i = 0; i < cells->count; i++) {
        kd_group *group = &out->groups[number[i]];
        if (group->count == 0)
            place_group(group, size[number[i]], cells->items[i], keys, key_count, arena);
        group->ids[group->count] = cells->items[i]->id;
        group->cells[group->count++] = cells->items[i];
    }
    if (order == KD_ORDER_OF_VALUES)
        qsort_r(out->groups, out->count, sizeof *out->groups, compare_groups, &key_count);
    free(size);
    free(number);
}

const kd_group *kd_groups_find(const kd_groups *groups, const kd_group *like, size_t key_count)
{
    size_t low = 0, high = groups->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int    order = compare_groups(&groups->groups[middle], like, &key_count);
        if (order == 0) return &groups->groups[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static int by_address(const void *a, const void *b)
{
    const kd_record *x = *(const kd_record *const *)a, *y = *(const kd_record *const *)b;

    return (x > y) - (x < y);
}

size_t kd_groups_count_others(const kd_groups *groups, const kd_cells *cells)
{
    kd_cells in = KD_VEC_INIT;
    size_t   others = 0;

    for (size_t g = 0; g < groups->count; g++)
        for (size_t i = 0; i < groups->groups[g].count; i++)
            kd_vec_push(&in, groups->groups[g].cells[i]);
    if (in.count > 0) qsort(in.items, in.count, sizeof *in.items, by_address);
    for (size_t i = 0; i < cells->count; i++)
        others += in.count == 0 || bsearch(&cells->items[i], in.items, in.count, sizeof *in.items,
                                           by_address) == NULL;
    kd_vec_fini(&in);
    return others;
}

/* What a cell differs in from its own repetition. */
static const char *seed_of(const kd_record *cell)
{
    return kd_record_value(cell, "seed") != NULL ? "seed" : "teacher.seed";
}

/* Whether another cell that has a setting which the first of its group lacks has another value of it. */
static bool is_another(kd_map *others, const kd_record *cell, const kd_record_setting *setting)
{
    const char *before = kd_map_pointer(others, setting->key);

    if (setting->value == NULL || strcmp(setting->key, seed_of(cell)) == 0) return false;
    if (before == NULL) kd_map_put_pointer(others, setting->key, (void *)setting->value);
    return before != NULL && strcmp(before, setting->value) != 0;
}

static bool have_same_keys(const kd_record *a, const kd_record *b)
{
    if (a->setting_count != b->setting_count) return false;
    for (size_t i = 0; i < a->setting_count; i++) {
        const kd_record_setting *x = &a->settings[i], *y = &b->settings[i];
        if ((x->value == NULL) != (y->value == NULL)) return false;
        if (x->key != y->key && strcmp(x->key, y->key) != 0) return false;
    }
    return true;
}

/* Settings are sorted by key in both; `others` has those that `a`, the first of a group, lacks. */
static void add_differing(kd_map *keys, kd_map *others, const kd_record *a, const kd_record *b)
{
    for (size_t i = 0, j = 0; i < a->setting_count || j < b->setting_count;) {
        const kd_record_setting *x = i < a->setting_count ? &a->settings[i] : NULL;
        const kd_record_setting *y = j < b->setting_count ? &b->settings[j] : NULL;
        int                      order = x == NULL ? 1 : y == NULL ? -1 : strcmp(x->key, y->key);
        if (order > 0 && is_another(others, b, y)) kd_map_put_number(keys, y->key, 0);
        if (order == 0 && x->value != NULL && y->value != NULL && x->value != y->value &&
            strcmp(x->value, y->value) != 0 && strcmp(x->key, seed_of(a)) != 0)
            kd_map_put_number(keys, x->key, 0);
        i += order <= 0;
        j += order >= 0;
    }
}

/* Of cells of one role some have settings that others lack: what differs, then as many of those as tell apart what that does
 * not. */
static void add_mixed(kd_map *keys, const kd_cells *cells)
{
    kd_arena    *arena = kd_arena_create(0);
    kd_map      *own = kd_map_create(), *others = kd_map_create();
    size_t       count;
    const char **words = kd_cells_keys(cells, arena, &count);

    for (size_t i = 1; i < cells->count; i++)
        add_differing(own, others, cells->items[0], cells->items[i]);
    for (count = 0; count < kd_map_count(own); count++) words[count] = kd_map_key(own, count);
    count = add_telling(cells, words, count, arena);
    for (size_t i = 0; i < count; i++) kd_map_put_number(keys, words[i], 0);
    kd_map_destroy(others);
    kd_map_destroy(own);
    kd_arena_destroy(arena);
}

static void add_by_role(kd_map *keys, const kd_group *group)
{
    kd_cells of_role[KD_ROLES] = { KD_VEC_INIT };
    size_t   roles = 0;

    for (size_t i = 0; i < group->count; i++)
        kd_vec_push(&of_role[kd_record_role(group->cells[i])], group->cells[i]);
    for (int role = 0; role < KD_ROLES; role++) {
        roles += of_role[role].count > 0;
        if (of_role[role].count > 1) add_mixed(keys, &of_role[role]);
        kd_vec_fini(&of_role[role]);
    }
    if (roles > 1) kd_map_put_number(keys, "the role (--role)", 0);
}

static void add_varying(kd_map *keys, const kd_group *group)
{
    bool are_alike = true;

    for (size_t i = 1; are_alike && i < group->count; i++)
        are_alike = have_same_keys(group->cells[0], group->cells[i]);
    if (!are_alike) add_by_role(keys, group);
    for (size_t i = 1; are_alike && i < group->count; i++)
        add_differing(keys, NULL, group->cells[0], group->cells[i]);
}

void kd_groups_list_varying(const kd_groups *groups, kd_str *out)
{
    kd_map *keys = kd_map_create();

    for (size_t g = 0; g < groups->count; g++) add_varying(keys, &groups->groups[g]);
    for (size_t i = 0; i < kd_map_count(keys); i++)
        kd_str_addf(out, "%s%s", i > 0 ? ", " : "", kd_map_key(keys, i));
    kd_map_destroy(keys);
}

kd_measure kd_group_measure(const kd_group *group, const kd_metric *metric)
{
    double    *numbers = kd_alloc(group->count + 1, sizeof *numbers);
    size_t     n = 0;
    kd_measure measure;

    for (size_t i = 0; i < group->count; i++)
        n += kd_metric_read(metric, group->cells[i], &numbers[n]);
    measure.sample = kd_stats_describe(numbers, n);
    measure.interval = kd_stats_t_interval(&measure.sample, 0.95);
    free(numbers);
    return measure;
}
