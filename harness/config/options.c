/* options.c - the rows of a cell as a whole and of its data. */
#include "harness/config/options.h"

#include <stdlib.h>
#include <string.h>

#include "harness/config/resolved.h"

#define DATA(kind, member, ...) KD_##kind##_ROW(kd_data_options, member, #member, __VA_ARGS__)
#define UNLABELLED(kind, member, ...) \
    KD_##kind##_ROW(kd_unlabelled_options, member, #member, __VA_ARGS__)
#define CELL(kind, member, ...) KD_##kind##_ROW(kd_cell_options, member, #member, __VA_ARGS__)
#define INIT(fallback, help)                                                       \
    KD_TEXT_ROW(kd_init_options, init, "init", fallback, NULL, NULL, help,         \
                .flags = KD_ROW_PATH | KD_ROW_SIZE),                               \
        KD_TEXT_ROW(kd_init_options, init_where, "init_where", "", NULL, NULL,     \
                    "which cell of the experiment file that init names, where it " \
                    "has several: \"seed = 1; student.hidden = 312\"",             \
                    .flags = KD_ROW_TOLD | KD_ROW_SIZE, .before = "")
#define TEACHER(kind, member, ...) KD_##kind##_ROW(kd_teacher_options, member, #member, __VA_ARGS__)
#define TARGETS(kind, member, ...) KD_##kind##_ROW(kd_targets_options, member, #member, __VA_ARGS__)
#define READING(kind, member, ...) KD_##kind##_ROW(kd_reading_options, member, #member, __VA_ARGS__)
#define MEASURE(kind, member, ...) KD_##kind##_ROW(kd_measure_options, member, #member, __VA_ARGS__)

static const kd_choice label_sets[] = { { "corpus", KD_LABELS_CORPUS },
                                        { "source", KD_LABELS_SOURCE },
                                        KD_CHOICE_END };

static const kd_choice documents[] = { { "cut", KD_DOCUMENTS_CUT },
                                       { "split", KD_DOCUMENTS_SPLIT },
                                       KD_CHOICE_END };

const kd_setting kd_data_settings[] = {
    DATA(TEXT, corpus, KD_CORPUS_SYNTH, NULL, NULL,
         "folder with train.tsv, devel.tsv and test.tsv, or synth for an invented one; for task "
         "text "
         "a file (plain, gzip or zstd), a document a line, or a folder of *.txt, *.txt.gz, "
         "*.txt.zst",
         .flags = KD_ROW_PATH),
    DATA(TEXT, train, "", NULL, NULL, "training file in place of the folder's",
         .flags = KD_ROW_PATH),
    DATA(TEXT, devel, "", NULL, NULL, "development file in place of the folder's",
         .flags = KD_ROW_PATH),
    DATA(TEXT, test, "", NULL, NULL, "test file in place of the folder's", .flags = KD_ROW_PATH),
    DATA(INT, train_sentences, "0", 0, 50000000, NULL,
         "use so many sentences from the beginning of train; 0 for all"),
    DATA(INT, devel_sentences, "0", 0, 50000000, NULL, "the same for devel"),
    DATA(INT, test_sentences, "0", 0, 50000000, NULL, "the same for test"),
    DATA(TEXT, vocab, KD_VOCAB_BUILT, NULL, NULL,
         "vocabulary file or folder, or built: learned from the training split",
         .flags = KD_ROW_PATH | KD_ROW_SIZE),
    DATA(INT, vocab_size, "4000", 32, 1000000, "built", "pieces of a built vocabulary",
         .flags = KD_ROW_SIZE),
    DATA(CHOICE, labels, "corpus", label_sets, NULL,
         "what a tag is one of: those of the corpus, or, as the first source has it, these "
         "after PAD, START, END and UNK, with START and END learned at [CLS] and [SEP]",
         .before = "corpus"),
    DATA(REAL, held_out, "0.01", 0, 0.5, NULL,
         "task text: share of the documents that nothing is learned from, half of them devel and "
         "half "
         "test, told by their own bytes; where data.devel or data.test is named, none",
         .before = "0.01"),
    DATA(CHOICE, documents, "cut", documents, NULL,
         "task text: a document is a row of max_pieces and its end is cut, or it is split into as "
         "many rows as it takes",
         .before = "cut"),
    DATA(INT, part_pieces, "33554432", 16, 1 << 30, NULL,
         "task text: pieces that are packed, and kept, in one array; no number of a network "
         "depends on it",
         .before = "33554432"),
    DATA(TEXT, report, "test", "test devel", NULL, "split whose figures tables print",
         .flags = KD_ROW_TOLD),
    KD_SETTING_END,
};

