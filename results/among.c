/* among.c - evidence for every pair, then the family, then the words. */
#include "results/among.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "results/beside.h"
#include "results/evidence.h"
#include "results/family.h"
#include "results/rank_table.h"
#include "results/role.h"

enum { DRAWS = 10000 };

/* One pair of sides of one group. */
typedef struct {
    const kd_group *by, *a, *b;
    kd_evidence     evidence;
} contest;

typedef KD_VEC(contest) contests;

typedef struct {
    const kd_stores      *stores;
    const kd_among_query *query;
    kd_arena             *arena;
    kd_metric             metric;
    kd_left_out           left_out;
    size_t                other_gold; /* pairs whose sides were held against different labels */
    size_t                corpora;    /* that the sides of a pair share, at most */
    bool         has_beside; /* a side does not read a key of `by`, and stands beside its values */
    contests     contests;
    const char **place; /* the keys of `by`, then `among`: what is chosen is chosen for each */
    kd_chosens   chosens;
    kd_metric    chosen_by;
} family;

/* ---- evidence ---- */

/* logit-mse, but "student.hidden=16" where a bare number would say nothing; who has no such setting is "no teacher.kind". */
static const char *name_side(const family *f, const char *value)
{
    if (value == NULL || *value == '\0')
        return kd_arena_sprintf(f->arena, "no %s", f->query->among);
    if (isalpha((unsigned char)value[0])) return value;
    return kd_arena_sprintf(f->arena, "%s=%s", f->query->among, value);
}

/* All runs of all sides that have the metric, or NULL: one has no counts. */
static kd_status gather_answers(family *f, const kd_groups *sides, kd_corpora **out, kd_error *err)
{
    kd_counted  what = kd_counted_of(&f->metric, f->arena);
    kd_corpora *corpora = what.split != NULL ? kd_corpora_create(sides->count) : NULL;

    for (size_t s = 0; what.split != NULL && s < sides->count; s++)
        for (size_t i = 0; i < sides->groups[s].count; i++) {
            const kd_record *cell = sides->groups[s].cells[i];
            kd_split_counts  counts;
            double           number;
            kd_status        status;
            if (!kd_metric_read(&f->metric, cell, &number)) continue;
            status = kd_stores_counts(f->stores, cell, what, f->arena, &counts, err);
            if (status != KD_OK || counts.n == 0) {
                kd_corpora_destroy(corpora);
                return status;
            }
            kd_corpora_add(corpora, s, &counts);
        }
    *out = corpora;
    return KD_OK;
}

static void add_contest(family *f, const kd_group *by, const kd_groups *sides, kd_family_pair pair,
                        const kd_corpora *corpora)
{
    contest c = { .by = by, .a = &sides->groups[pair.a], .b = &sides->groups[pair.b] };

    kd_evidence_of_runs(&c.evidence, name_side(f, c.a->values[0]), c.a,
                        name_side(f, c.b->values[0]), c.b, &f->metric, f->arena);
    if (kd_evidence_of_answers(&c.evidence, corpora, pair.a, pair.b)) {
        size_t shared = kd_corpora_count(corpora, pair.a, pair.b);
        if (shared > f->corpora) f->corpora = shared;
    } else {
        f->other_gold += corpora != NULL;
    }
    kd_vec_push(&f->contests, c);
}

/* ---- sides ---- */

/* The side that is the baseline; KD_FAMILY_ALL without one in the query, the number of sides where
 * this group has none. */
static size_t find_baseline(const family *f, const kd_groups *sides)
{
    size_t s = 0;

    if (f->query->baseline == NULL) return KD_FAMILY_ALL;
    while (s < sides->count && !kd_value_meets(sides->groups[s].values[0], f->query->baseline)) s++;
    return s;
}

/* Whether some cell of a group is of this side. */
static bool has_side(const family *f, const kd_group *by, const char *side)
{
    for (size_t i = 0; i < by->count; i++)
        if (kd_value_compare(kd_record_value(by->cells[i], f->query->among), side) == 0)
            return true;
    return false;
}

