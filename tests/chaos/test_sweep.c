/* It fails once at every place: for each verb and each kind of fault, the k-th read, write, sync or
 * allocation of all that a small study takes.
 *
 *     test_sweep [--most N] [--seed S] [--only WORDS] [--skip TRIES] [--workers N]
 *
 * No more than N of a kind are tried for a verb (0: all), at places that the seed chooses, evenly
 * spread. The first TRIES were made before, as the last line of progress said. N workers (2), each in
 * a folder of its own, try side by side.
 *
 * Each try must end in time and by an exit code that says the truth: no signal, no bug, no "bad data"
 * of a disk that failed. What ended well has printed what it prints without a fault, or said on stderr
 * what it could not read. Then the plain command goes on, and what the store holds in the end is, byte
 * for byte of contents, what a run without faults makes.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fault.h"
#include "harness/base/fs.h"
#include "harness/base/process.h"
#include "harness/base/rng.h"
#include "harness/base/vec.h"
#include "harness/chaos/processes.h"
#include "harness/chaos/proof.h"
#include "tests/support/support.h"

#define TRY_S    60.0 /* a try that takes longer hangs; one takes a tenth of a second */
#define GONE_S   10.0 /* for what a run started to end after it */
#define SAY_EACH 500

static const char study[] =
    "study = { name = \"sweep\"; task = \"ner\"; seeds = [1];\n"
    "  data = { corpus = \"synth\"; vocab_size = 400; synth = { sentences = 8; devel = 4; test = "
    "4; }; };\n"
    "  teacher = { kind = \"bert\"; layers = 1; hidden = 8; heads = 1; ffn = 8; pooler = false;\n"
    "              positions = 128; train = { epochs = 1; batch = 8; lr = 1e-3; }; };\n"
    "  student = { kind = \"bilstm\"; layers = 1; embedding = 4; hidden = 4; classifier = 0; };\n"
    "  train = { epochs = 1; batch = 8; lr = 5e-3; };\n"
    "  axes = ( { key = \"distill.method\"; values = [\"none\", \"logit-mse\"]; } ); };\n"
    "tables = ( { name = \"main\"; metrics = [\"f1\", \"size_mib\"]; } );\n";

/* ---- what is swept ---- */

/* A store: none yet, a finished one, one whose run was killed amid a record, one that was hurt later. */
typedef enum { EMPTY, WHOLE, TORN, DAMAGED } beginning;

static const char *const stores[] = { "", "../whole", "../torn", "../damaged" };

/*    words            begins   writes  what follows "kdgrid"                                       */
#define SCENES(X)                                                                        \
    X("run", EMPTY, true, "run", "sweep.cfg", "--store", "store", "--progress", "none")  \
    X("again", TORN, true, "run", "sweep.cfg", "--store", "store", "--progress", "none") \
    X("status", WHOLE, false, "status", "store")                                         \
    X("table", WHOLE, false, "table", "sweep.cfg", "--store", "store")                   \
    X("fsck", DAMAGED, true, "fsck", "store", "--repair")                                \
    X("merge", EMPTY, true, "merge", "../whole", "-o", "store")                          \
    X("gc", WHOLE, true, "gc", "store", "sweep.cfg")

static const struct scene {
    const char *words;
    beginning   begins;
    bool        writes;
    const char *argv[8];
} scenes[] = {
#define X(words, begins, writes, ...) { words, begins, writes, { __VA_ARGS__ } },
    SCENES(X)
#undef X
};
enum { SCENE_COUNT = sizeof scenes / sizeof *scenes, RUN = 0, TABLE = 3 };

