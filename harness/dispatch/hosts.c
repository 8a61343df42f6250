/* hosts.c - names and numbers, in order. */
#include "harness/dispatch/hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"

/* Where `name` stands, or should. */
static size_t place_of(const kd_hosts *hosts, const char *name)
{
    size_t at = 0;
    while (at < hosts->count && strverscmp(hosts->items[at].name, name) < 0) at++;
    return at;
}

void kd_hosts_add(kd_hosts *hosts, const char *name, int ranks)
{
    size_t  at = place_of(hosts, name);
    kd_host host = { .ranks = ranks };
    if (at < hosts->count && strcmp(hosts->items[at].name, name) == 0) {
        hosts->items[at].ranks += ranks;
        return;
    }
    snprintf(host.name, sizeof host.name, "%s", name);
    kd_vec_push(hosts, host);
    memmove(hosts->items + at + 1, hosts->items + at, (hosts->count - 1 - at) * sizeof host);
    hosts->items[at] = host;
}

void kd_hosts_print(const kd_hosts *hosts, kd_str *out)
{
    for (size_t i = 0; i < hosts->count; i++)
        kd_str_addf(out, "%s slots=%d\n", hosts->items[i].name, hosts->items[i].ranks);
}

static kd_status read_line(kd_hosts *out, const char *line, const char *path, int number,
                           kd_error *err)
{
    char name[KD_HOST_NAME];
    int  ranks, end = 0;
    if (sscanf(line, "%63s slots=%5d%n", name, &ranks, &end) == 2 && line[end] == 0 && ranks > 0) {
        kd_hosts_add(out, name, ranks);
        return KD_OK;
    }
    return kd_fail(err, KD_EDATA, "%s:%d: expected NAME slots=RANKS", path, number);
}

kd_status kd_hosts_read(kd_hosts *out, const char *path, kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    int       number = 0;
    kd_status status = kd_fs_read(path, &text, err);
    char     *rest = text.text;
    for (char *line; status == KD_OK && (line = strsep(&rest, "\n"));) {
        number++;
        if (*line != 0) status = read_line(out, line, path, number, err);
    }
    if (status == KD_OK && out->count == 0) status = kd_fail(err, KD_EDATA, "%s: no machine", path);
    kd_str_fini(&text);
    return status;
}

int kd_hosts_here(const kd_hosts *hosts)
{
    char here[KD_HOST_NAME + 1] = "";
    gethostname(here, sizeof here - 1);
    size_t at = place_of(hosts, here);
    return at < hosts->count && strcmp(hosts->items[at].name, here) == 0 ? hosts->items[at].ranks
                                                                         : 0;
}

int kd_hosts_ranks(const kd_hosts *hosts)
{
    int ranks = 0;
    for (size_t i = 0; i < hosts->count; i++) ranks += hosts->items[i].ranks;
    return ranks;
}