/* The cells of a group; and of those beside it the sides that it has not itself. */
static void gather_cells(family *f, const kd_group *by, const kd_beside *beside, kd_cells *out)
{
    kd_cells others = KD_VEC_INIT;

    kd_vec_reset(out);
    for (size_t i = 0; i < by->count; i++) kd_vec_push(out, by->cells[i]);
    kd_beside_group(beside, by, &others);
    for (size_t i = 0; i < others.count; i++) {
        const char *side = kd_record_value(others.items[i], f->query->among);
        if (!has_side(f, by, side)) kd_vec_push(out, others.items[i]);
    }
    kd_vec_fini(&others);
}

/* A pair of two sides that are beside the group has its place where they are at home. */
static void add_contests(family *f, const kd_group *by, const kd_groups *sides,
                         const kd_family_pair *pairs, size_t count, const kd_corpora *corpora)
{
    for (size_t i = 0; i < count; i++) {
        bool has_a = has_side(f, by, sides->groups[pairs[i].a].values[0]);
        bool has_b = has_side(f, by, sides->groups[pairs[i].b].values[0]);
        if (has_a || has_b) add_contest(f, by, sides, pairs[i], corpora);
        f->has_beside |= has_a != has_b;
    }
}

/* A group whose sides are to be compared. */
typedef struct {
    const kd_group *by;
    kd_groups       sides;
    kd_family_pair *pairs;
    size_t          count;
    kd_corpora     *corpora; /* NULL: a run has no counts */
} meeting;

typedef KD_VEC(meeting) meetings;

/* Sides whose answers are drawn at once: what is drawn of each takes a quarter of a megabyte. */
enum { SIDES_AT_ONCE = 200 };

static kd_status arrange(family *f, const kd_group *by, const kd_cells *cells, meetings *out,
                         kd_error *err)
{
    meeting   m = { .by = by };
    size_t    baseline;
    kd_status status;

    kd_cells_group(cells, &f->query->among, 1, KD_ORDER_OF_VALUES, f->arena, &m.sides);
    baseline = find_baseline(f, &m.sides);
    if (m.sides.count < 2 || baseline == m.sides.count) return KD_OK;
    m.pairs = kd_arena_alloc(f->arena, m.sides.count * m.sides.count, sizeof *m.pairs);
    m.count = kd_family_pairs(m.pairs, m.sides.count, baseline);
    status = gather_answers(f, &m.sides, &m.corpora, err);
    if (status == KD_OK) kd_vec_push(out, m);
    return status;
}

/* Which sentences a draw has is the same for all. */
static void hold(family *f, meetings *all)
{
    kd_corpora **corpora = kd_alloc(all->count + 1, sizeof *corpora);
    size_t       count = 0;
    kd_rng       root = kd_rng_root(0);

    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].corpora != NULL) corpora[count++] = all->items[i].corpora;
    kd_corpora_draw_all(corpora, count, DRAWS, &root);
    free(corpora);
    for (size_t i = 0; i < all->count; i++) {
        meeting *m = &all->items[i];
        add_contests(f, m->by, &m->sides, m->pairs, m->count, m->corpora);
    }
}

static void dismiss(meetings *all)
{
    for (size_t i = 0; i < all->count; i++) kd_corpora_destroy(all->items[i].corpora);
    kd_vec_reset(all);
}

