/* plan_cost.c - what nodes cost, before anything ran.
 *
 * Only proportions matter for the order of work, and an estimate of hours for people; what
 * finished cells took corrects both. A forward pass of one piece costs what the model says,
 * a training step three times that (the backward pass is two products for each one forward).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/config/options.h"
#include "harness/plan/plan_internal.h"
#include "models/model.h"

/* Of the benchmark corpora, a line "word<TAB>tag" has about 8 bytes and a word about 1.6 pieces;
 * an invented sentence has about 15 words, a real one 27, one of two entities 38, and a question with
 * its text 150. */
#define BYTES_PER_WORD     8.0
#define PIECES_PER_WORD    1.6
#define WORDS_PER_SENTENCE 15.0
#define WORDS_PER_REAL     27.0
#define WORDS_PER_PAIR     38.0
#define WORDS_PER_QUESTION 150.0
#define LENGTH             40 /* pieces of the sentence that a model is measured at */
#define LABELS             9
#define ASKED              0.15 /* of the pieces of a text */

static double pieces_of_file(const kd_plan_files *files, kd_file_role role)
{
    for (int i = 0; i < files->count; i++)
        if (files->file[i].role == role)
            return (double)files->file[i].bytes / BYTES_PER_WORD * PIECES_PER_WORD;
    return 0;
}

/* Of biomedical abstracts a piece has 4.3 bytes, and packed about 1.6. A document is a row. */
#define BYTES_PER_TEXT_PIECE   4.3
#define BYTES_PER_PACKED_PIECE 1.6
#define PIECES_PER_DOCUMENT    250.0

static double pieces_of_text(const kd_plan_files *files, kd_file_role role)
{
    for (int i = 0; i < files->count; i++) {
        const char *path = files->file[i].path;
        bool        is_packed = kd_ends_with(path, ".gz") || kd_ends_with(path, ".zst");
        if (files->file[i].role == role && kd_ends_with(path, ".tsv"))
            return pieces_of_file(files, role);
        if (files->file[i].role == role)
            return (double)files->file[i].bytes /
                   (is_packed ? BYTES_PER_PACKED_PIECE : BYTES_PER_TEXT_PIECE);
    }
    return 0;
}

/* Without files for devel and test a part of it is held out, half for each. */
static void measure_text(const char *const *values, const kd_plan_files *files, kd_plan_sizes *out)
{
    double most = atof(kd_plan_value(values, "data.max_pieces"));
    out->length = most > 0 ? fmin(most, PIECES_PER_DOCUMENT) : PIECES_PER_DOCUMENT;
    out->train = pieces_of_text(files, KD_FILE_TRAIN);
    out->devel = pieces_of_text(files, KD_FILE_DEVEL);
    out->test = pieces_of_text(files, KD_FILE_TEST);
    if (out->devel + out->test > 0) return;
    double held_out = out->train * atof(kd_plan_value(values, "data.held_out"));
    out->train -= held_out;
    out->devel = out->test = held_out / 2;
}

static double pieces_of_synth(const char *const *values, const char *key)
{
    return atof(kd_plan_value(values, key)) * WORDS_PER_SENTENCE * PIECES_PER_WORD;
}

static void measure_whole(const char *const *values, const kd_plan_files *files, kd_plan_sizes *out)
{
    if (strcmp(kd_plan_value(values, "data.corpus"), KD_CORPUS_SYNTH) == 0) {
        out->length = WORDS_PER_SENTENCE * PIECES_PER_WORD;
        out->train = pieces_of_synth(values, "data.synth.sentences");
        out->devel = pieces_of_synth(values, "data.synth.devel");
        out->test = pieces_of_synth(values, "data.synth.test");
    } else if (kd_plan_task(values) == KD_TASK_TEXT) {
        measure_text(values, files, out);
    } else {
        kd_task task = kd_plan_task(values);
        out->length = (task == KD_TASK_RE   ? WORDS_PER_PAIR
                       : task == KD_TASK_QA ? WORDS_PER_QUESTION
                                            : WORDS_PER_REAL) *
                      PIECES_PER_WORD;
        out->train = pieces_of_file(files, KD_FILE_TRAIN);
        out->devel = pieces_of_file(files, KD_FILE_DEVEL);
        out->test = pieces_of_file(files, KD_FILE_TEST);
    }
}

