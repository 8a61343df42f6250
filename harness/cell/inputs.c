/* inputs.c - corpora first, then the networks that stand on them, each combination once. */
#include "harness/cell/inputs.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "distill/sampler.h"
#include "harness/base/fs.h"
#include "harness/base/log.h"
#include "harness/base/map.h"
#include "harness/base/vec.h"
#include "harness/cell/source_text.h"
#include "harness/config/schema.h"
#include "harness/plan/id_map.h"
#include "models/model.h"
#include "models/text/pack_build.h"
#include "models/text/text_files.h"

/* Of a corpus as it is read, without its augmentation. A vocab of 0: its pieces are not known yet. */
typedef struct {
    int longest, labels, vocab;
    int sentences; /* of train */
    int pieces[KD_SPLITS];
    int unlabelled, unlabelled_pieces; /* sentences beside train's */
} seen_corpus;

typedef struct {
    kd_plan        *plan;
    const kd_study *study; /* of the node in hand */
    kd_arena       *arena;
    const char     *cache; /* a folder, NULL when there is none to be had */
    KD_VEC(seen_corpus) corpora;
    kd_map   *known;   /* what a corpus is, as text, to its index */
    kd_map   *told;    /* warnings */
    kd_id_map numbers; /* of corpus nodes to their index */
    kd_id_map checked; /* networks with their corpus */
} look;

/* ---- what is remembered ---- */

/* Another build may read otherwise, so it remembers for itself. */
static void describe(const kd_resolved *node, kd_str *out)
{
    struct stat self;
    char        text[KD_ID_TEXT];
    if (stat("/proc/self/exe", &self) == 0)
        kd_str_addf(out, "%lld %lld.%09ld\n", (long long)self.st_size,
                    (long long)self.st_mtim.tv_sec, self.st_mtim.tv_nsec);
    for (size_t i = 0; i < node->set_count; i++)
        if (!kd_starts_with(node->set[i].key, "augment."))
            kd_str_addf(out, "%s=%s\n", node->set[i].key, node->set[i].value);
    for (size_t i = 0; i < node->input_count; i++) {
        kd_id_text(text, node->inputs[i].id);
        kd_str_addf(out, "%s %s\n", kd_input_role_word(node->inputs[i].role), text);
    }
    for (size_t i = 0; i < node->file_count; i++) {
        kd_id_text(text, node->files[i].contents);
        kd_str_addf(out, "%s %s %s\n", kd_file_role_word(node->files[i].role), node->files[i].path,
                    text);
    }
}

static char *path_in_cache(const look *l, const kd_str *description)
{
    char name[KD_ID_TEXT];
    kd_id_text(name, kd_id_of_bytes(description->text, description->length));
    return l->cache ? kd_fs_join(l->cache, name) : NULL;
}

/* Nine numbers on the first line, then warnings; anything else is as good as nothing. */
static bool recall(const char *path, seen_corpus *out, kd_str *notes)
{
    kd_str text = KD_STR_INIT;
    int    end = 0;
    bool   is_there =
        path && kd_fs_exists(path) && kd_fs_read(path, &text, NULL) == KD_OK &&
        sscanf(text.text, "%d %d %d %d %d %d %d %d %d%n", &out->longest, &out->labels, &out->vocab,
               &out->sentences, &out->pieces[KD_TRAIN], &out->pieces[KD_DEVEL],
               &out->pieces[KD_TEST], &out->unlabelled, &out->unlabelled_pieces, &end) == 9 &&
        text.text[end] == '\n';
    if (is_there) kd_str_add(notes, text.text + end + 1);
    kd_str_fini(&text);
    return is_there;
}

/* A cache that cannot be written costs time and nothing else. */
static void remember(const char *path, const seen_corpus *corpus, const kd_str *notes)
{
    if (!path) return;
    kd_str text = KD_STR_INIT;
    kd_str_addf(&text, "%d %d %d %d %d %d %d %d %d\n%s", corpus->longest, corpus->labels,
                corpus->vocab, corpus->sentences, corpus->pieces[KD_TRAIN],
                corpus->pieces[KD_DEVEL], corpus->pieces[KD_TEST], corpus->unlabelled,
                corpus->unlabelled_pieces, notes->text);
    kd_fs_write(path, text.text, text.length, NULL);
    kd_str_fini(&text);
}

