/* writer.c - the list of writers. */
#include "results/writer.h"

#include <string.h>

static const kd_writer *const writers[] = { &kd_writer_markdown, &kd_writer_latex,
                                            &kd_writer_html,     &kd_writer_csv,
                                            &kd_writer_csv_raw,  &kd_writer_json };
#define WRITER_COUNT (sizeof writers / sizeof *writers)

kd_status kd_writer_find(const kd_writer **out, const char *name, kd_error *err)
{
    for (size_t i = 0; i < WRITER_COUNT; i++) {
        if (strcmp(writers[i]->name, name) != 0) continue;
        *out = writers[i];
        return KD_OK;
    }
    return kd_fail(err, KD_EUSAGE, "no format '%s': choose md, tex, html, csv, csv-raw or json",
                   name);
}

const kd_writer *kd_writer_for_file(const char *path)
{
    for (size_t i = 0; i < WRITER_COUNT; i++)
        if (kd_ends_with(path, writers[i]->ending)) return writers[i];
    return NULL;
}
