/* shared.c - what the verbs of `kdgrid data` share. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/log.h"
#include "harness/cmd/data/data.h"

kd_status kd_data_finish(kd_error *err)
{
    if (fflush(stdout) != 0 || ferror(stdout)) return kd_fail_errno(err, errno, "standard output");
    return KD_OK;
}

kd_status kd_data_print(const kd_str *out, kd_error *err)
{
    fwrite(out->text, 1, out->length, stdout);
    return kd_data_finish(err);
}

void kd_data_tell_notes(const kd_corpus *corpus)
{
    kd_str notes = KD_STR_INIT;
    kd_corpus_tell(corpus, &notes);
    kd_log_warnings(notes.text);
    kd_str_fini(&notes);
}

kd_status kd_data_set(const kd_setting *table, void *options, const char *key, const char *value,
                      kd_error *err)
{
    if (!value) return KD_OK;
    if (kd_setting_put(kd_setting_find(table, key), options, value, err) == KD_OK) return KD_OK;
    char *option = kd_strdup(key);
    for (char *at = option; (at = strchr(at, '_')) != NULL;) *at = '-';
    kd_while(err, KD_EUSAGE, "--%s", option);
    free(option);
    return KD_EUSAGE;
}

kd_status kd_data_choose_task(kd_task *out, const char *name, const char *path, kd_error *err)
{
    if (!name) return kd_corpus_guess_task(out, path, err);
    return kd_task_choose(out, name, NULL, err);
}
