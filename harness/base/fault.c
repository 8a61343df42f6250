/* fault.c - one variable of the environment, one stream of chances for each process, one file of counts
 * for all of them. */
#include "harness/base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/rng.h"
#include "harness/base/status.h"

#define HALTS_MOST 64

static const struct {
    const char *word, *meaning;
} table[KD_FAULT_COUNT] = {
#define X(name, word, meaning) { word, meaning },
    KD_FAULTS(X)
#undef X
};

/* The file of counts is this, once. */
typedef struct {
    _Atomic uint64_t asked[KD_FAULT_COUNT], records;
} counts;

static struct {
    bool     is_read, is_asked; /* the variable; whether it is there */
    double   rates[KD_FAULT_COUNT];
    uint64_t first[KD_FAULT_COUNT], last[KD_FAULT_COUNT]; /* that fail by count; 0 for none */
    uint64_t from[KD_FAULT_COUNT], until[KD_FAULT_COUNT]; /* records between which all fail */
    uint64_t halts[HALTS_MOST], jumps_at;
    int      halt_count;
    double   jump_s, haste;
    char    *log;     /* NULL for none */
    counts  *counted; /* NULL when nothing is */
    kd_rng   rng;
} faults;

static counts own_counts; /* of this process, where there is no log */

const char *kd_fault_word(kd_fault fault)
{
    return table[fault].word;
}

const char *kd_fault_meaning(kd_fault fault)
{
    return table[fault].meaning;
}

/* ---- the counts ---- */

/* Text of the system's own: kd_alloc and its like ask here whether there is memory. */
static char *is_there(char *text)
{
    if (!text) kd_out_of_memory("faults that are asked for");
    return text;
}

/* A file that is only read may have been made this moment and have no length yet. */
static counts *map_counts(const char *log, int flags)
{
    bool        makes = flags & O_CREAT;
    char       *path = NULL;
    void       *memory = MAP_FAILED;
    struct stat info;
    if (asprintf(&path, "%s.counts", log) < 0) path = NULL;
    int fd = open(is_there(path), flags | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd >= 0 && (!makes || ftruncate(fd, sizeof(counts)) == 0) && fstat(fd, &info) == 0 &&
        info.st_size == sizeof(counts))
        memory = mmap(NULL, sizeof(counts), makes ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
                      fd, 0);
    if (fd >= 0) close(fd);
    free(path);
    return memory == MAP_FAILED ? NULL : memory;
}

static counts read_counts(const char *log)
{
    counts  copy = { 0 };
    counts *shared = map_counts(log, O_RDONLY);
    if (!shared) return copy;
    for (int i = 0; i < KD_FAULT_COUNT; i++) copy.asked[i] = shared->asked[i];
    copy.records = shared->records;
    munmap(shared, sizeof *shared);
    return copy;
}

uint64_t kd_fault_counted(const char *log, kd_fault fault)
{
    counts copy = read_counts(log);
    return copy.asked[fault];
}

uint64_t kd_fault_records(const char *log)
{
    counts copy = read_counts(log);
    return copy.records;
}

/* ---- the variable ---- */

/* "read:17", "write:40x9" or "write@7-9" */
static void take_count(const char *value)
{
    char               word[16];
    unsigned long long first, second = 1;
    bool               is_window = strchr(value, '@') != NULL;
    int                got = is_window ? sscanf(value, "%15[a-z]@%llu-%llu", word, &first, &second)
                                       : sscanf(value, "%15[a-z]:%llux%llu", word, &first, &second);
    if (got < 2) return;
    for (int i = 0; i < KD_FAULT_COUNT; i++) {
        if (strcmp(word, table[i].word) != 0) continue;
        (is_window ? faults.from : faults.first)[i] = first;
        (is_window ? faults.until : faults.last)[i] = is_window ? second : first + second - 1;
    }
}

/* "12,30" */
static void take_halts(char *value)
{
    unsigned long long number;
    for (char *word; (word = strsep(&value, ","));)
        if (sscanf(word, "%llu", &number) == 1 && faults.halt_count < HALTS_MOST)
            faults.halts[faults.halt_count++] = number;
}

