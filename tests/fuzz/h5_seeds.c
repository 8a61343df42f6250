/* h5_seeds.c FOLDER - small files of every kind that is HDF5, to begin fuzzing with. */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/base/fs.h"
#include "harness/store/catalogue.h"
#include "harness/store/checkpoint.h"
#include "harness/store/object.h"
#include "tests/fuzz/fuzz_h5.h"

#define MUST(call) KD_CHECK((call) == KD_OK, "h5_seeds: %s", err.text)

static void write_object(const char *folder)
{
    kd_error         err;
    kd_object_draft *draft;
    const float      block[6] = { 1, 2, 3 };
    char            *path = kd_fs_join(folder, "object.h5");
    MUST(kd_object_create_file(&draft, path, "model", &err));
    MUST(kd_object_put_f32(draft, "weights/a", block, 2, 3, &err));
    MUST(kd_object_put(draft, "weights/h", KD_H5_BF16, block, 6, 0, &err));
    MUST(kd_object_put_text(draft, "arch", "kind = \"bert\";\n", &err));
    kd_object_put_setting(draft, "student.kind", "bert");
    kd_object_put_metric(draft, "test.f1", 0.5);
    kd_object_put_timing(draft, "train_s", 2);
    kd_object_put_fact(draft, "numerics", "1");
    MUST(kd_object_commit(draft, &err));
    free(path);
}

static void write_checkpoint(const kd_store *store, const char *folder)
{
    kd_error             err;
    kd_checkpoint_draft *draft;
    const float          block[16] = { 1, 2, 3 };
    MUST(kd_checkpoint_create(&draft, store, KD_FUZZ_ID, 7, &err));
    MUST(kd_checkpoint_put_f32(draft, "weights", block, 16, &err));
    MUST(kd_checkpoint_put_state(draft, "streams", block, 16, &err));
    MUST(kd_checkpoint_commit(draft, &err));
    char *from = kd_store_work_path(store, KD_FUZZ_ID, "checkpoint-00000001.h5");
    char *to = kd_fs_join(folder, "checkpoint.h5");
    KD_CHECK(rename(from, to) == 0, "h5_seeds: cannot rename %s", from);
    free(from);
    free(to);
}

static void write_catalogue(const kd_store *store, const char *folder)
{
    const kd_record_setting settings[] = { { "distill.method", "none" }, { "seed", "1" } };
    const kd_record_metric  metrics[] = { { "test.f1", 0.5 }, { "time.train_s", 2 } };
    const kd_record         records[] = {
                { { 1, 2 }, "corpus", "", settings, 1, metrics, 0 },
                { { 3, 4 }, "model", "", settings, 2, metrics, 2 },
    };
    kd_error err;
    MUST(kd_catalogue_write(store, records, 2, &err));
    char *from = kd_fs_join(kd_store_folder(store), "catalogue.h5");
    char *to = kd_fs_join(folder, "catalogue.h5");
    KD_CHECK(rename(from, to) == 0, "h5_seeds: cannot rename %s", from);
    free(from);
    free(to);
}

/* ---- a file of targets, in the old format and the new ---- */

static void put(hid_t file, const char *name, hid_t type, int rank, const hsize_t *dims,
                const void *data)
{
    hid_t links = H5Pcreate(H5P_LINK_CREATE), space = H5Screate_simple(rank, dims, NULL);
    H5Pset_create_intermediate_group(links, 1);
    hid_t set = H5Dcreate2(file, name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    KD_CHECK(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0, "h5_seeds: %s", name);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(links);
}

static void put_source(hid_t file, hid_t type)
{
    const char *source = "a model";
    hid_t       space = H5Screate(H5S_SCALAR);
    hid_t       mark = H5Acreate2(file, "source", type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(mark, type, &source);
    H5Aclose(mark);
    H5Sclose(space);
}

static void write_targets(const char *folder, const char *name, bool is_new)
{
    static const char   *labels[] = { "O", "B-Gene" };
    static const int32_t ids[] = { 2, 7, 3 };
    static const double  logits[6] = { 1, -1, 0, 2, 3, 4 };
    const hsize_t        two = 2, shape[] = { 3, 2 };
    char                *path = kd_fs_join(folder, name);
    hid_t                access = H5Pcreate(H5P_FILE_ACCESS), text = H5Tcopy(H5T_C_S1);
    if (is_new) H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    H5Tset_size(text, H5T_VARIABLE);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    put(file, "labels", text, 1, &two, labels);
    put(file, "ids/0", H5T_STD_I32LE, 1, shape, ids);
    put(file, "logits/0", H5T_IEEE_F64LE, 2, shape, logits);
    put_source(file, text);
    H5Fclose(file);
    H5Tclose(text);
    H5Pclose(access);
    free(path);
}

int main(int argc, char **argv)
{
    kd_error  err;
    kd_store *store;
    KD_CHECK(argc == 2, "h5_seeds FOLDER");
    mkdir(argv[1], 0777);
    char *folder = kd_fs_join(argv[1], "store");
    MUST(kd_store_open(&store, folder, KD_STORE_CREATE, &err));
    write_object(argv[1]);
    write_checkpoint(store, argv[1]);
    write_catalogue(store, argv[1]);
    write_targets(argv[1], "targets.h5", false);
    write_targets(argv[1], "targets-new.h5", true);
    kd_store_close(store);
    free(folder);
    return 0;
}
