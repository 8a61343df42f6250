/* make_h5.c - spoils an HDF5 file as it is told.
 *
 *     make_h5 FILE 'mark / version i64be scalar; soft weights/a /vocab'
 *     make_h5 --targets CORPUS.h5 FILE      the true labels of a corpus as logits, whole and right
 *     make_h5 --checkpoint STORE            a checkpoint in STORE, and prints where it is
 *
 * Steps are separated by ';', their words by spaces; `steps` below has them all. A TYPE is a word
 * of `types`, or text:N, ascii:N, opaque:N, array:N, pairs:N:M, numbers:N; DIMS is "scalar", "null"
 * or 3 or 2x3. Elements are zeros, and a dataset gets the checksum of its zeros.
 */
#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/digest.h"
#include "harness/base/fs.h"
#include "harness/base/str.h"
#include "harness/store/checkpoint.h"
#include "harness/store/object.h"
#include "tests/fuzz/h5_mend.h"

#define WORDS_MAX 8
#define RANK_MAX  32

/* ---- types ---- */

static hid_t make_string(size_t size, H5T_cset_t set, H5T_str_t padding)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_cset(type, set);
    H5Tset_strpad(type, padding);
    return type;
}

static hid_t make_half(void)
{
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(type, 15, 10, 5, 0, 10);
    H5Tset_size(type, 2);
    H5Tset_ebias(type, 15);
    return type;
}

static hid_t make_half_be(void)
{
    hid_t type = make_half();
    H5Tset_order(type, H5T_ORDER_BE);
    return type;
}

static hid_t make_enum(void)
{
    int   zero = 0;
    hid_t type = H5Tenum_create(H5T_STD_I32LE);
    H5Tenum_insert(type, "zero", &zero);
    return type;
}

/* As wide as an i64, of which only 24 bits count. */
static hid_t make_narrow(void)
{
    hid_t type = H5Tcopy(H5T_STD_I64LE);
    H5Tset_precision(type, 24);
    return type;
}

static hid_t make_numbers_of(const char *column, size_t width, hid_t number)
{
    size_t size = H5Tget_size(number);
    hid_t  text = make_string(width, H5T_CSET_UTF8, H5T_STR_NULLPAD);
    hid_t  row = H5Tcreate(H5T_COMPOUND, width + size);
    H5Tinsert(row, column, 0, text);
    H5Tinsert(row, "value", width, number);
    H5Tclose(text);
    return row;
}

static hid_t make_strange_rows(void)
{
    return make_numbers_of("nam", 9, H5T_IEEE_F64LE);
}

static hid_t make_short_rows(void)
{
    return make_numbers_of("name", 9, H5T_IEEE_F32LE);
}

static hid_t make_half_rows(void)
{
    return make_numbers_of("name", 9, make_half());
}

static hid_t make_variable(void)
{
    return make_string(H5T_VARIABLE, H5T_CSET_UTF8, H5T_STR_NULLTERM);
}

static hid_t make_sequence(void)
{
    return H5Tvlen_create(H5T_STD_I32LE);
}

#define COPY(word, id)             \
    static hid_t make_##word(void) \
    {                              \
        return H5Tcopy(id);        \
    }
COPY(i8, H5T_STD_I8LE)
COPY(i32, H5T_STD_I32LE)
COPY(i64, H5T_STD_I64LE)
COPY(u8, H5T_STD_U8LE)
COPY(u64, H5T_STD_U64LE)
COPY(f32, H5T_IEEE_F32LE)
COPY(f64, H5T_IEEE_F64LE)
COPY(i32be, H5T_STD_I32BE)
COPY(i64be, H5T_STD_I64BE)
COPY(u64be, H5T_STD_U64BE)
COPY(f32be, H5T_IEEE_F32BE)
COPY(f64be, H5T_IEEE_F64BE)
COPY(vax, H5T_VAX_F32)
COPY(f80, H5T_NATIVE_LDOUBLE)
COPY(bits, H5T_STD_B64LE)
COPY(time, H5T_UNIX_D64LE)
COPY(ref, H5T_STD_REF_OBJ)
COPY(region, H5T_STD_REF_DSETREG)