/* ---- a corpus ---- */

/* Cut into pieces; the longest row of all is kept. */
static kd_status count_pieces(const kd_source_corpus *source, const kd_corpus *corpus, int *pieces,
                              int *longest, kd_error *err)
{
    int           most = source->tokens.max_pieces;
    kd_pack       pack;
    kd_pack_stats stats;
    kd_status     status =
        kd_pack_build(&pack, corpus, source->tokenizer, &source->tokens, &stats, err);
    if (status != KD_OK) return status;
    int row = most > 0 && stats.longest > most ? most : (int)stats.longest;
    if (row > *longest) *longest = row;
    *pieces = pack.pieces;
    kd_pack_fini(&pack);
    return KD_OK;
}

static kd_status measure(const kd_source_corpus *source, seen_corpus *out, kd_error *err)
{
    kd_status status = KD_OK;
    for (int s = 0; s < source->splits && status == KD_OK; s++)
        status = count_pieces(source, &source->split[s], &out->pieces[s], &out->longest, err);
    out->unlabelled = kd_source_corpus_unlabelled(source);
    if (status == KD_OK && out->unlabelled > 0)
        status =
            count_pieces(source, &source->unlabelled, &out->unlabelled_pieces, &out->longest, err);
    if (status == KD_OK) out->sentences = kd_corpus_sentences(&source->split[KD_TRAIN]);
    out->labels = kd_labels_count(source->labels);
    out->vocab = kd_vocab_size(kd_tokenizer_vocab(source->tokenizer));
    return status;
}

/* Words that are read in another study's pieces, which are built before these are packed: how many is not known. */
static void measure_words(const kd_source_corpus *source, seen_corpus *out)
{
    *out = (seen_corpus){ .labels = kd_labels_count(source->labels),
                          .sentences = kd_corpus_sentences(&source->split[KD_TRAIN]) };
}

/* A text may take an hour to read, so its first document is looked at and its sizes stay what the plan guesses. */
static kd_status look_at_text(const kd_source_corpus *source, seen_corpus *out, kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(source->node, KD_FILE_TRAIN);
    kd_text_files          *files;
    const char             *text;
    size_t                  length;
    bool                    more = false;
    kd_status               status = kd_text_files_open(&files, file->path, err);
    if (status != KD_OK) return status;
    status = kd_text_files_next(files, &text, &length, &more, err);
    if (status == KD_OK && !more)
        status = kd_fail(err, KD_EDATA, "%s: has no documents to learn from", file->path);
    kd_text_files_close(files);
    if (status == KD_OK) status = kd_source_text_check(source, err);
    *out = (seen_corpus){ .longest = source->tokens.max_pieces, .sentences = INT_MAX };
    return status;
}

static kd_status read_corpus(const kd_resolved *node, seen_corpus *out, kd_str *notes,
                             kd_error *err)
{
    kd_source_corpus source;
    kd_status        status = kd_source_corpus_open(&source, node, err);
    if (status == KD_OK && source.is_streamed)
        status = look_at_text(&source, out, err);
    else if (status == KD_OK && source.tokenizer)
        status = measure(&source, out, err);
    else if (status == KD_OK)
        measure_words(&source, out);
    if (status == KD_OK) kd_source_corpus_tell(&source, notes);
    kd_source_corpus_close(&source);
    return status;
}

static void tell_once(look *l, char *lines)
{
    for (char *line; (line = strsep(&lines, "\n"));) {
        if (!*line || kd_map_get(l->told, line)) continue;
        kd_map_put_number(l->told, line, 1);
        kd_log_warning("%s", line);
    }
}

/* Who estimates how long it takes to learn it need not guess from files. */
static void tell_size(kd_plan *plan, kd_id corpus, const seen_corpus *seen)
{
    if (seen->vocab == 0) return;
    kd_plan_tell_size(plan, kd_plan_find(plan, corpus),
                      &(kd_corpus_size){ .train = seen->pieces[KD_TRAIN],
                                         .devel = seen->pieces[KD_DEVEL],
                                         .test = seen->pieces[KD_TEST],
                                         .sentences = seen->sentences,
                                         .unlabelled = seen->unlabelled_pieces,
                                         .unlabelled_sentences = seen->unlabelled,
                                         .vocab = seen->vocab,
                                         .labels = seen->labels });
}

