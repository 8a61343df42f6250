/* fetch.h - a data set of the list, whole and checked, in a folder where experiment files find it.
 *
 *     kd_fetch_sets --> INTO/NAME/train.tsv ..., and INTO/NAME/FETCHED.json: where it came from, when, what it is
 *
 * What is there already and right is left alone, so the same call goes on after any end. What a publisher's form
 * needs is done to it on the way; a digest is that of what is kept. Licences are the caller's affair.
 */
#ifndef KD_FETCH_FETCH_H
#define KD_FETCH_FETCH_H

#include <stdbool.h>

#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/fetch/sets.h"

typedef struct {
    const char *into; /* a folder; it is made */
    const char *
        from; /* a mirror: a folder, or an address; in it NAME/FILE as the publisher or as we call it. NULL:
                         the publisher */
    int patience_s; /* see download.h */
    bool (*told)(void *user, const char *file, int64_t done,
                 int64_t total); /* false stops; NULL is fine */
    void *user;
} kd_fetch_options;

typedef struct {
    int     fetched, kept; /* files that came now, that were there */
    int     unsure;        /* of all: no digest is known to hold them against */
    int64_t bytes;         /* that came */
} kd_fetch_report;

/* KD_EUSAGE when the publisher lets no program fetch it: the text says what to do; else what kd_download_file says,
 * or KD_ENOINPUT for a folder that does not have the files. */
kd_status kd_fetch(const kd_fetch_set *set, const kd_fetch_options *options,
                   kd_fetch_report *report, kd_error *err);

/* ChemProt as published with the BLUE benchmark's marks -> our form. KD_EDATA with `name` and the line. */
kd_status kd_fetch_convert_chemprot(kd_str *out, const kd_str *in, const char *name, kd_error *err);

#endif
