/* fuzz_h5.h - what targets that read HDF5 files share. */
#ifndef KD_TESTS_FUZZ_H5_H
#define KD_TESTS_FUZZ_H5_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/digest.h"

/* The cell whose checkpoint is a seed. */
#define KD_FUZZ_ID ((kd_id){ 0x12, 0x34 })

/* Read a file of these bytes; with KDGRID_FUZZ_MEND in the environment also one of them with right
 * checksums, which HDF5 1.10 itself does not survive for long: for whoever looks at the library. */
void kd_fuzz_h5(const uint8_t *data, size_t size, void (*read)(const char *path));

#endif
