/* make_zip.c - make_zip OUT MEMBER...: a zip of these files under these names, not compressed, as PyTorch
 * writes a checkpoint. A name may be given twice. */
#include <stdio.h>

#include "harness/base/fs.h"
#include "tests/support/stored_zip.h"

static kd_status make(char **names, kd_stored_zip *zip, kd_error *err)
{
    for (int i = 1; names[i]; i++) {
        kd_str    bytes = KD_STR_INIT;
        kd_status status = kd_fs_read(names[i], &bytes, err);
        if (status == KD_OK) kd_stored_zip_add(zip, names[i], bytes.text, bytes.length);
        kd_str_fini(&bytes);
        if (status != KD_OK) return status;
    }
    kd_stored_zip_end(zip);
    return kd_fs_write(names[0], zip->file.text, zip->file.length, err);
}

int main(int argc, char **argv)
{
    kd_stored_zip zip = KD_STORED_ZIP_INIT;
    kd_error      err;
    kd_status     status = argc > 1 ? make(argv + 1, &zip, &err) : KD_EUSAGE;
    if (status != KD_OK) fprintf(stderr, "make_zip: %s\n", argc > 1 ? err.text : "OUT MEMBER...");
    kd_stored_zip_fini(&zip);
    return kd_status_exit(status);
}