static kd_status look_at_corpus(look *l, const kd_resolved *node, kd_error *err)
{
    kd_str      key = KD_STR_INIT, notes = KD_STR_INIT;
    seen_corpus corpus = { 0 };
    kd_status   status = KD_OK;
    describe(node, &key);
    int64_t number = kd_map_number(l->known, key.text, -1);
    char   *path = number < 0 ? path_in_cache(l, &key) : NULL;
    if (number < 0 && !recall(path, &corpus, &notes) &&
        (status = read_corpus(node, &corpus, &notes, err)) == KD_OK)
        remember(path, &corpus, &notes);
    if (number < 0 && status == KD_OK) {
        tell_once(l, notes.text);
        number = (int64_t)l->corpora.count;
        kd_map_put_number(l->known, key.text, number);
        kd_vec_push(&l->corpora, corpus);
    }
    if (status == KD_OK) {
        kd_id_map_put(&l->numbers, node->id, (int32_t)number);
        tell_size(l->plan, node->id, &l->corpora.items[number]);
    }
    free(path);
    kd_str_fini(&key);
    kd_str_fini(&notes);
    return status;
}

/* ---- a network ---- */

static const char *place(const look *l, const char *prefix, const char *name)
{
    return kd_study_place(l->study, kd_arena_sprintf(l->arena, "%s%s", prefix, name));
}

static kd_status check_network(look *l, const char *prefix, const kd_arch *arch,
                               const seen_corpus *corpus, kd_error *err)
{
    int longest = kd_arch_longest(arch);
    if (corpus->longest > longest)
        return kd_fail(err, KD_ECONFIG,
                       "%s: %d are too few for a sentence of %d pieces; raise it, or cut sentences "
                       "by data.max_pieces",
                       place(l, prefix, "positions"), longest, corpus->longest);
    if (arch->labels != 0 && arch->labels != corpus->labels)
        return kd_fail(err, KD_ECONFIG, "%s: %d, but the corpus has %d; 0 stands for what it has",
                       place(l, prefix, "labels"), arch->labels, corpus->labels);
    if (arch->vocab != 0 && corpus->vocab != 0 && arch->vocab != corpus->vocab)
        return kd_fail(err, KD_ECONFIG,
                       "%s: %d, but the vocabulary has %d pieces; 0 stands for what it has",
                       place(l, prefix, "vocab"), arch->vocab, corpus->vocab);
    return KD_OK;
}

/* A student's batches come from its corpus with all copies, which are this many at most. */
static kd_status check_batch(look *l, kd_plan_part part, const char *const *values,
                             const seen_corpus *corpus, kd_error *err)
{
    static const char *const keys[] = { [KD_PART_TEACHER] = "teacher.train.batch",
                                        [KD_PART_STUDENT] = "train.batch",
                                        [KD_PART_START] = "finetune.train.batch" };
    bool                     is_student = part == KD_PART_STUDENT;
    kd_sampler_options       of = {
              .batch = atoi(values[kd_schema_find(keys[part])]),
              .told = corpus->sentences,
              .untold = corpus->unlabelled,
              .share = is_student ? atof(values[kd_schema_find("data.unlabelled_share")]) : 0,
    };
    if (is_student) of.told *= 1 + 3 * atoll(values[kd_schema_find("augment.passes")]);
    return kd_sampler_check(&of, kd_study_place(l->study, keys[part]), err);
}

/* The corpus that a node reads; NULL where it is there already, and so was its check. */
static const seen_corpus *corpus_of(const look *l, size_t node)
{
    size_t  own = (size_t)kd_plan_node_at(l->plan, node)->inputs[0];
    int32_t corpus = kd_id_map_get(&l->numbers, kd_plan_node_at(l->plan, own)->id);
    return corpus < 0 ? NULL : &l->corpora.items[corpus];
}

