/* h5_mend.h - makes the checksums of a changed HDF5 file right again.
 *
 * Without it nothing that is changed in our own files gets past HDF5's checksums, and a fuzzer sees
 * one refusal for ever; an attacker can count.
 */
#ifndef KD_TESTS_H5_MEND_H
#define KD_TESTS_H5_MEND_H

#include <stddef.h>
#include <stdint.h>

/* Superblock and first blocks of object headers, wherever they are. */
void kd_h5_mend(uint8_t *bytes, size_t size);

#endif