static const struct {
    const char *word;
    hid_t (*make)(void);
} types[] = {
    { "i8", make_i8 },
    { "i32", make_i32 },
    { "i64", make_i64 },
    { "u8", make_u8 },
    { "u64", make_u64 },
    { "f16", make_half },
    { "f32", make_f32 },
    { "f64", make_f64 },
    { "i32be", make_i32be },
    { "i64be", make_i64be },
    { "u64be", make_u64be },
    { "f16be", make_half_be },
    { "f32be", make_f32be },
    { "f64be", make_f64be },
    { "vax", make_vax },
    { "f80", make_f80 },
    { "bits", make_bits },
    { "time", make_time },
    { "ref", make_ref },
    { "region", make_region },
    { "enum", make_enum },
    { "narrow", make_narrow },
    { "vtext", make_variable },
    { "vlen", make_sequence },
    { "rows-named-otherwise", make_strange_rows },
    { "rows-of-f32", make_short_rows },
    { "rows-of-f16", make_half_rows },
};

static hid_t make_sized(const char *word)
{
    size_t  n = 0, m = 0;
    hsize_t dims[1];
    if (sscanf(word, "text:%zu", &n) == 1) return make_string(n, H5T_CSET_UTF8, H5T_STR_NULLPAD);
    if (sscanf(word, "ascii:%zu", &n) == 1) return make_string(n, H5T_CSET_ASCII, H5T_STR_NULLTERM);
    if (sscanf(word, "opaque:%zu", &n) == 1) return H5Tcreate(H5T_OPAQUE, n);
    if (sscanf(word, "numbers:%zu", &n) == 1) return make_numbers_of("name", n, H5T_IEEE_F64LE);
    if (sscanf(word, "array:%zu", &n) == 1)
        return H5Tarray_create2(H5T_IEEE_F32LE, 1, (dims[0] = n, dims));
    if (sscanf(word, "pairs:%zu:%zu", &n, &m) == 2)
        return make_numbers_of("key", n, make_string(m, H5T_CSET_UTF8, H5T_STR_NULLPAD));
    kd_bug(__FILE__, __LINE__, "make_h5: no type is called '%s'", word);
}

static hid_t make_type(const char *word)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].word, word) == 0) return types[i].make();
    return make_sized(word);
}

static hid_t make_space(const char *word)
{
    hsize_t dims[RANK_MAX];
    int     rank = 0;
    if (strcmp(word, "scalar") == 0) return H5Screate(H5S_SCALAR);
    if (strcmp(word, "null") == 0) return H5Screate(H5S_NULL);
    for (char *rest = (char *)(uintptr_t)word; rank < RANK_MAX; rest++) {
        dims[rank++] = strtoull(rest, &rest, 10);
        if (*rest != 'x') break;
    }
    return H5Screate_simple(rank, dims, NULL);
}

/* ---- the file ---- */

typedef struct {
    const char *path;
    hid_t       file; /* -1 while its bytes are changed */
} target;

static hid_t open_file(target *t)
{
    if (t->file >= 0) return t->file;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true);
    t->file = H5Fopen(t->path, H5F_ACC_RDWR, access);
    H5Pclose(access);
    KD_CHECK(t->file >= 0, "make_h5: cannot open %s", t->path);
    return t->file;
}

static void close_file(target *t)
{
    if (t->file >= 0) KD_CHECK(H5Fclose(t->file) >= 0, "make_h5: cannot write %s", t->path);
    t->file = -1;
}

static hid_t parents(void)
{
    hid_t list = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(list, 1);
    return list;
}

static void remove_link(target *t, const char *name)
{
    if (H5Lexists(open_file(t), name, H5P_DEFAULT) > 0) H5Ldelete(t->file, name, H5P_DEFAULT);
}

/* ---- attributes ---- */

static void put_mark(hid_t object, const char *key, hid_t type, hid_t space, const void *bytes)
{
    if (H5Aexists(object, key) > 0) H5Adelete(object, key);
    hid_t mark = H5Acreate2(object, key, type, space, H5P_DEFAULT, H5P_DEFAULT);
    KD_CHECK(mark >= 0, "make_h5: the attribute '%s' cannot be made", key);
    if (H5Sget_simple_extent_type(space) != H5S_NULL)
        KD_CHECK(H5Awrite(mark, type, bytes) >= 0, "make_h5: '%s' cannot be written", key);
    H5Aclose(mark);
}