static bool take_counted(const char *name, char *value)
{
    unsigned long long at;
    if (strcmp(name, "fail") == 0)
        take_count(value);
    else if (strcmp(name, "halt") == 0)
        take_halts(value);
    else if (strcmp(name, "jump") == 0 && sscanf(value, "%llu:%lf", &at, &faults.jump_s) == 2)
        faults.jumps_at = at;
    else
        return false;
    return true;
}

static void take_pair(const char *name, const char *value, uint64_t *seed)
{
    unsigned long long number;
    if (strcmp(name, "seed") == 0 && sscanf(value, "%llu", &number) == 1) *seed = number;
    if (strcmp(name, "haste") == 0) sscanf(value, "%lf", &faults.haste);
    for (int i = 0; i < KD_FAULT_COUNT; i++)
        if (strcmp(name, table[i].word) == 0) sscanf(value, "%lf", &faults.rates[i]);
}

static void read_environment(void)
{
    const char *asked = getenv(KD_FAULTS_ENV);
    uint64_t    seed = 0;
    bool        is_counted = false;
    faults.is_read = true;
    if (!asked || !*asked) return;
    char *copy = is_there(strdup(asked)), *rest = copy, *log = strstr(copy, "log=");
    if (log) {
        faults.log = is_there(strdup(log + strlen("log=")));
        *log = 0;
    }
    for (char *name; (name = strsep(&rest, " "));) {
        char *value = strchr(name, '=');
        if (!value) continue;
        *value = 0;
        if (take_counted(name, value + 1))
            is_counted = true;
        else
            take_pair(name, value + 1, &seed);
    }
    free(copy);
    kd_rng root = kd_rng_root(seed); /* each process has chances of its own */
    faults.rng = kd_rng_split(&root, "process", (uint64_t)getpid());
    if (is_counted) faults.counted = faults.log ? map_counts(faults.log, O_RDWR | O_CREAT) : NULL;
    if (is_counted && !faults.counted) faults.counted = &own_counts;
    faults.is_asked = true;
}

bool kd_fault_is_asked(void)
{
    if (!faults.is_read) read_environment();
    return faults.is_asked;
}

bool kd_fault_is_counted(void)
{
    return kd_fault_is_asked() && faults.counted;
}

void kd_fault_reset(void)
{
    free(faults.log);
    if (faults.counted && faults.counted != &own_counts)
        munmap(faults.counted, sizeof *faults.counted);
    memset(&faults, 0, sizeof faults);
    memset(&own_counts, 0, sizeof own_counts);
}

/* ---- questions ---- */

static bool happens_by_count(kd_fault fault)
{
    if (!faults.counted) return false;
    uint64_t now = atomic_fetch_add(&faults.counted->asked[fault], 1) + 1;
    uint64_t records = faults.counted->records;
    return (now >= faults.first[fault] && now <= faults.last[fault]) ||
           (records >= faults.from[fault] && records < faults.until[fault]);
}

static bool happens_by_chance(kd_fault fault)
{
    return faults.rates[fault] > 0 && kd_rng_uniform(&faults.rng) < faults.rates[fault];
}

bool kd_fault_happens(kd_fault fault)
{
    if (!kd_fault_is_asked()) return false;
    if (!happens_by_count(fault) && !happens_by_chance(fault)) return false;
    kd_fault_witness("%s", table[fault].word);
    return true;
}

int kd_fault_errno(kd_fault fault)
{
    if (!kd_fault_happens(fault)) return 0;
    if (fault == KD_FAULT_READ) return EIO;
    if (faults.rates[fault] <= 0) return fault == KD_FAULT_WRITE ? ENOSPC : EIO;
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
    return kd_fault_is_asked() && faults.haste > 1 ? faults.haste : 1;
}

/* ---- records ---- */

void kd_fault_record(void)
{
    if (!kd_fault_is_asked() || !faults.counted) return;
    uint64_t now = atomic_fetch_add(&faults.counted->records, 1) + 1;
    for (int i = 0; i < faults.halt_count; i++)
        if (faults.halts[i] == now) raise(SIGSTOP);
}

double kd_fault_jump_s(void)
{
    if (!kd_fault_is_asked() || !faults.counted || !faults.jumps_at) return 0;
    return faults.counted->records >= faults.jumps_at ? faults.jump_s : 0;
}

/* ---- the log ---- */

void kd_fault_witness(const char *fmt, ...)
{
    char    line[128];
    va_list args;
    if (!kd_fault_is_asked() || !faults.log) return;
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