static kd_status compare_groups(family *f, const kd_cells *asked, const kd_groups *groups,
                                kd_error *err)
{
    kd_beside *beside = kd_beside_create(asked, f->query->by, f->query->by_count);
    kd_cells   cells = KD_VEC_INIT;
    meetings   some = KD_VEC_INIT;
    size_t     sides = 0;
    kd_status  status = KD_OK;

    for (size_t g = 0; status == KD_OK && g < groups->count; g++) {
        size_t before = some.count;
        gather_cells(f, &groups->groups[g], beside, &cells);
        status = arrange(f, &groups->groups[g], &cells, &some, err);
        if (some.count > before) sides += some.items[before].sides.count;
        if (status != KD_OK || (sides < SIDES_AT_ONCE && g + 1 < groups->count)) continue;
        hold(f, &some);
        dismiss(&some);
        sides = 0;
    }
    dismiss(&some);
    kd_vec_fini(&some);
    kd_vec_fini(&cells);
    kd_beside_destroy(beside);
    return status;
}

static void correct_family(family *f)
{
    kd_evidence **all = kd_alloc(f->contests.count + 1, sizeof *all);

    for (size_t i = 0; i < f->contests.count; i++) all[i] = &f->contests.items[i].evidence;
    kd_evidence_correct(all, f->contests.count);
    free(all);
}

/* ---- the table ---- */

enum {
    A,
    B,
    A_N,
    B_N,
    A_MEAN,
    B_MEAN,
    DIFFERENCE,
    LOW,
    HIGH,
    P,
    P_HOLM,
    TEST,
    VERDICT,
    ALSO,
    COLUMNS = ALSO
};

/* For programs: what the tests say that do not decide. */
static const struct {
    const char *name;
    size_t      offset; /* of a double in kd_evidence */
} others[] = {
    { "p.two-level", offsetof(kd_evidence, two_level.p) },
    { "p.welch", offsetof(kd_evidence, welch.p) },
    { "p.paired", offsetof(kd_evidence, paired.p) },
    { "p.wilcoxon", offsetof(kd_evidence, wilcoxon.p) },
    { "p.answers", offsetof(kd_evidence, exchange.p) },
    { "improvement", offsetof(kd_evidence, chance.chance) },
    { "improvement.low", offsetof(kd_evidence, chance.interval.low) },
    { "improvement.high", offsetof(kd_evidence, chance.interval.high) },
    { "almost.violation", offsetof(kd_evidence, almost.violation) },
    { "almost.bound", offsetof(kd_evidence, almost.bound) },
};
enum { OTHERS = sizeof others / sizeof *others };

static kd_table *create_table(const family *f)
{
    static const struct {
        kd_column_kind kind;
        const char    *name, *title;
        int            decimals; /* -1: the metric's */
        int            spare;    /* as kd_column has it: the verdict below says most of it */
    } columns[COLUMNS] = {
        [A] = { KD_COLUMN_LABEL, "a", "a", 0, 0 },
        [B] = { KD_COLUMN_LABEL, "b", "b", 0, 0 },
        [A_N] = { KD_COLUMN_NUMBER, "a.n", "n a", 0, 3 },
        [B_N] = { KD_COLUMN_NUMBER, "b.n", "n b", 0, 3 },
        [A_MEAN] = { KD_COLUMN_NUMBER, "a.mean", "mean a", -1, 1 },
        [B_MEAN] = { KD_COLUMN_NUMBER, "b.mean", "mean b", -1, 1 },
        [DIFFERENCE] = { KD_COLUMN_NUMBER, "difference", "a - b", -1, 0 },
        [LOW] = { KD_COLUMN_NUMBER, "low", "low", -1, 2 },
        [HIGH] = { KD_COLUMN_NUMBER, "high", "high", -1, 2 },
        [P] = { KD_COLUMN_NUMBER, "p", "p", 4, 4 },
        [P_HOLM] = { KD_COLUMN_NUMBER, "p.holm", "Holm", 4, 0 },
        [TEST] = { KD_COLUMN_TEXT, "test", "test", 0, 5 },
        [VERDICT] = { KD_COLUMN_TEXT, "verdict", "verdict", 0, 0 },
    };
    const kd_among_query *q = f->query;
    char     *caption = kd_arena_sprintf(f->arena, "%s among %s%s%s", f->metric.name, q->among,
                                     q->baseline != NULL ? ", against " : "",
                                     q->baseline == NULL      ? ""
                                         : q->baseline[0] != '\0' ? q->baseline
                                                                  : name_side(f, NULL));
    kd_table *table = kd_table_create(caption);

    for (size_t k = 0; k < q->by_count; k++)
        kd_table_add_column(table, KD_COLUMN_LABEL, q->by[k], q->by[k], -1);
    for (int c = 0; c < (q->has_verdicts ? COLUMNS : VERDICT); c++) {
        int    decimals = columns[c].decimals < 0 ? f->metric.decimals : columns[c].decimals;
        size_t column = kd_table_add_column(table, columns[c].kind, columns[c].name,
                                            columns[c].title, decimals);
        table->columns.items[column].spare = columns[c].spare;
    }
    for (int i = 0; q->has_verdicts && i < OTHERS; i++)
        kd_table_add_column(table, KD_COLUMN_NUMBER, others[i].name, others[i].name, 4);
    return table;
}