const kd_setting kd_unlabelled_settings[] = {
    UNLABELLED(TEXT, unlabelled, "", NULL, NULL,
               "files and folders, as a list: plain sentences (also .gz, .zst), words with tags "
               "(.tsv), or, of relations, sentences with both marks; or synth, with the corpus of "
               "that name. Methods that learn of a teacher's logits read them, and no other does",
               .flags = KD_ROW_PATH | KD_ROW_LIST),
    UNLABELLED(INT, unlabelled_sentences, "0", 0, 50000000, NULL,
               "use so many of them, from the beginning of the first file; 0 for all, which synth "
               "does not have",
               .before = "0"),
    UNLABELLED(REAL, unlabelled_share, "0", 0, 0.99, NULL,
               "share of the sentences of each batch; an epoch then goes once through the labelled "
               "ones. 0: all are shuffled together, and an epoch goes once through all",
               .before = "0"),
    KD_SETTING_END,
};

const kd_setting kd_reading_settings[] = {
    READING(TEXT, vocab, "", NULL, NULL,
            "vocabulary file or folder of the teacher, or built; empty: it reads the student's "
            "pieces",
            .flags = KD_ROW_PATH | KD_ROW_SIZE),
    READING(INT, vocab_size, "4000", 32, 1000000, "built", "pieces of a built vocabulary",
            .flags = KD_ROW_SIZE),
    KD_SETTING_END,
};

static const kd_choice tasks[] = {
#define X(name, word, ...) { word, KD_TASK_##name },
    KD_TASKS(X)
#undef X
        KD_CHOICE_END
};

static const kd_choice precisions[] = { { "f32", KD_F32 }, { "bf16", KD_BF16 }, KD_CHOICE_END };

static const kd_choice inferences[] = { { "same", KD_INFERENCE_SAME },
                                        { "f32", KD_INFERENCE_F32 },
                                        { "bf16", KD_INFERENCE_BF16 },
                                        { "int8", KD_INFERENCE_INT8 },
                                        KD_CHOICE_END };

const kd_setting kd_cell_settings[] = {
    CELL(CHOICE, task, "ner", tasks, NULL, "what is learned from a sentence",
         .flags = KD_ROW_KIND | KD_ROW_SIZE),
    CELL(INT, seed, "1", 0, 2147483647, NULL, "of every random choice; `seeds` lists several"),
    CELL(CHOICE, precision, "f32", precisions, NULL,
         "of matrix products; sums and weights are f32"),
    CELL(CHOICE, inference, "same", inferences, NULL,
         "of products when a trained network is measured or asked for targets; same: as precision"),
    CELL(INT, threads, "1", 1, 1024, NULL, "cores that one cell uses", .flags = KD_ROW_KIND),
    KD_SETTING_END,
};

#define LABEL_NAMES                                                                             \
    {                                                                                           \
        .key = "label_names", .type = KD_SETTING_TEXT,                                          \
        .offset = offsetof(kd_init_options, label_names),                                       \
        .size = sizeof((kd_init_options *)0)->label_names, .fallback = "", .before = "",        \
        .help =                                                                                 \
            "what the labels of the head of init are, in its order with commas between, where " \
            "its config.json calls them LABEL_0 and so on; they are matched with the corpus's " \
            "by name"                                                                           \
    }

const kd_setting kd_student_init_settings[] = {
    INIT(
        KD_INIT_SCRATCH,
        "first weights: scratch, teacher-layers (see init_layers), teacher-embeddings, fine-tuned, "
        "or a published checkpoint's folder, a model's .h5 file, or another experiment file "
        "(.cfg)"),
    { .key = "init_layers",
      .type = KD_SETTING_TEXT,
      .offset = offsetof(kd_init_options, init_layers),
      .size = sizeof((kd_init_options *)0)->init_layers,
      .fallback = KD_INIT_LAYERS_SPREAD,
      .before = KD_INIT_LAYERS_SPREAD,
      .help = "layers of the teacher that teacher-layers takes: spread (evenly, the last is the "
              "last), even (2 4 6 ..), odd (1 3 5 ..), or their numbers from 1, as many as the "
              "student has: \"1 4 7 12\"" },
    KD_TEXT_ROW(kd_init_options, vectors, "vectors", "", NULL, NULL,
                "word vectors (GloVe or word2vec as text, as wide as student.embedding) that the "
                "student's pieces begin with; the others stay as init made them",
                .flags = KD_ROW_PATH),
    LABEL_NAMES,
    KD_SETTING_END,
};

const kd_setting kd_finetune_init_settings[] = {
    INIT(KD_INIT_SCRATCH, "first weights: scratch, or a checkpoint's folder, a model's .h5 file, "
                          "or another experiment "
                          "file (.cfg)"),
    LABEL_NAMES,
    KD_SETTING_END,
};

const kd_setting kd_teacher_init_settings[] = {
    INIT(KD_INIT_SCRATCH, "first weights: scratch, or a checkpoint's folder, a model's .h5 file, "
                          "or another experiment "
                          "file (.cfg)"),
    LABEL_NAMES,
    KD_SETTING_END,
};

const kd_setting kd_teacher_settings[] = {
    TEACHER(INT, seed, "1", 0, 2147480000, NULL, "of the teacher's random choices"),
    TEACHER(INT, count, "1", 1, KD_TEACHERS_MAX, NULL,
            "teachers, each with the next seed; targets are the mean of their logits"),
    KD_SETTING_END,
};

