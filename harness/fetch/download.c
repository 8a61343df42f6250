/* download.c - redirects are followed here, one by one, so that each address is held against the same rule. */
#include "harness/fetch/download.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/program.h"
#include "harness/base/str.h"

enum { REDIRECTS_MOST = 5, CONNECT_S = 30, SILENCE_S = 60, TAG_MOST = 256 };

typedef struct {
    const kd_download *what;
    char              *part, *tag_file, *agent;
    int                fd; /* of the part */
    int64_t            length;
    kd_sha256          sha;
    char               tag[TAG_MOST];  /* the part's, with its quotes; "" for none */
    char               next[TAG_MOST]; /* of the answer that is coming */
    int64_t   range_from; /* where the answer says that it begins; -1 when it says nothing */
    bool      has_begun;  /* its first bytes were heeded */
    CURL     *curl;
    kd_status status; /* of what failed in a callback */
    kd_error  why;
    char      words[CURL_ERROR_SIZE];
} download;

/* ---- which addresses are allowed ---- */

static bool is_this_machine(const char *host)
{
    return !strcmp(host, "127.0.0.1") || !strcmp(host, "localhost") || !strcmp(host, "[::1]");
}

/* libcurl itself takes the address apart, so that both of us see the same host in it. */
static kd_status check_address(const char *url, kd_error *err)
{
    CURLU *parts = curl_url();
    char  *scheme = NULL, *host = NULL;
    bool   is_allowed = false, is_address = parts && !curl_url_set(parts, CURLUPART_URL, url, 0) &&
                                          !curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) &&
                                          !curl_url_get(parts, CURLUPART_HOST, &host, 0);
    if (is_address)
        is_allowed = !strcmp(scheme, "https") || (!strcmp(scheme, "http") && is_this_machine(host));
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);
    if (!is_address) return kd_fail(err, KD_EUSAGE, "%s is no address", url);
    if (!is_allowed)
        return kd_fail(err, KD_EUSAGE, "%s: only https is fetched (http from this machine alone)",
                       url);
    return KD_OK;
}

/* ---- the part ---- */

static kd_status forget_part(download *d)
{
    d->length = 0;
    *d->tag = '\0';
    kd_sha256_begin(&d->sha);
    unlink(d->tag_file);
    if (ftruncate(d->fd, 0) != 0 || lseek(d->fd, 0, SEEK_SET) != 0)
        return kd_fail_errno(&d->why, errno, "%s", d->part);
    return KD_OK;
}

static kd_status digest_part(download *d, kd_error *err)
{
    char    bytes[1 << 16];
    ssize_t got;
    while ((got = kd_fs_read_some(d->fd, bytes, sizeof bytes)) > 0) {
        kd_sha256_add(&d->sha, bytes, (size_t)got);
        d->length += got;
    }
    return got < 0 ? kd_fail_errno(err, errno, "%s", d->part) : KD_OK;
}

/* A strong tag alone says that bytes are the same. */
static bool is_strong_tag(const char *tag)
{
    size_t length = strlen(tag);
    return length >= 2 && tag[0] == '"' && tag[length - 1] == '"';
}

static void read_tag(download *d)
{
    kd_str text = KD_STR_INIT;
    if (kd_fs_exists(d->tag_file) && kd_fs_read(d->tag_file, &text, NULL) == KD_OK &&
        text.length < sizeof d->tag && is_strong_tag(text.text))
        memcpy(d->tag, text.text, text.length + 1);
    kd_str_fini(&text);
}

/* What an earlier call left is of use when it is known of which file it is a part. */
static kd_status open_part(download *d, kd_error *err)
{
    d->fd = open(d->part, O_RDWR | O_CREAT | KD_FS_AS_IT_IS, 0666);
    if (d->fd < 0) return kd_fail_errno(err, errno, "%s", d->part);
    if (flock(d->fd, LOCK_EX | LOCK_NB) != 0)
        return kd_fail(err, KD_EUNAVAILABLE, "%s: another process fetches it", d->part);
    kd_sha256_begin(&d->sha);
    read_tag(d);
    kd_status status = digest_part(d, err);
    int64_t   bytes = d->what->bytes;
    bool      is_whole = bytes > 0 && d->length == bytes && d->what->sha256,
         is_of_use = is_whole || (*d->tag && (bytes == 0 || d->length <= bytes));
    if (status != KD_OK || d->length == 0 || is_of_use) return status;
    status = forget_part(d);
    return status == KD_OK ? status : kd_fail(err, status, "%s", d->why.text);
}

/* ---- what comes ---- */