/* mark OBJECT KEY TYPE DIMS [TEXT] */
static void step_mark(target *t, char **word)
{
    hid_t    object = H5Oopen(open_file(t), word[1], H5P_DEFAULT);
    hid_t    type = make_type(word[3]), space = make_space(word[4]);
    hssize_t count = H5Sget_simple_extent_npoints(space);
    char    *bytes = kd_alloc((size_t)(count > 0 ? count : 1), H5Tget_size(type) + 1);
    if (word[5]) {
        KD_CHECK(strlen(word[5]) <= H5Tget_size(type), "make_h5: '%s' is too long", word[5]);
        memcpy(bytes, word[5], strlen(word[5]));
    }
    put_mark(object, word[2], type, space, bytes);
    free(bytes);
    H5Sclose(space);
    H5Tclose(type);
    H5Oclose(object);
}

/* unmark OBJECT KEY */
static void step_unmark(target *t, char **word)
{
    KD_CHECK(H5Adelete_by_name(open_file(t), word[1], word[2], H5P_DEFAULT) >= 0,
             "make_h5: '%s' has no '%s'", word[1], word[2]);
}

/* ---- datasets ---- */

static void chunk(hid_t how, hid_t space)
{
    hsize_t dims[RANK_MAX];
    int     rank = H5Sget_simple_extent_dims(space, dims, NULL);
    H5Pset_chunk(how, rank, dims);
}

static void virtual_set(hid_t how, hid_t space, const char *file)
{
    H5Pset_virtual(how, space, file, "/vocab", space);
}

static hid_t make_layout(const char *word, hid_t space)
{
    hid_t       how = H5Pcreate(H5P_DATASET_CREATE);
    const char *name = word ? word : "plain", *file = strchr(name, ':');
    if (kd_starts_with(name, "external:"))
        H5Pset_external(how, file + 1, 0, H5F_UNLIMITED);
    else if (kd_starts_with(name, "virtual:"))
        virtual_set(how, space, file + 1);
    else if (strcmp(name, "compact") == 0)
        H5Pset_layout(how, H5D_COMPACT);
    else if (strcmp(name, "plain") != 0 && strcmp(name, "late") != 0)
        chunk(how, space);
    if (strcmp(name, "gzip") == 0) H5Pset_deflate(how, 6);
    if (strcmp(name, "shuffle") == 0) H5Pset_shuffle(how);
    if (strcmp(name, "fletcher") == 0) H5Pset_fletcher32(how);
    if (strcmp(name, "unknown-filter") == 0) H5Pset_filter(how, 31999, H5Z_FLAG_OPTIONAL, 0, NULL);
    return how;
}

static void put_checksum(hid_t set, const void *bytes, size_t length)
{
    uint64_t sum = kd_checksum(bytes, length, 0);
    hid_t    scalar = H5Screate(H5S_SCALAR);
    put_mark(set, "checksum", H5T_STD_U64LE, scalar, &sum);
    H5Sclose(scalar);
}

static bool is_written(const char *layout)
{
    return !layout || (strcmp(layout, "late") != 0 && !strchr(layout, ':') &&
                       strcmp(layout, "unknown-filter") != 0);
}

/* set NAME TYPE DIMS [plain|compact|chunks|gzip|shuffle|fletcher|unknown-filter|late|external:FILE|
 * virtual:FILE] */
static void step_set(target *t, char **word)
{
    remove_link(t, word[1]);
    hid_t type = make_type(word[2]), space = make_space(word[3]), how = make_layout(word[4], space);
    hid_t links = parents();
    hid_t set = H5Dcreate2(t->file, word[1], type, space, links, how, H5P_DEFAULT);
    KD_CHECK(set >= 0, "make_h5: the dataset '%s' cannot be made", word[1]);
    hssize_t count = H5Sget_simple_extent_npoints(space);
    bool     is_small = count < 1 << 20;
    size_t   length = is_small ? (size_t)count * H5Tget_size(type) : 0;
    char    *bytes = kd_alloc(length + 1, 1);
    if (is_written(word[4]) && is_small && length)
        H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes);
    put_checksum(set, bytes, length);
    free(bytes);
    H5Dclose(set);
    H5Pclose(links);
    H5Pclose(how);
    H5Sclose(space);
    H5Tclose(type);
}