/* Without pairs there is no test of them, though Wilcoxon's p of none is 1. */
static void set_others(kd_entry *row, const kd_evidence *e)
{
    for (int i = 0; i < OTHERS; i++) {
        double number = *(const double *)((const char *)e + others[i].offset);
        bool   is_of_pairs = others[i].offset == offsetof(kd_evidence, wilcoxon.p);
        kd_entry_set_number(&row[i], is_of_pairs && e->pairs == 0 ? NAN : number);
    }
}

static void set_verdict(kd_table *table, kd_entry *entry, const kd_evidence *e)
{
    kd_str words = KD_STR_INIT;

    kd_verdict_say(&words, e);
    kd_entry_set_text(table, entry, words.text);
    kd_str_fini(&words);
}

static void add_row(kd_table *table, const family *f, const contest *c)
{
    const kd_evidence *e = &c->evidence;
    kd_basis           basis = kd_verdict_basis(e);
    kd_interval        i = basis == KD_BASIS_TWO_LEVEL ? e->two_level.interval : e->welch.interval;
    kd_entry          *row = kd_table_add_row(table);

    for (size_t k = 0; k < f->query->by_count; k++, row++)
        if (c->by->values[k] != NULL) kd_entry_set_text(table, row, c->by->values[k]);
    if (c->a->values[0] != NULL) kd_entry_set_text(table, &row[A], c->a->values[0]);
    if (c->b->values[0] != NULL) kd_entry_set_text(table, &row[B], c->b->values[0]);
    kd_entry_set_number(&row[A_N], (double)e->sample_a.n);
    kd_entry_set_number(&row[B_N], (double)e->sample_b.n);
    kd_entry_set_number(&row[A_MEAN], e->sample_a.mean);
    kd_entry_set_number(&row[B_MEAN], e->sample_b.mean);
    kd_entry_set_number(&row[DIFFERENCE], e->sample_a.mean - e->sample_b.mean);
    kd_entry_set_number(&row[LOW], i.low);
    kd_entry_set_number(&row[HIGH], i.high);
    kd_entry_set_p(&row[P], kd_verdict_p(e));
    kd_entry_set_p(&row[P_HOLM], e->p_adjusted);
    if (basis != KD_BASIS_NONE) kd_entry_set_text(table, &row[TEST], kd_basis_word(basis));
    if (f->query->has_verdicts) {
        set_verdict(table, &row[VERDICT], e);
        set_others(&row[ALSO], e);
    }
    row[A_MEAN].sources = c->a->ids, row[A_MEAN].source_count = c->a->count;
    row[B_MEAN].sources = c->b->ids, row[B_MEAN].source_count = c->b->count;
}

/* "student.hidden 16: ", nothing where all is one group. */
static void add_group_words(kd_str *out, const family *f, const contest *c)
{
    for (size_t k = 0; k < f->query->by_count; k++)
        kd_str_addf(out, "%s%s %s", k > 0 ? ", " : "", f->query->by[k],
                    c->by->values[k] != NULL ? c->by->values[k] : "-");
    if (f->query->by_count > 0) kd_str_add(out, ": ");
}

