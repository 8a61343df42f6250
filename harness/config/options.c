/* options.c - the rows of a cell as a whole and of its data. */
#include "harness/config/options.h"

#include <string.h>

#define DATA(kind, member, ...)    KD_##kind##_ROW(kd_data_options, member, #member, __VA_ARGS__)
#define CELL(kind, member, ...)    KD_##kind##_ROW(kd_cell_options, member, #member, __VA_ARGS__)
#define INIT(fallback, help)       KD_TEXT_ROW(kd_init_options, init, "init", fallback, NULL, NULL, help)
#define TEACHER(kind, member, ...) KD_##kind##_ROW(kd_teacher_options, member, #member, __VA_ARGS__)

const kd_setting kd_data_settings[] = {
    DATA(TEXT, corpus, KD_CORPUS_SYNTH, NULL, NULL,
         "folder with train.tsv, devel.tsv and test.tsv, or synth for an invented one"),
    DATA(TEXT, train, "", NULL, NULL, "training file in place of the folder's"),
    DATA(TEXT, devel, "", NULL, NULL, "development file in place of the folder's"),
    DATA(TEXT, test, "", NULL, NULL, "test file in place of the folder's"),
    DATA(TEXT, vocab, KD_VOCAB_BUILT, NULL, NULL,
         "vocabulary file or folder, or built: learned from the training split"),
    DATA(INT, vocab_size, "4000", 32, 1000000, "built", "pieces of a built vocabulary"),
    DATA(TEXT, report, "test", "test devel", NULL, "split whose figures tables print"),
    KD_SETTING_END,
};

const kd_setting kd_cell_settings[] = {
    CELL(TEXT, task, "ner", "ner re hoc text", NULL, "what is learned from a sentence"),
    CELL(INT, seed, "1", 0, 2147483647, NULL, "of every random choice; `seeds` lists several"),
    CELL(TEXT, precision, "f32", "f32 bf16", NULL, "of matrix products; sums and weights are f32"),
    CELL(TEXT, inference, "same", "same f32 bf16 int8", NULL,
         "of products when a trained network is measured or asked for targets; same: as precision"),
    CELL(INT, threads, "1", 1, 1024, NULL, "cores that one cell uses"),
    KD_SETTING_END,
};

const kd_setting kd_student_init_settings[] = {
    INIT(KD_INIT_SCRATCH,
         "first weights: scratch, teacher-layers (spread evenly), or teacher-embeddings"),
    KD_SETTING_END,
};

const kd_setting kd_teacher_init_settings[] = {
    INIT(KD_INIT_SCRATCH, "first weights: scratch"),
    KD_SETTING_END,
};

const kd_setting kd_teacher_settings[] = {
    TEACHER(INT, seed, "1", 0, 2147483647, NULL, "of the teacher's random choices"),
    KD_SETTING_END,
};

bool kd_option_is_path(const char *value)
{
    return *value &&
           !kd_list_has(KD_CORPUS_SYNTH " " KD_VOCAB_BUILT " " KD_INIT_SCRATCH
                                        " " KD_INIT_TEACHER_LAYERS " " KD_INIT_TEACHER_EMBEDDINGS,
                        value);
}
