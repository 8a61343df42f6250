/* corpus_read.c - a file is mapped, and the reader of its task takes its lines; a folder has a
 * reader of its own. */
#include "models/text/corpus_internal.h"

static kd_status read_as(kd_corpus *corpus, kd_lines *lines, const kd_corpus_options *options,
                         kd_error *err)
{
    switch (corpus->task) {
    case KD_TASK_NER:
        return kd_corpus_read_ner(corpus, lines, options, err);
    case KD_TASK_RE:
        return kd_corpus_read_re(corpus, lines, options, err);
    case KD_TASK_HOC:
        return kd_corpus_read_hoc(corpus, lines, options, err);
    case KD_TASK_PAIR:
        return kd_corpus_read_pairs(corpus, lines, err);
    case KD_TASK_QA: /* has no lines */
    case KD_TASK_TEXT:
        break;
    }
    return kd_corpus_read_text(corpus, lines, err);
}

kd_status kd_corpus_read(kd_corpus *out, const char *path, kd_task task,
                         const kd_corpus_options *options, kd_labels *labels, kd_error *err)
{
    kd_corpus_options fallback;
    kd_lines          lines;
    kd_status         status;

    if (options == NULL) {
        kd_setting_defaults(kd_corpus_settings, &fallback);
        options = &fallback;
    }
    kd_corpus_init(out, task, path, labels);
    bool is_folder = kd_fs_is_folder(path), are_documents = task == KD_TASK_QA;
    if (task == KD_TASK_NER && is_folder) {
        status = kd_corpus_read_brat(out, options, err);
        goto done;
    }
    are_documents |= task == KD_TASK_PAIR && is_folder;
    if (!(are_documents && is_folder) && (status = kd_fs_map(&out->map, path, err)) != KD_OK)
        goto done;
    if (are_documents || (task == KD_TASK_PAIR && kd_corpus_is_document(out))) {
        status = kd_corpus_read_documents(out, err);
        goto done;
    }
    if ((status = kd_lines_open(&lines, out, err)) != KD_OK) goto done;
    if ((status = read_as(out, &lines, options, err)) != KD_OK) goto done;
    if (kd_corpus_sentences(out) == 0)
        status = kd_fail(err, KD_EDATA, "%s:%d: no sentences", path,
                         lines.number > 0 ? lines.number : 1);
done:
    if (status != KD_OK) kd_corpus_fini(out);
    return status;
}