/* The lines of the reasoning, each with whose it is: a note is there once. */
static void note_reasons(kd_table *table, const contest *c, const char *group)
{
    kd_str reasons = KD_STR_INIT;

    kd_verdict_explain(&reasons, &c->evidence);
    for (char *line = reasons.text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        kd_table_note(table, "%s%s, %s: %s", group, c->evidence.a, c->evidence.b, line);
    }
    kd_str_fini(&reasons);
}

static void note_verdict(kd_table *table, const family *f, const contest *c)
{
    kd_str group = KD_STR_INIT, verdict = KD_STR_INIT;

    add_group_words(&group, f, c);
    kd_verdict_say(&verdict, &c->evidence);
    kd_table_note(table, "%s%s", group.text, verdict.text);
    if (f->query->is_explained) note_reasons(table, c, group.text);
    kd_str_fini(&group);
    kd_str_fini(&verdict);
}

/* Both sides of every pair; in the arena. */
static kd_groups list_sides(const family *f)
{
    kd_groups all = { kd_arena_alloc(f->arena, 2 * f->contests.count + 1, sizeof *all.groups), 0 };

    for (size_t i = 0; i < f->contests.count; i++) {
        all.groups[all.count++] = *f->contests.items[i].a;
        all.groups[all.count++] = *f->contests.items[i].b;
    }
    return all;
}

/* What is in no pair, for its group has no second side; and what the means of the pairs run over. */
static void note_cells(kd_table *table, const family *f, const kd_cells *asked)
{
    kd_groups all = list_sides(f);
    kd_str    text = KD_STR_INIT;

    kd_beside_note_alone(table, &all, asked, "");
    kd_groups_list_varying(&all, &text);
    if (text.length > 0)
        kd_table_note(table,
                      "means run over cells that differ in more than the seed: %s; --by tells them "
                      "apart",
                      text.text);
    kd_str_fini(&text);
}

static void note_sides(kd_table *table, const family *f)
{
    kd_str text = KD_STR_INIT;

    if (f->other_gold > 0)
        kd_table_note(
            table,
            "%zu pair%s without a test of answers: the sides were held against other gold "
            "labels.",
            f->other_gold, f->other_gold == 1 ? "" : "s");
    if (f->has_beside) kd_beside_note(table);
    if (f->corpora > 1)
        kd_table_note(
            table,
            "sides were held against up to %zu corpora: answers are exchanged, and sentences "
            "drawn, within each.",
            f->corpora);
    kd_left_out_say(&text, &f->left_out);
    if (text.length > 0) kd_table_note(table, "%s", text.text);
    kd_str_fini(&text);
}

/* ---- the whole question ---- */

static kd_status check_query(family *f, kd_cells *asked, kd_error *err)
{
    const kd_among_query *q = f->query;
    kd_status             status = KD_OK;

    for (size_t i = 0; status == KD_OK && i < q->where.count; i++)
        status = kd_cells_keep(asked, q->where.items[i], err);
    if (status == KD_OK) status = kd_cells_keep_role(asked, q->role, &f->left_out, err);
    if (status == KD_OK) status = kd_cells_check_key(asked, q->among, err);
    for (size_t k = 0; status == KD_OK && k < q->by_count; k++)
        status = kd_cells_check_key(asked, q->by[k], err);
    if (status == KD_OK) status = kd_metric_resolve(&f->metric, asked, q->metric, q->split, err);
    return status;
}