/* A line of an answer's head. */
static size_t take_head(char *line, size_t one, size_t length, void *user)
{
    download *d = user;
    long long from;
    (void)one;
    if (length > 5 && !strncasecmp(line, "HTTP/", 5)) {
        *d->next = '\0';
        d->range_from = -1;
        d->has_begun = false;
    }
    if (length > 5 && length < TAG_MOST && !strncasecmp(line, "etag:", 5)) {
        char tag[TAG_MOST] = "";
        if (sscanf(line, "%*[^:]: %255[^\r\n]", tag) == 1 && is_strong_tag(tag))
            memcpy(d->next, tag, sizeof tag);
    }
    if (length < TAG_MOST && sscanf(line, "%*[Cc]ontent-%*[Rr]ange: bytes %lld-", &from) == 1)
        d->range_from = from;
    return length;
}

/* The whole file comes, or the rest of it, and the rest of nothing else. */
static kd_status begin_body(download *d)
{
    long code = 0;
    curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &code);
    d->has_begun = true;
    if (code == 206 && d->range_from != d->length)
        return kd_fail(&d->why, KD_EUNAVAILABLE,
                       "%s: the server sends another part than it was asked for", d->what->url);
    kd_status status = code == 206 ? KD_OK : forget_part(d);
    if (status != KD_OK || !*d->next) return status;
    memcpy(d->tag, d->next, sizeof d->tag);
    return kd_fs_write(d->tag_file, d->tag, strlen(d->tag), &d->why);
}

static kd_status put(download *d, const char *bytes, size_t length)
{
    int64_t most = d->what->bytes > 0 ? d->what->bytes : d->what->most;
    if (d->length + (int64_t)length > most)
        return kd_fail(&d->why, KD_EDATA, "%s: longer than the %lld bytes that it may have",
                       d->what->url, (long long)most);
    kd_sha256_add(&d->sha, bytes, length);
    d->length += (int64_t)length;
    while (length > 0) {
        ssize_t written = write(d->fd, bytes, length);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return kd_fail_errno(&d->why, errno, "%s", d->part);
        bytes += written;
        length -= (size_t)written;
    }
    return KD_OK;
}

static size_t take_body(char *bytes, size_t one, size_t length, void *user)
{
    download *d = user;
    long      code = 0;
    (void)one;
    curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &code);
    if (code != 200 && code != 206) return length; /* words about what went wrong */
    if (!d->has_begun) d->status = begin_body(d);
    if (d->status == KD_OK) d->status = put(d, bytes, length);
    return d->status == KD_OK ? length : CURL_WRITEFUNC_ERROR;
}

static int tell(void *user, curl_off_t total, curl_off_t done, curl_off_t up, curl_off_t sent)
{
    download *d = user;
    (void)up, (void)sent;
    if (!d->what->told) return 0;
    int64_t whole = d->what->bytes > 0 ? d->what->bytes : total > 0 ? d->length - done + total : 0;
    return !d->what->told(d->what->user, d->length, whole);
}

/* ---- one answer, and those that it leads to ---- */