/* "once" or for ever from there on, as a disk that is full. */
static const struct kind {
    kd_fault    fault;
    const char *span, *words;
} kinds[] = {
    { KD_FAULT_READ, "", "read" },   { KD_FAULT_ALLOC, "", "alloc" },
    { KD_FAULT_WRITE, "", "write" }, { KD_FAULT_WRITE, "x1000000", "full" },
    { KD_FAULT_SYNC, "", "sync" },
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

typedef struct {
    const struct scene *scene;
    const struct kind  *kind;
    uint64_t            k;
} try_at;

/* ---- the program ---- */

typedef struct {
    kd_process_end end;
    bool           hung;
    kd_str         out, err;
} ending;

static const char *program;

static void free_ending(ending *e)
{
    kd_str_fini(&e->out);
    kd_str_fini(&e->err);
}

/* `kdgrid WORDS` here; `faults` is the variable's value, "" for none. */
static ending run_program(const char *const *words, const char *faults)
{
    ending e = { .out = KD_STR_INIT, .err = KD_STR_INIT };
    pid_t  pid = fork();
    if (pid == 0) {
        const char *argv[12] = { program };
        for (int i = 0; words[i]; i++) argv[i + 1] = words[i];
        setenv(KD_FAULTS_ENV, faults, 1);
        if (!freopen("out", "w", stdout) || !freopen("err", "w", stderr)) _exit(126);
        setpgid(0, 0);
        execv(program, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    int    how = 0;
    double until_s = kd_clock_s() + TRY_S;
    while (waitpid(pid, &how, WNOHANG) == 0) {
        if (!e.hung && kd_clock_s() > until_s) {
            e.hung = true;
            kill(-pid, SIGKILL);
        }
        kd_sleep_s(0.001);
    }
    e.end = (kd_process_end){ .exited = WIFEXITED(how),
                              .code = WIFEXITED(how) ? WEXITSTATUS(how) : 0,
                              .signal = WIFSIGNALED(how) ? WTERMSIG(how) : 0 };
    kd_fs_read("out", &e.out, NULL);
    kd_fs_read("err", &e.err, NULL);
    return e;
}

static void run_tool(const char *const *argv)
{
    kd_process_end end;
    kd_error       err;
    assert_ok(kd_process_capture(argv, 60, NULL, NULL, &end, &err), &err);
    assert_true(end.exited && end.code == 0);
}

static void copy_folder(const char *from, const char *to)
{
    run_tool((const char *[]){ "cp", "-a", from, to, NULL });
}

/* ---- one try ---- */

static struct sheet {
    _Atomic size_t next, failures;
    size_t         count;
} * sheet; /* shared by the workers */

static ending plain[SCENE_COUNT]; /* how each ends without a fault */

__attribute__((format(printf, 2, 3))) static void complain(const try_at *t, const char *fmt, ...)
{
    char    text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    printf("FAILED: %s, %s %llu: %s\n", t->scene->words, t->kind->words, (unsigned long long)t->k,
           text);
    fflush(stdout);
    sheet->failures++;
}

static const char *last_line(const kd_str *text)
{
    static char line[400];
    size_t      end = text->length, begin;
    while (end > 0 && text->text[end - 1] == '\n') end--;
    for (begin = end; begin > 0 && text->text[begin - 1] != '\n';) begin--;
    snprintf(line, sizeof line, "%.*s", (int)(end - begin), text->length ? text->text + begin : "");
    return line;
}

/* The first line of a text that the other one has not. */
static const char *first_difference(const kd_str *text, const kd_str *other)
{
    static char line[400];
    for (const char *at = text->text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
        snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        if (!strstr(other->text, line)) return line;
    }
    return "less";
}

static bool names_the_fault(const ending *e)
{
    return strstr(e->err.text, strerror(EIO)) || strstr(e->err.text, strerror(ENOSPC)) ||
           strstr(e->err.text, "out of memory") || strstr(e->out.text, strerror(EIO));
}

static bool is_true_ending(const ending *e, const ending *without)
{
    static const kd_status known[] = { KD_EMEMORY, KD_ECREATE, KD_EIO, KD_ESTOPPED };
    if (e->hung || !e->end.exited) return false;
    if (e->end.code == without->end.code) return true;
    if (e->end.code == kd_status_exit(KD_ECHECK)) return names_the_fault(e);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (e->end.code == kd_status_exit(known[i])) return true;
    return false;
}

static void judge_ending(const try_at *t, const ending *e)
{
    const ending *without = &plain[t->scene - scenes];
    char          how[64];
    if (!is_true_ending(e, without))
        complain(t, "%s: %s", e->hung ? "it hangs" : kd_process_end_words(how, sizeof how, &e->end),
                 last_line(&e->err));
    else if (e->end.code == without->end.code && !names_the_fault(e) &&
             strcmp(e->out.text, without->out.text) != 0)
        complain(t, "it ended well and printed something else: %s",
                 first_difference(&e->out, &without->out));
}

/* Nothing of the try may run on; what does is ended. */
static void judge_processes(const try_at *t, const char *mark)
{
    kd_marked_list list = KD_VEC_INIT;
    double         until_s = kd_clock_s() + GONE_S;
    for (kd_marked_find(&list, mark); list.count > 0 && kd_clock_s() < until_s;
         kd_marked_find(&list, mark))
        kd_sleep_s(0.01);
    if (list.count > 0) complain(t, "process %ld outlived it", (long)list.items[0].pid);
    for (size_t i = 0; i < list.count; i++) kd_marked_signal(&list.items[i], mark, SIGKILL);
    kd_vec_fini(&list);
}

/* What was hurt and set aside is made again only where a cell needs it. */
static void judge_proofs(const try_at *t, const kd_proofs *proofs)
{
    for (int i = 0; i < KD_PROOF_COUNT; i++) {
        bool is_remade =
            t->scene->begins == DAMAGED && (i == KD_PROOF_LOST || i == KD_PROOF_MISSING);
        if (proofs->failed[i] && !is_remade)
            complain(t, "%s: %s", kd_proof_words((kd_proof)i), proofs->first[i].text);
    }
}

/* The plain command does what was left to do, then a plain run; and the store is what it should be. */
static void judge_store(const try_at *t)
{
    kd_proofs proofs = { 0 };
    ending    again = run_program(t->scene->argv, "");
    if (again.hung || !again.end.exited || again.end.code != 0)
        complain(t, "the plain command after it: exit %d, %s", again.end.code,
                 last_line(&again.err));
    free_ending(&again);
    if (strcmp(t->scene->argv[0], "run") != 0) {
        again = run_program(scenes[RUN].argv, "");
        if (!again.end.exited || again.end.code != 0)
            complain(t, "the plain run after it: exit %d, %s", again.end.code,
                     last_line(&again.err));
        free_ending(&again);
    }
    ending table = run_program(scenes[TABLE].argv, "");
    if (strcmp(table.out.text, plain[TABLE].out.text) != 0)
        complain(t, "the table differs after it: %s", last_line(&table.out));
    free_ending(&table);
    kd_proof_whole(&proofs, "store");
    kd_proof_equal(&proofs, "store", "../whole");
    judge_proofs(t, &proofs);
}

/* What only looks gets the same store again. */
static void lay_store(const struct scene *scene)
{
    static const struct scene *laid;
    kd_error                   err;
    if (scene == laid && !scene->writes) return;
    laid = scene;
    assert_ok(kd_fs_remove("store", &err), &err);
    if (*stores[scene->begins]) copy_folder(stores[scene->begins], "store");
}

static void try_one(const try_at *t)
{
    char *here = getcwd(NULL, 0), *log = kd_sprintf("%s/log", here),
         *counts = kd_sprintf("%s.counts", log);
    char     *faults = kd_sprintf("fail=%s:%llu%s log=%s", kd_fault_word(t->kind->fault),
                                  (unsigned long long)t->k, t->kind->span, log);
    kd_proofs proofs = { 0 };
    unlink(log);
    unlink(counts);
    lay_store(t->scene);
    ending e = run_program(t->scene->argv, faults);
    judge_ending(t, &e);
    judge_processes(t, faults);
    kd_proof_store(&proofs, "store", log, 1);
    judge_proofs(t, &proofs);
    if (t->scene->writes) judge_store(t);
    free_ending(&e);
    free(faults);
    free(counts);
    free(log);
    free(here);
}

/* ---- all of them ---- */

typedef KD_VEC(try_at) try_list;

/* How many of a kind there are, from a try in which nothing fails. */
static void add_scene(try_list *list, const struct scene *scene, uint64_t most, uint64_t seed,
                      const char *only)
{
    kd_rng root = kd_rng_root(seed), rng = kd_rng_split(&root, scene->words, 0);
    char  *here = getcwd(NULL, 0), *log = kd_sprintf("%s/count", here);
    char  *faults = kd_sprintf("fail=read:0 log=%s", log), *counts = kd_sprintf("%s.counts", log);
    unlink(counts);
    lay_store(scene);
    fflush(stdout);
    plain[scene - scenes] = run_program(scene->argv, faults);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        char    *words = kd_sprintf("%s %s", scene->words, kinds[i].words);
        uint64_t count = kd_fault_counted(log, kinds[i].fault);
        uint64_t tries = most == 0 || count < most ? count : most;
        for (uint64_t n = 0; n < tries && (!only || strstr(words, only)); n++) {
            uint64_t first = n * count / tries, next = (n + 1) * count / tries;
            kd_vec_push(list,
                        (try_at){ scene, &kinds[i], 1 + first + kd_rng_below(&rng, next - first) });
        }
        if (count && (!only || strstr(words, only)))
            printf("%-8s %-6s %6llu there are, %llu are tried\n", scene->words, kinds[i].words,
                   (unsigned long long)count, (unsigned long long)tries);
        free(words);
    }
    free(counts);
    free(faults);
    free(log);
    free(here);
}

static void enter(const char *folder)
{
    kd_error err;
    assert_ok(kd_fs_make_folders(folder, &err), &err);
    if (chdir(folder) != 0) fail_msg("%s: %s", folder, strerror(errno));
    assert_ok(kd_fs_write("sweep.cfg", study, strlen(study), &err), &err);
}

/* An object that was hurt, a torn record. */
static void damage(const char *store)
{
    char *script = kd_sprintf("cd %s && set -- $(ls -S objects/*/*.h5) && "
                              "printf x | dd of=\"$2\" bs=1 seek=3000 conv=notrunc status=none && "
                              "printf torn >>journal/0001",
                              store);
    run_tool((const char *[]){ "sh", "-c", script, NULL });
    free(script);
}

/* HDF5 does not give back all of what it took for a call that fails. */
static void excuse_hdf5(void)
{
    static const char excuse[] = "leak:libhdf5\n";
    kd_error          err;
    assert_ok(kd_fs_write("leaks", excuse, strlen(excuse), &err), &err);
    char *here = getcwd(NULL, 0);
    char *options = kd_sprintf("suppressions=%s/leaks:print_suppressions=0", here);
    setenv("LSAN_OPTIONS", options, 1);
    free(options);
    free(here);
}

static void make_stores(void)
{
    ending e = run_program((const char *[]){ "run", "sweep.cfg", "--store", "whole", NULL }, "");
    if (!e.end.exited || e.end.code != 0) fail_msg("the plain run: %s", last_line(&e.err));
    free_ending(&e);
    copy_folder("whole", "damaged");
    damage("damaged");
    e = run_program((const char *[]){ "run", "sweep.cfg", "--store", "torn", NULL }, "fail=tear:6");
    if (e.end.signal != SIGKILL) fail_msg("the run to be killed: %s", last_line(&e.err));
    free_ending(&e);
}

static void work(const try_list *list)
{
    for (size_t n; (n = sheet->next++) < list->count;) {
        if (n % SAY_EACH == 0) {
            printf("%zu of %zu tries, %zu failures\n", n, list->count, (size_t)sheet->failures);
            fflush(stdout);
        }
        try_one(&list->items[n]);
    }
}

static void work_together(const try_list *list, int workers)
{
    for (int w = 0; w < workers; w++) {
        pid_t pid = fork();
        if (pid != 0) continue;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        char *folder = kd_sprintf("../worker-%d", w);
        enter(folder);
        work(list);
        _exit(0);
    }
    for (int w = 0; w < workers; w++) wait(NULL);
}

int main(int argc, char **argv)
{
    uint64_t    most = 0, seed = 1, skip = 0;
    const char *only = NULL;
    int         workers = 2;
    try_list    list = KD_VEC_INIT;
    double      began_s = kd_clock_s();
    program = getenv("KDGRID");
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--most") == 0) most = strtoull(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--seed") == 0) seed = strtoull(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--only") == 0) only = argv[i + 1];
        if (strcmp(argv[i], "--skip") == 0) skip = strtoull(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--workers") == 0) workers = atoi(argv[i + 1]);
    }
    if (!program) return 77;
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    sheet = mmap(NULL, sizeof *sheet, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    enter(kd_test_folder());
    excuse_hdf5();
    make_stores();
    enter("counting");
    for (size_t i = 0; i < SCENE_COUNT; i++) add_scene(&list, &scenes[i], most, seed, only);
    fflush(stdout);
    sheet->next = skip;
    work_together(&list, workers);
    printf("seed %llu: %zu tries in %.0f s, %zu failures\n", (unsigned long long)seed,
           list.count - skip, kd_clock_s() - began_s, (size_t)sheet->failures);
    bool is_good = list.count > 0 && sheet->failures == 0;
    kd_vec_fini(&list);
    return chdir("/") == 0 && is_good ? 0 : 1;
}