static const kd_choice formats[] = { { "f32", KD_TARGETS_F32 },
                                     { "f16", KD_TARGETS_F16 },
                                     KD_CHOICE_END };

const kd_setting kd_targets_settings[] = {
    TARGETS(CHOICE, format, "f32", formats, NULL,
            "how logits, hidden states and attention maps are stored"),
    TARGETS(BOOL, padding, "false", NULL,
            "also of a PAD behind each sentence, for distill.padding = source"),
    TARGETS(TEXT, file, "", NULL, NULL,
            "HDF5 file of logits that were computed elsewhere, in place of a teacher's; or another "
            "experiment file (.cfg), whose model is asked",
            .flags = KD_ROW_PATH | KD_ROW_SIZE),
    TARGETS(TEXT, file_where, "", NULL, NULL,
            "which cell of the experiment file that file names, where it has several",
            .flags = KD_ROW_TOLD | KD_ROW_SIZE, .before = ""),
    TARGETS(REAL, states_gib, "0", 0, 1e6, NULL,
            "GiB of disk for the hidden states and attention maps of one teacher over one corpus "
            "that a method compares; what is larger by the plan's estimate, and all of it with 0, "
            "is computed in every step",
            .flags = KD_ROW_TOLD),
    KD_SETTING_END,
};

static const kd_choice word_rules[] = { { "first", KD_WORDS_FIRST },
                                        { "mean", KD_WORDS_MEAN },
                                        KD_CHOICE_END };

const kd_setting kd_word_settings[] = {
    KD_CHOICE_ROW(kd_word_options, words, "words", "first", word_rules, NULL,
                  "what the teacher says of a word: the logits of its first piece, or the mean of "
                  "its pieces'"),
    KD_SETTING_END,
};

kd_precision kd_cell_inference(const kd_cell_options *options)
{
    return options->inference == KD_INFERENCE_SAME ? options->precision
                                                   : (kd_precision)options->inference;
}

const kd_setting kd_measure_settings[] = {
    MEASURE(INT, latency, "200", 0, 1000000, NULL,
            "devel sentences timed one by one, on one core, after a pass to warm up; 0: none",
            .flags = KD_ROW_TOLD),
    MEASURE(BOOL, int8, "false", NULL, "time int8 products as well", .flags = KD_ROW_TOLD),
    KD_SETTING_END,
};

static kd_status read_layers(int *out, const char *text, int layers, int of, kd_error *err)
{
    int   count = 0;
    char *end;
    for (; *text; text = end) {
        text += strspn(text, " ,");
        if (!*text) break;
        long number = strtol(text, &end, 10);
        if (end == text)
            return kd_fail(err, KD_ECONFIG,
                           "expected spread, even, odd, or numbers of layers, found %s", text);
        if (number < 1 || number > of)
            return kd_fail(err, KD_ECONFIG, "there is no layer %ld, the teacher has %d", number,
                           of);
        if (count < layers) out[count] = (int)number - 1;
        count++;
    }
    if (count == layers) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "names %d layers, the student has %d", count, layers);
}

bool kd_init_is_of_teacher(const char *init)
{
    return strcmp(init, KD_INIT_TEACHER_LAYERS) == 0 ||
           strcmp(init, KD_INIT_TEACHER_EMBEDDINGS) == 0;
}

kd_status kd_init_layers(int *out, const char *text, int layers, int of, kd_error *err)
{
    bool is_spread = strcmp(text, KD_INIT_LAYERS_SPREAD) == 0;
    bool is_even = strcmp(text, "even") == 0, is_odd = strcmp(text, "odd") == 0;
    if (!is_spread && !is_even && !is_odd) return read_layers(out, text, layers, of, err);
    if (of < (is_spread ? layers : is_even ? 2 * layers : 2 * layers - 1))
        return kd_fail(err, KD_ECONFIG, "%s: the teacher has %d layers, too few for %d", text, of,
                       layers);
    for (int l = 0; l < layers; l++)
        out[l] = is_spread ? (l + 1) * of / layers - 1 : 2 * l + is_even;
    return KD_OK;
}

bool kd_option_is_study(const char *value)
{
    return kd_ends_with(value, ".cfg");
}

bool kd_option_is_path(const char *value)
{
    return *value && !kd_list_has(KD_CORPUS_SYNTH
                                  " " KD_VOCAB_BUILT " " KD_INIT_SCRATCH " " KD_INIT_TEACHER_LAYERS
                                  " " KD_INIT_TEACHER_EMBEDDINGS " " KD_INIT_FINE_TUNED,
                                  value);
}

bool kd_option_next_name(const char **list, const char **name, size_t *length)
{
    if (!**list) return false;
    *name = *list + strspn(*list, " ");
    *length = strcspn(*name, ",");
    *list = *name + *length + ((*name)[*length] == ',');
    while (*length > 0 && (*name)[*length - 1] == ' ') --*length;
    return true;
}
