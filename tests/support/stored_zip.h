/* stored_zip.h - a zip file of members that are not compressed, as PyTorch writes them, made in
 * memory by tests. It writes what it is told, also what no zip should have. */
#ifndef KD_TESTS_STORED_ZIP_H
#define KD_TESTS_STORED_ZIP_H

#include <stdint.h>

#include "harness/base/str.h"

typedef struct {
    kd_str   file, directory; /* members; the table that will stand behind them */
    uint16_t count;
} kd_stored_zip;

#define KD_STORED_ZIP_INIT                            \
    {                                                 \
        .file = KD_STR_INIT, .directory = KD_STR_INIT \
    }

void kd_stored_zip_add(kd_stored_zip *zip, const char *name, const void *bytes, size_t length);

/* Close it: the whole file is then in zip->file. */
void kd_stored_zip_end(kd_stored_zip *zip);
void kd_stored_zip_fini(kd_stored_zip *zip);

#endif
