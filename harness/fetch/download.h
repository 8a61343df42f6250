/* download.h - one file from a server, whole and as it was promised; the only door to libcurl.
 *
 *     URL --> PATH.part, which the next call goes on with --> length and SHA-256 are right --> PATH
 *
 * HTTPS alone, also where a redirect leads (five at most); HTTP where the server is this machine, by its own
 * name. A part is gone on with only when the server says that it is still the same file (its ETag is kept in PATH.etag);
 * a part whose end proves wrong is removed. One process at a time fetches a file: it holds a lock on the part.
 * Proxies of the environment (https_proxy, no_proxy) are used.
 */
#ifndef KD_FETCH_DOWNLOAD_H
#define KD_FETCH_DOWNLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/base/status.h"
#include "harness/fetch/sha256.h"

typedef struct {
    const char *url, *path; /* the folder of `path` exists */
    const char *sha256;     /* that it has to have; NULL when nobody states one */
    int64_t     bytes;      /* as long as it has to be; 0 when nobody states it */
    int64_t     most;       /* else no longer than this */
    int         patience_s; /* of silence; 0: 60 */
    /* Called now and then with what is there and what there will be (0: unknown); false stops, as KD_ESTOPPED. NULL
     * is fine. */
    bool (*told)(void *user, int64_t done, int64_t total);
    void *user;
} kd_download;

/* Fetch it; `sha256` receives the digest of what came. KD_EUSAGE for a URL that is not allowed, KD_EUNAVAILABLE
 * when the server is not there, refuses, breaks off or leads in circles (call again to go on), KD_EDATA for another
 * length or digest, KD_EIO or KD_ECREATE of the disk. */
kd_status kd_download_file(const kd_download *what, char sha256[KD_SHA256_TEXT], kd_error *err);

#endif