static double pieces_of_unlabelled(const char *const *values, const kd_plan_files *files)
{
    double pieces = 0;
    if (strcmp(kd_plan_value(values, "data.unlabelled"), KD_CORPUS_SYNTH) == 0)
        return pieces_of_synth(values, "data.unlabelled_sentences");
    for (int i = 0; i < KD_UNLABELLED_MAX; i++)
        pieces += pieces_of_text(files, kd_file_unlabelled(i));
    return pieces;
}

double kd_plan_pack_pieces(const kd_plan_sizes *sizes)
{
    return sizes->train + sizes->unlabelled;
}

double kd_plan_epoch_pieces(const char *const *values, const kd_plan_sizes *sizes)
{
    double share = atof(kd_plan_value(values, "data.unlabelled_share"));
    if (sizes->unlabelled == 0 || share == 0) return kd_plan_pack_pieces(sizes);
    return sizes->train / (1 - share);
}

/* A part of a split, when the study takes no more of it than `key` says. */
static double part_of(double pieces, double length, const char *const *values, const char *key)
{
    double sentences = atof(kd_plan_value(values, key));
    double part = sentences * length;
    return sentences > 0 && part < pieces ? part : pieces;
}

void kd_plan_measure_corpus(const char *const *values, const kd_plan_files *files,
                            kd_plan_sizes *out)
{
    measure_whole(values, files, out);
    out->train = part_of(out->train, out->length, values, "data.train_sentences");
    out->devel = part_of(out->devel, out->length, values, "data.devel_sentences");
    out->test = part_of(out->test, out->length, values, "data.test_sentences");
    out->unlabelled = part_of(pieces_of_unlabelled(values, files), out->length, values,
                              "data.unlabelled_sentences");
}

/* Whether the network reads the teacher's own pieces. */
static bool is_apart(const char *prefix, const char *const *values)
{
    return strcmp(prefix, "teacher.") == 0 && kd_plan_reads_apart(values);
}

kd_status kd_plan_read_network(const char *prefix, const char *const *values, int vocab, int labels,
                               kd_arch *out, kd_error *err)
{
    kd_status status = kd_plan_read(kd_arch_settings(), prefix, values, out, err);
    if (status == KD_OK) status = kd_task_choose_head(kd_plan_task(values), out, err);
    if (status != KD_OK) return status;
    if (vocab == 0)
        vocab = atoi(kd_plan_value(values, is_apart(prefix, values) ? "teacher.data.vocab_size"
                                                                    : "data.vocab_size"));
    if (out->vocab == 0) out->vocab = vocab;
    if (out->labels == 0) out->labels = labels;
    return KD_OK;
}

kd_status kd_plan_measure_size(kd_model_size *out, const kd_arch *arch, int length, kd_error *err)
{
    kd_model_size bare;
    kd_arch       headless = *arch;
    kd_status     status = kd_model_measure(out, arch, length, err);
    if (status != KD_OK || arch->head != KD_HEAD_MLM) return status;
    headless.head = KD_HEAD_NONE;
    status = kd_model_measure(&bare, &headless, length, err);
    if (status != KD_OK) return status;
    kd_effort head = out->effort;
    kd_effort_add_once(&head, &bare.effort, -1); /* without the rest */
    out->effort = bare.effort;
    kd_effort_add_once(&out->effort, &head, 1 / ASKED);
    out->operations_per_token = kd_effort_operations(&out->effort);
    return KD_OK;
}

kd_status kd_plan_measure_model(kd_plan *plan, const char *prefix, const char *const *values,
                                kd_plan_model *out, kd_error *err)
{
    int vocab =
        kd_plan_count_pieces(plan, is_apart(prefix, values) ? "teacher.data." : "data.", values);
    kd_arch       arch;
    kd_model_size size;
    kd_status     status = kd_plan_read_network(prefix, values, vocab, LABELS, &arch, err);
    if (status != KD_OK) return status;
    int longest = kd_arch_longest(&arch);
    status = kd_plan_measure_size(&size, &arch, longest < LENGTH ? longest : LENGTH, err);
    if (status == KD_OK)
        *out = (kd_plan_model){ size.operations_per_token, (double)size.parameters, arch.labels };
    return status;
}