/* named NAME DIMS: a dataset of a type that has a name of its own */
static void step_named(target *t, char **word)
{
    static const char zeros[4096];
    remove_link(t, word[1]);
    hid_t type = H5Tcopy(H5T_IEEE_F32LE), space = make_space(word[2]);
    H5Tcommit_anon(t->file, type, H5P_DEFAULT, H5P_DEFAULT);
    hid_t  set = H5Dcreate2(t->file, word[1], type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    size_t length = (size_t)H5Sget_simple_extent_npoints(space) * 4;
    H5Dwrite(set, H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros);
    put_checksum(set, zeros, length);
    H5Dclose(set);
    H5Sclose(space);
    H5Tclose(type);
}

/* ---- names ---- */

static void step_unlink(target *t, char **word)
{
    KD_CHECK(H5Ldelete(open_file(t), word[1], H5P_DEFAULT) >= 0, "make_h5: no '%s'", word[1]);
}

/* soft NAME WHERE */
static void step_soft(target *t, char **word)
{
    remove_link(t, word[1]);
    H5Lcreate_soft(word[2], t->file, word[1], H5P_DEFAULT, H5P_DEFAULT);
}

/* extern NAME FILE WHERE */
static void step_extern(target *t, char **word)
{
    remove_link(t, word[1]);
    H5Lcreate_external(word[2], word[3], t->file, word[1], H5P_DEFAULT, H5P_DEFAULT);
}

static hid_t follow_nowhere(const char *name, hid_t group, const void *data, size_t size,
                            hid_t list, hid_t reading)
{
    (void)name, (void)group, (void)data, (void)size, (void)list, (void)reading;
    return -1;
}

/* user NAME: a link of a class that only this program knows */
static void step_user(target *t, char **word)
{
    const H5L_class_t class = { H5L_LINK_CLASS_T_VERS, 200,  "ours", NULL, NULL, NULL,
                                follow_nowhere,        NULL, NULL };
    H5Lregister(&class);
    remove_link(t, word[1]);
    H5Lcreate_ud(t->file, word[1], 200, "x", 1, H5P_DEFAULT, H5P_DEFAULT);
}

/* hard NAME WHERE */
static void step_hard(target *t, char **word)
{
    remove_link(t, word[1]);
    H5Lcreate_hard(t->file, word[2], t->file, word[1], H5P_DEFAULT, H5P_DEFAULT);
}

/* swap NAME NAME */
static void step_swap(target *t, char **word)
{
    open_file(t);
    H5Lmove(t->file, word[1], t->file, "between", H5P_DEFAULT, H5P_DEFAULT);
    H5Lmove(t->file, word[2], t->file, word[1], H5P_DEFAULT, H5P_DEFAULT);
    H5Lmove(t->file, "between", t->file, word[2], H5P_DEFAULT, H5P_DEFAULT);
}

/* nest N: groups in groups */
static void step_nest(target *t, char **word)
{
    int   depth = atoi(word[1]);
    hid_t at = H5Gcreate2(open_file(t), "deep", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (int i = 0; i < depth; i++) {
        hid_t below = H5Gcreate2(at, "d", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Gclose(at);
        at = below;
    }
    H5Gclose(at);
}

/* many N: soft links in one group */
static void step_many(target *t, char **word)
{
    int   count = atoi(word[1]);
    char  name[16];
    hid_t group = H5Gcreate2(open_file(t), "many", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%d", i);
        H5Lcreate_soft("/vocab", group, name, H5P_DEFAULT, H5P_DEFAULT);
    }
    H5Gclose(group);
}

/* type NAME: a type in the place of a dataset */
static void step_type(target *t, char **word)
{
    remove_link(t, word[1]);
    hid_t type = H5Tcopy(H5T_STD_I32LE);
    H5Tcommit2(t->file, word[1], type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Tclose(type);
}

static void step_group(target *t, char **word)
{
    remove_link(t, word[1]);
    H5Gclose(H5Gcreate2(t->file, word[1], H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

/* ---- bytes ---- */

static void read_all(target *t, kd_str *bytes)
{
    kd_error err;
    close_file(t);
    KD_CHECK(kd_fs_read(t->path, bytes, &err) == KD_OK, "%s", err.text);
}

static void write_all(target *t, kd_str *bytes)
{
    FILE *file = fopen(t->path, "wb");
    KD_CHECK(file && fwrite(bytes->text, 1, bytes->length, file) == bytes->length &&
                 fclose(file) == 0,
             "make_h5: cannot write %s", t->path);
    kd_str_fini(bytes);
}

/* cut N: keep the first N bytes; cut -N: all but the last N */
static void step_cut(target *t, char **word)
{
    kd_str bytes = KD_STR_INIT;
    long   keep = atol(word[1]);
    read_all(t, &bytes);
    kd_str_cut(&bytes, keep < 0 ? bytes.length - (size_t)-keep : (size_t)keep);
    write_all(t, &bytes);
}

/* flip AT: every bit of one byte */
static void step_flip(target *t, char **word)
{
    kd_str bytes = KD_STR_INIT;
    read_all(t, &bytes);
    bytes.text[(size_t)atol(word[1]) % bytes.length] ^= (char)0xff;
    write_all(t, &bytes);
}

/* patch AT BYTE: one byte of a header, whose checksum is made right again */
static void step_patch(target *t, char **word)
{
    kd_str bytes = KD_STR_INIT;
    read_all(t, &bytes);
    bytes.text[(size_t)atol(word[1]) % bytes.length] = (char)atoi(word[2]);
    kd_h5_mend((uint8_t *)bytes.text, bytes.length);
    write_all(t, &bytes);
}

/* front N: zeros before the file */
static void step_front(target *t, char **word)
{
    kd_str bytes = KD_STR_INIT, all = KD_STR_INIT;
    read_all(t, &bytes);
    for (long n = atol(word[1]); n > 0; n--) kd_str_add_char(&all, 0);
    kd_str_add_bytes(&all, bytes.text, bytes.length);
    kd_str_fini(&bytes);
    write_all(t, &all);
}

/* number OLD NEW [WIDTH]: everywhere, as little-endian numbers of so many bytes (8), and the
 * checksums of headers made right again. */
static void step_number(target *t, char **word)
{
    kd_str   bytes = KD_STR_INIT;
    uint64_t old = strtoull(word[1], NULL, 0), new = strtoull(word[2], NULL, 0);
    size_t   found = 0, width = word[3] ? (size_t)atoi(word[3]) : 8;
    read_all(t, &bytes);
    for (size_t i = 0; i + width <= bytes.length; i++)
        if (memcmp(bytes.text + i, &old, width) == 0) {
            memcpy(bytes.text + i, &new, width);
            found++;
        }
    KD_CHECK(found, "make_h5: %s is nowhere in %s", word[1], t->path);
    kd_h5_mend((uint8_t *)bytes.text, bytes.length);
    write_all(t, &bytes);
}

/* ---- steps ---- */

static const struct {
    const char *name;
    void (*run)(target *t, char **word);
    int words; /* at least, with the name */
} steps[] = {
    { "mark", step_mark, 5 },     { "unmark", step_unmark, 3 }, { "set", step_set, 4 },
    { "named", step_named, 3 },   { "unlink", step_unlink, 2 }, { "soft", step_soft, 3 },
    { "extern", step_extern, 4 }, { "user", step_user, 2 },     { "hard", step_hard, 3 },
    { "swap", step_swap, 3 },     { "nest", step_nest, 2 },     { "many", step_many, 2 },
    { "type", step_type, 2 },     { "group", step_group, 2 },   { "cut", step_cut, 2 },
    { "flip", step_flip, 2 },     { "front", step_front, 2 },   { "number", step_number, 3 },
    { "patch", step_patch, 3 },
};

static void run_step(target *t, char *text)
{
    char *word[WORDS_MAX + 1] = { NULL }, *rest;
    int   count = 0;
    for (char *at = strtok_r(text, " ", &rest); at && count < WORDS_MAX;
         at = strtok_r(NULL, " ", &rest))
        word[count++] = at;
    if (!count) return;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (strcmp(steps[i].name, word[0]) == 0 && count >= steps[i].words) {
            steps[i].run(t, word);
            return;
        }
    kd_bug(__FILE__, __LINE__, "make_h5: no step is '%s' of %d words", word[0], count);
}

static void spoil(const char *path, char *text)
{
    target t = { path, -1 };
    char  *rest;
    for (char *step = strtok_r(text, ";", &rest); step; step = strtok_r(NULL, ";", &rest))
        run_step(&t, step);
    close_file(&t);
}

/* ---- whole files to begin with ---- */

static void put(hid_t file, const char *name, hid_t type, int rank, const hsize_t *dims,
                const void *data)
{
    hid_t links = parents(), space = H5Screate_simple(rank, dims, NULL);
    hid_t set = H5Dcreate2(file, name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    KD_CHECK(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0, "make_h5: %s", name);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(links);
}

static hsize_t put_labels(hid_t file, kd_object *corpus)
{
    kd_error    err;
    kd_str      text = KD_STR_INIT;
    const char *names[256], *rest = NULL;
    hsize_t     count = 0;
    KD_CHECK(kd_object_get_text(corpus, "labels", &text, &err) == KD_OK, "%s", err.text);
    for (char *name = strtok_r(text.text, "\n", (char **)(uintptr_t)&rest); name && count < 256;
         name = strtok_r(NULL, "\n", (char **)(uintptr_t)&rest))
        names[count++] = name;
    hid_t type = make_variable();
    put(file, "labels", type, 1, &count, names);
    H5Tclose(type);
    kd_str_fini(&text);
    return count;
}

static void put_source(hid_t file)
{
    const char *source = "the true labels";
    hid_t       type = make_variable(), scalar = H5Screate(H5S_SCALAR);
    put_mark(file, "source", type, scalar, &source);
    H5Sclose(scalar);
    H5Tclose(type);
}

/* Zeros for logits: nobody learns from them here. */
static void write_targets(const char *corpus_path, const char *path)
{
    kd_error   err;
    kd_object *corpus;
    kd_arena  *arena = kd_arena_create(0);
    void      *begins, *ids;
    size_t     rows, cols, pieces;
    char       name[32];
    KD_CHECK(kd_object_open_file(&corpus, corpus_path, &err) == KD_OK, "%s", err.text);
    KD_CHECK(kd_object_take(corpus, "train/piece_begin", KD_H5_I32, arena, &begins, &rows, &cols,
                            &err) == KD_OK,
             "%s", err.text);
    KD_CHECK(kd_object_take(corpus, "train/ids", KD_H5_I32, arena, &ids, &pieces, &cols, &err) ==
                 KD_OK,
             "%s", err.text);
    hid_t   file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hsize_t labels = put_labels(file, corpus);
    put_source(file);
    const int32_t *begin = begins;
    float         *zeros = kd_arena_alloc(arena, pieces * labels, sizeof *zeros);
    memset(zeros, 0, pieces * labels * sizeof *zeros);
    for (size_t i = 0; i + 1 < rows; i++) {
        hsize_t dims[] = { (hsize_t)(begin[i + 1] - begin[i]), labels };
        snprintf(name, sizeof name, "ids/%zu", i);
        put(file, name, H5T_STD_I32LE, 1, dims, (const int32_t *)ids + begin[i]);
        snprintf(name, sizeof name, "logits/%zu", i);
        put(file, name, H5T_IEEE_F32LE, 2, dims, zeros);
    }
    H5Fclose(file);
    kd_object_close(corpus);
    kd_arena_destroy(arena);
}

static void write_checkpoint(const char *folder)
{
    kd_error             err;
    kd_store            *store;
    kd_checkpoint_draft *draft;
    const kd_id          id = { 0x1234, 0x5678 };
    const float          block[16] = { 0 };
    KD_CHECK(kd_store_open(&store, folder, KD_STORE_CREATE, &err) == KD_OK, "%s", err.text);
    KD_CHECK(kd_checkpoint_create(&draft, store, id, 7, &err) == KD_OK, "%s", err.text);
    KD_CHECK(kd_checkpoint_put_f32(draft, "weights", block, 16, &err) == KD_OK, "%s", err.text);
    KD_CHECK(kd_checkpoint_put_state(draft, "streams", block, 16, &err) == KD_OK, "%s", err.text);
    KD_CHECK(kd_checkpoint_commit(draft, &err) == KD_OK, "%s", err.text);
    char *path = kd_store_work_path(store, id, "checkpoint-00000001.h5");
    puts(path);
    free(path);
    kd_store_close(store);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--targets") == 0)
        write_targets(argv[2], argv[3]);
    else if (argc == 3 && strcmp(argv[1], "--checkpoint") == 0)
        write_checkpoint(argv[2]);
    else if (argc == 3)
        spoil(argv[1], argv[2]);
    else
        kd_bug(__FILE__, __LINE__, "make_h5: see the head of make_h5.c");
    return 0;
}