static void set_up(download *d)
{
    int patience_s = d->what->patience_s > 0 ? d->what->patience_s : SILENCE_S;
    curl_easy_setopt(d->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(d->curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(d->curl, CURLOPT_USERAGENT, d->agent);
    curl_easy_setopt(d->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(d->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(d->curl, CURLOPT_LOW_SPEED_TIME, (long)patience_s);
    curl_easy_setopt(d->curl, CURLOPT_ERRORBUFFER, d->words);
    curl_easy_setopt(d->curl, CURLOPT_HEADERFUNCTION, take_head);
    curl_easy_setopt(d->curl, CURLOPT_HEADERDATA, d);
    curl_easy_setopt(d->curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(d->curl, CURLOPT_WRITEDATA, d);
    curl_easy_setopt(d->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(d->curl, CURLOPT_XFERINFOFUNCTION, tell);
    curl_easy_setopt(d->curl, CURLOPT_XFERINFODATA, d);
}

static kd_status tell_failure(const download *d, const char *url, CURLcode code, kd_error *err)
{
    if (d->status != KD_OK) return kd_fail(err, d->status, "%s", d->why.text);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return kd_fail(err, KD_ESTOPPED, "%s: asked to stop", url);
    return kd_fail(err, KD_EUNAVAILABLE, "%s: %s after %lld bytes; the same command goes on", url,
                   *d->words ? d->words : curl_easy_strerror(code), (long long)d->length);
}

/* `next` is where the answer sends us, "" when it is the file. */
static kd_status ask(download *d, const char *url, kd_str *next, kd_error *err)
{
    struct curl_slist *heads = NULL;
    char               range[32] = "", *same = NULL, *leads = NULL;
    long               code = 0;
    curl_easy_setopt(d->curl, CURLOPT_URL, url);
    if (d->length > 0) {
        snprintf(range, sizeof range, "%lld-", (long long)d->length);
        same = kd_sprintf("If-Range: %s", d->tag);
        heads = curl_slist_append(NULL, same);
    }
    curl_easy_setopt(d->curl, CURLOPT_RANGE, *range ? range : NULL);
    curl_easy_setopt(d->curl, CURLOPT_HTTPHEADER, heads);
    CURLcode end = curl_easy_perform(d->curl);
    curl_easy_setopt(d->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(heads);
    free(same);
    if (end != CURLE_OK) return tell_failure(d, url, end, err);
    curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(d->curl, CURLINFO_REDIRECT_URL, &leads);
    kd_str_reset(next);
    if (code / 100 == 3 && leads) kd_str_add(next, leads);
    if (code == 416 && d->length > 0) { /* it is shorter now than the part */
        if (forget_part(d) != KD_OK) return kd_fail(err, KD_EIO, "%s", d->why.text);
        kd_str_add(next, url);
    }
    if (code == 200 || code == 206 || next->length > 0) return KD_OK;
    return kd_fail(err, KD_EUNAVAILABLE, "%s: the server answers %ld", url, code);
}

static kd_status follow(download *d, kd_error *err)
{
    kd_str    url = KD_STR_INIT, next = KD_STR_INIT;
    int       left = REDIRECTS_MOST;
    kd_status status;
    kd_str_add(&url, d->what->url);
    do {
        status = check_address(url.text, err);
        if (status == KD_OK) status = ask(d, url.text, &next, err);
        if (status != KD_OK || next.length == 0) break;
        kd_str_reset(&url);
        kd_str_add(&url, next.text);
    } while (left-- > 0);
    if (status == KD_OK && next.length > 0)
        status = kd_fail(err, KD_EUNAVAILABLE, "%s leads on and on: more than %d redirects",
                         d->what->url, REDIRECTS_MOST);
    kd_str_fini(&url);
    kd_str_fini(&next);
    return status;
}

/* ---- the file ---- */

static kd_status check_whole(download *d, const char *sha256, kd_error *err)
{
    const kd_download *what = d->what;
    kd_status          status = KD_OK;
    if (what->bytes > 0 && d->length != what->bytes)
        status = kd_fail(err, KD_EDATA, "%s: %lld bytes came where there should be %lld", what->url,
                         (long long)d->length, (long long)what->bytes);
    else if (what->sha256 && strcmp(what->sha256, sha256) != 0)
        status = kd_fail(err, KD_EDATA, "%s: its SHA-256 is %s, and should be %s", what->url,
                         sha256, what->sha256);
    if (status != KD_OK) unlink(d->part);
    return status;
}

static kd_status finish(download *d, kd_error *err)
{
    char     *folder = kd_fs_folder(d->what->path);
    kd_status status = KD_OK;
    if (fsync(d->fd) != 0) status = kd_fail_errno(err, errno, "%s", d->part);
    if (status == KD_OK && rename(d->part, d->what->path) != 0)
        status = kd_fail_errno(err, errno, "%s", d->what->path);
    if (status == KD_OK) status = kd_fs_sync(folder, err);
    unlink(d->tag_file);
    free(folder);
    return status;
}

static kd_status fetch(download *d, char *sha256, kd_error *err)
{
    kd_status status = open_part(d, err);
    if (status == KD_OK && (d->what->bytes == 0 || d->length != d->what->bytes)) {
        d->curl = curl_easy_init();
        if (!d->curl) kd_out_of_memory("a download");
        set_up(d);
        status = follow(d, err);
    }
    if (status != KD_OK) return status;
    kd_sha256_end(&d->sha, sha256);
    status = check_whole(d, sha256, err);
    return status == KD_OK ? finish(d, err) : status;
}

static void start_library(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

kd_status kd_download_file(const kd_download *what, char sha256[KD_SHA256_TEXT], kd_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    download              d = { .what = what, .fd = -1, .range_from = -1 };
    pthread_once(&once, start_library);
    kd_status status = check_address(what->url, err);
    if (status != KD_OK) return status;
    d.part = kd_sprintf("%s.part", what->path);
    d.tag_file = kd_sprintf("%s.etag", what->path);
    d.agent = kd_sprintf("kdgrid/%s", kd_program_version);
    status = fetch(&d, sha256, err);
    curl_easy_cleanup(d.curl);
    if (d.fd >= 0) close(d.fd);
    free(d.part);
    free(d.tag_file);
    free(d.agent);
    return status;
}