/* The network of `prefix` that a node is or asks, beside the corpus of the node. */
static kd_status look_at_arch(look *l, const char *prefix, size_t number, kd_error *err)
{
    const seen_corpus *seen = corpus_of(l, number);
    kd_resolved        resolved;
    kd_arch            arch;
    if (!seen) return KD_OK;
    kd_status status = kd_plan_resolve(l->plan, number, l->arena, &resolved, err);
    if (status == KD_OK)
        status = kd_resolved_fill(&resolved, prefix, kd_arch_settings(), &arch, err);
    return status == KD_OK ? check_network(l, prefix, &arch, seen, err) : status;
}

/* `node` is the one with this number where it is at home, whose study says what it is to be. */
static kd_status look_at_network(look *l, const kd_plan_node *node, size_t number,
                                 const char *const *values, kd_error *err)
{
    const char        *prefix = node->part == KD_PART_TEACHER ? "teacher." : "student.";
    const seen_corpus *seen = corpus_of(l, number);
    kd_status          status = look_at_arch(l, prefix, number, err);
    return status == KD_OK && seen ? check_batch(l, node->part, values, seen, err) : status;
}

/* A million students differ in a handful of these, if at all; equal values are equal pointers. */
static bool is_new(look *l, const kd_plan_node *node, const char *const *values)
{
    static const char *const keys[] = { "student.kind",         "student.positions",
                                        "student.labels",       "student.vocab",
                                        "train.batch",          "augment.passes",
                                        "finetune.train.batch", "data.unlabelled_share",
                                        "student.init",         "finetune.init" };
    const void              *key[3 + sizeof keys / sizeof *keys] = { NULL };
    size_t                   n = 0;
    key[n++] = l->study;
    key[n++] = (const void *)(intptr_t)node->inputs[0];
    key[n++] = (const void *)(intptr_t)node->part;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        int row = kd_schema_find(keys[i]);
        if (row >= 0) key[n++] = values[row];
    }
    kd_id id = kd_id_of_bytes(key, sizeof key);
    if (kd_id_map_get(&l->checked, id) >= 0) return false;
    kd_id_map_put(&l->checked, id, 1);
    return true;
}

/* ---- all of them ---- */

static kd_status look_at_all(look *l, kd_error *err)
{
    size_t rows;
    kd_schema_rows(&rows);
    const char **values = kd_alloc(rows, sizeof *values);
    kd_status    status = KD_OK;
    for (size_t n = 0; n < kd_plan_count(l->plan) && status == KD_OK; n++) {
        const kd_plan_node *node = kd_plan_node_at(l->plan, n);
        kd_resolved         resolved;
        if (!node->is_needed) continue;
        kd_arena_mark mark = kd_arena_here(l->arena);
        if (node->kind == KD_NODE_CORPUS) {
            status = kd_plan_resolve(l->plan, n, l->arena, &resolved, err);
            if (status == KD_OK) status = look_at_corpus(l, &resolved, err);
        } else if (node->kind != KD_NODE_MODEL) { /* a teacher reads what its student learns */
            if (node->input_count > 1) status = look_at_arch(l, "teacher.", n, err);
        } else {
            size_t              there;
            const kd_plan      *home = kd_plan_home(l->plan, n, &there);
            const kd_plan_node *at_home = kd_plan_node_at(home, there);
            l->study = kd_plan_study(home);
            kd_grid_cell(kd_study_grid(l->study), (size_t)at_home->cell, values);
            if (at_home->part == KD_PART_TEACHER || is_new(l, at_home, values))
                status = look_at_network(l, at_home, n, values, err);
        }
        kd_arena_rewind(l->arena, mark);
    }
    free(values);
    return status;
}

kd_status kd_inputs_check(kd_plan *plan, kd_error *err)
{
    char *cache = kd_fs_cache("corpora");
    look  l = { .plan = plan,
                .arena = kd_arena_create(0),
                .cache = cache,
                .known = kd_map_create(),
                .told = kd_map_create() };
    kd_id_map_init(&l.numbers, 16);
    kd_id_map_init(&l.checked, 16);
    kd_status status = look_at_all(&l, err);
    kd_id_map_fini(&l.checked);
    kd_id_map_fini(&l.numbers);
    kd_map_destroy(l.told);
    kd_map_destroy(l.known);
    kd_vec_fini(&l.corpora);
    kd_arena_destroy(l.arena);
    free(cache);
    return status;
}