/* That some cell has the baseline's value, with a suggestion where none has. */
static kd_status check_baseline(const family *f, const kd_cells *asked, kd_error *err)
{
    kd_cells  copy = KD_VEC_INIT;
    kd_status status = KD_OK;

    if (f->query->baseline == NULL) return KD_OK;
    for (size_t i = 0; i < asked->count; i++) kd_vec_push(&copy, asked->items[i]);
    status = kd_cells_keep(
        &copy, kd_arena_sprintf(f->arena, "%s=%s", f->query->among, f->query->baseline), err);
    if (status != KD_OK) kd_while(err, status, "--baseline");
    kd_vec_fini(&copy);
    return status;
}

static kd_status compare_all(family *f, const kd_cells *asked, kd_table **out, kd_error *err)
{
    kd_groups groups;
    kd_status status;

    kd_cells_group(asked, f->query->by, f->query->by_count, KD_ORDER_OF_VALUES, f->arena, &groups);
    status = compare_groups(f, asked, &groups, err);
    if (status != KD_OK) return status;
    if (f->contests.count == 0)
        return kd_fail(err, KD_EUSAGE, "--among %s: there are no two values to compare%s",
                       f->query->among, f->query->by_count > 0 ? " in any group" : "");
    correct_family(f);
    *out = create_table(f);
    for (size_t i = 0; i < f->contests.count; i++) {
        add_row(*out, f, &f->contests.items[i]);
        note_verdict(*out, f, &f->contests.items[i]);
    }
    kd_best_of_note(&f->chosens, NULL, f->place, f->query->by_count + 1, *out);
    if (f->query->choice != NULL) kd_best_of_note_luck(&f->chosen_by, &f->metric, *out);
    note_sides(*out, f);
    note_cells(*out, f, asked);
    return KD_OK;
}

/* Of each side of each group the cells that devel chose. */
static kd_status choose(family *f, kd_cells *asked, kd_error *err)
{
    const kd_among_query *q = f->query;
    kd_status             status;

    f->place = kd_arena_alloc(f->arena, q->by_count + 1, sizeof *f->place);
    for (size_t k = 0; k < q->by_count; k++) f->place[k] = q->by[k];
    f->place[q->by_count] = q->among;
    if (q->choice == NULL) return KD_OK;
    status = kd_best_of_check_place(q->choice, f->place, q->by_count + 1, err);
    if (status == KD_OK) status = kd_best_of_resolve(&f->chosen_by, q->choice, asked, err);
    if (status == KD_OK)
        kd_best_of_keep(asked, q->choice, &f->chosen_by, NULL, f->place, q->by_count + 1, f->arena,
                        &f->chosens);
    return status;
}

/* The cells that are asked about, once the query is known to be right. */
static kd_status take_cells(family *f, kd_cells *asked, kd_error *err)
{
    const kd_cells *all = &f->stores->cells;
    kd_status       status;

    for (size_t i = 0; i < all->count; i++) kd_vec_push(asked, all->items[i]);
    status = check_query(f, asked, err);
    if (status == KD_OK) status = check_baseline(f, asked, err);
    return status == KD_OK ? choose(f, asked, err) : status;
}

kd_status kd_among_ranks(kd_table **out, const kd_stores *stores, const kd_among_query *query,
                         kd_arena *arena, kd_error *err)
{
    family    f = { .stores = stores, .query = query, .arena = arena };
    kd_cells  asked = KD_VEC_INIT;
    kd_status status = take_cells(&f, &asked, err);

    if (status == KD_OK)
        kd_rank_table(out, &asked, &(kd_rank_query){ query->among, query->baseline, &f.metric },
                      arena);
    kd_vec_fini(&asked);
    return status;
}

kd_status kd_among_table(kd_table **out, const kd_stores *stores, const kd_among_query *query,
                         kd_arena *arena, kd_error *err)
{
    family    f = { .stores = stores, .query = query, .arena = arena };
    kd_cells  asked = KD_VEC_INIT;
    kd_status status = take_cells(&f, &asked, err);

    if (status == KD_OK) status = compare_all(&f, &asked, out, err);
    kd_vec_fini(&f.contests);
    kd_vec_fini(&asked);
    return status;
}
