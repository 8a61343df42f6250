/* fault.c - one variable of the environment, one stream of chances for each process. */
#include "harness/base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/rng.h"
#include "harness/base/status.h"
#include "harness/base/str.h"

static const struct {
    const char *word, *meaning;
} table[KD_FAULT_COUNT] = {
#define X(name, word, meaning) { word, meaning },
    KD_FAULTS(X)
#undef X
};

static struct {
    bool   is_read, is_asked; /* the variable; whether it is there */
    double rates[KD_FAULT_COUNT];
    double haste;
    char  *log; /* NULL for none */
    kd_rng rng;
} faults;

const char *kd_fault_word(kd_fault fault)
{
    return table[fault].word;
}

const char *kd_fault_meaning(kd_fault fault)
{
    return table[fault].meaning;
}

/* ---- the variable ---- */

static void take_pair(const char *name, const char *value, uint64_t *seed)
{
    long long number;
    if (strcmp(name, "seed") == 0 && kd_parse_int(value, &number)) *seed = (uint64_t)number;
    if (strcmp(name, "haste") == 0) kd_parse_real(value, &faults.haste);
    for (int i = 0; i < KD_FAULT_COUNT; i++)
        if (strcmp(name, table[i].word) == 0) kd_parse_real(value, &faults.rates[i]);
}

static void read_environment(void)
{
    const char *asked = getenv(KD_FAULTS_ENV);
    uint64_t    seed = 0;
    faults.is_read = true;
    faults.is_asked = asked && *asked;
    if (!faults.is_asked) return;
    char *copy = kd_strdup(asked), *rest = copy, *log = strstr(copy, "log=");
    if (log) {
        faults.log = kd_strdup(log + strlen("log="));
        *log = 0;
    }
    for (char *name; (name = strsep(&rest, " "));) {
        char *value = strchr(name, '=');
        if (!value) continue;
        *value = 0;
        take_pair(name, value + 1, &seed);
    }
    free(copy);
    kd_rng root = kd_rng_root(seed); /* each process has chances of its own */
    faults.rng = kd_rng_split(&root, "process", (uint64_t)getpid());
}

static bool is_asked(void)
{
    if (!faults.is_read) read_environment();
    return faults.is_asked;
}

void kd_fault_reset(void)
{
    free(faults.log);
    memset(&faults, 0, sizeof faults);
}

/* ---- questions ---- */

bool kd_fault_happens(kd_fault fault)
{
    if (!is_asked() || faults.rates[fault] <= 0) return false;
    if (kd_rng_uniform(&faults.rng) >= faults.rates[fault]) return false;
    kd_fault_witness("%s", table[fault].word);
    return true;
}

int kd_fault_errno(kd_fault fault)
{
    if (!kd_fault_happens(fault)) return 0;
    return kd_rng_below(&faults.rng, 2) ? ENOSPC : EIO;
}

size_t kd_fault_part(size_t length)
{
    return length ? (size_t)kd_rng_below(&faults.rng, length) : 0;
}

double kd_fault_time_s(double most_s)
{
    return most_s * kd_rng_uniform(&faults.rng);
}

double kd_fault_haste(void)
{
    return is_asked() && faults.haste > 1 ? faults.haste : 1;
}

/* ---- the log ---- */

void kd_fault_witness(const char *fmt, ...)
{
    char    line[128];
    va_list args;
    if (!is_asked() || !faults.log) return;
    va_start(args, fmt);
    int length = vsnprintf(line, sizeof line - 1, fmt, args);
    va_end(args);
    if (length < 0 || length >= (int)sizeof line - 1) return;
    line[length++] = '\n';
    int fd = open(faults.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0) return;
    ssize_t ignored = write(fd, line, (size_t)length);
    (void)ignored;
    close(fd);
}
