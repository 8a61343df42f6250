/* h5_fault.c - HDF5's reads and writes ask the fault seam first.
 *
 * HDF5 reads headers, links and attributes where nobody sees it: within H5Aexists, say, whose "no"
 * must not be "the disk failed". So the seam is below it: a file driver that asks and hands each
 * call on to the usual one. It is in use only where faults are asked for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fault.h"
#include "harness/store/h5_internal.h"

#define ADDRESS_MOST (((haddr_t)1 << 62) - 1)

typedef struct {
    H5FD_t  head; /* the library's own part, first */
    H5FD_t *under;
} faulty;

static H5FD_t *under(const H5FD_t *file)
{
    return ((const faulty *)file)->under;
}

static H5FD_t *open_file(const char *name, unsigned flags, hid_t access, haddr_t address_most)
{
    (void)access;
    hid_t   plain = H5Pcreate(H5P_FILE_ACCESS);
    faulty *file = kd_alloc(1, sizeof *file);
    H5Pset_fapl_sec2(plain);
    file->under = H5FDopen(name, flags, plain, address_most);
    H5Pclose(plain);
    if (file->under) return &file->head;
    free(file);
    return NULL;
}

/* Each call from outside forgets why the one before it failed, and a file that cannot be opened is
 * closed before anybody asks. */
static herr_t close_file(H5FD_t *file)
{
    hid_t  why = H5Eget_current_stack();
    herr_t done = H5FDclose(under(file));
    H5Eset_current_stack(why);
    free(file);
    return done;
}

static int compare(const H5FD_t *a, const H5FD_t *b)
{
    return H5FDcmp(under(a), under(b));
}

static herr_t query(const H5FD_t *file, unsigned long *flags)
{
    if (file) return H5FDquery(under(file), flags) < 0 ? -1 : 0;
    *flags = 0;
    return 0;
}

static haddr_t get_eoa(const H5FD_t *file, H5FD_mem_t type)
{
    return H5FDget_eoa(under(file), type);
}

static herr_t set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t address)
{
    return H5FDset_eoa(under(file), type, address);
}

static haddr_t get_eof(const H5FD_t *file, H5FD_mem_t type)
{
    return H5FDget_eof(under(file), type);
}

static herr_t get_handle(H5FD_t *file, hid_t access, void **handle)
{
    return H5FDget_vfd_handle(under(file), access, handle);
}

/* In the words of the usual driver, of which kd_h5_fail takes the number. */
static herr_t fail(kd_fault fault)
{
    int number = kd_fault_errno(fault);
    if (!number) return 0;
    H5Epush2(H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_IO, H5E_READERROR,
             "a fault that was asked for, errno = %d, error message = '%s'", number,
             strerror(number));
    return -1;
}

static herr_t read_file(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size,
                        void *out)
{
    if (fail(KD_FAULT_READ) < 0) return -1;
    return H5FDread(under(file), type, transfer, address, size, out);
}

static herr_t write_file(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                         size_t size, const void *bytes)
{
    if (fail(KD_FAULT_WRITE) < 0) return -1;
    return H5FDwrite(under(file), type, transfer, address, size, bytes);
}

static herr_t truncate_file(H5FD_t *file, hid_t transfer, hbool_t is_closing)
{
    return H5FDtruncate(under(file), transfer, is_closing);
}

static herr_t lock_file(H5FD_t *file, hbool_t is_for_writing)
{
    return H5FDlock(under(file), is_for_writing);
}

static herr_t unlock_file(H5FD_t *file)
{
    return H5FDunlock(under(file));
}

void kd_h5_set_faulty(hid_t access)
{
    static const H5FD_class_t driver = {
        .name = "kdgrid-fault",
        .maxaddr = ADDRESS_MOST,
        .fc_degree = H5F_CLOSE_WEAK,
        .open = open_file,
        .close = close_file,
        .cmp = compare,
        .query = query,
        .get_eoa = get_eoa,
        .set_eoa = set_eoa,
        .get_eof = get_eof,
        .get_handle = get_handle,
        .read = read_file,
        .write = write_file,
        .truncate = truncate_file,
        .lock = lock_file,
        .unlock = unlock_file,
        .fl_map = H5FD_FLMAP_DICHOTOMY,
    };
    H5Pset_driver(access, H5FDregister(&driver), NULL);
}
