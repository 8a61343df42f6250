/* cell.c - `kdgrid cell FILE`: one node, here, as a worker starts it or a person by hand. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/args.h"
#include "harness/base/fs.h"
#include "harness/base/interrupt.h"
#include "harness/base/log.h"
#include "harness/base/nursery.h"
#include "harness/cell/cell.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/finding.h"
#include "harness/dispatch/wide.h"
#include "harness/review/account.h"

static volatile sig_atomic_t was_asked_to_stop;

static void note_signal(int number)
{
    (void)number;
    was_asked_to_stop = 1;
}

/* A worker asks with SIGTERM; a second one means at once, which is what the default does. */
static void install_signals(void)
{
    static const int asking[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };
    kd_interrupt_catch(asking, sizeof asking / sizeof *asking, note_signal,
                       SA_RESETHAND | SA_RESTART);
}

static bool should_stop(void *user)
{
    (void)user;
    return was_asked_to_stop;
}

/* One line down the pipe for whoever watches, or to stderr for a person. */
static void tell(void *user, const kd_progress_point *point)
{
    int    fd = *(const int *)user;
    kd_str line = KD_STR_INIT;
    kd_progress_point_print(point, &line);
    if (fd < 0) {
        kd_log_info("%s", line.text);
    } else {
        kd_str_add_char(&line, '\n');
        if (write(fd, line.text, line.length) < 0) { /* nobody listens any more */
        }
    }
    kd_str_fini(&line);
}

/* The text of a cell of the store: what its object keeps, or its last run left. */
static kd_status read_cell(const char *word, const char *folder, kd_str *out, kd_error *err)
{
    const kd_finding finding = { .without_object = true };
    kd_store        *store;
    kd_account       account;
    kd_id            id;
    kd_status        status = kd_store_open(&store, folder, KD_STORE_READ, err);
    if (status != KD_OK) return status;
    if ((status = kd_finding_cell(&id, &finding, store, word, err)) == KD_OK &&
        (status = kd_account_open(&account, store, id, err)) == KD_OK) {
        kd_str_add(out, account.text);
        if (out->length == 0)
            status = kd_fail(err, KD_EDATA, "%s: its text is not there any more", word);
        if (kd_store_has(store, id))
            kd_log_info("%s: its object is there, and nothing is left to do; kdgrid verify runs it "
                        "again and compares",
                        word);
        kd_account_close(&account);
    }
    kd_store_close(store);
    return status;
}

static kd_status read_text(const char *path, const char *folder, kd_str *out, kd_error *err)
{
    bool is_word = strcmp(path, "-") != 0 && !strchr(path, '/') && access(path, F_OK) != 0;
    if (is_word) return read_cell(path, folder, out, err);
    if (strcmp(path, "-") != 0) return kd_fs_read(path, out, err);
    char   bytes[4096];
    size_t got;
    while ((got = fread(bytes, 1, sizeof bytes, stdin)) > 0) kd_str_add_bytes(out, bytes, got);
    return KD_OK;
}

/* Making a store waits for the disk, and cells are started by the thousand: one that is there is
 * only opened. */
static kd_status open_store(kd_store **out, const char *folder, kd_error *err)
{
    kd_error absent;
    return kd_store_open(out, folder, KD_STORE_WRITE, &absent) == KD_OK
               ? KD_OK
               : kd_store_open(out, folder, KD_STORE_CREATE, err);
}

/* Its ranks read what is to be done from the store. */
static kd_status run_wide(const kd_resolved *node, const kd_str *text,
                          const kd_cell_context *context, int ranks, const char *hosts,
                          kd_error *err)
{
    char     *path = kd_store_work_path(context->store, node->id, "cell");
    kd_status status = KD_OK;
    if (!kd_fs_exists(path)) status = kd_store_make_work(context->store, node->id, err);
    if (status == KD_OK && !kd_fs_exists(path))
        status = kd_fs_write(path, text->text, text->length, err);
    if (status == KD_OK) status = kd_wide_run(node, context, ranks, hosts, err);
    free(path);
    return status;
}

static kd_status run_node(const kd_resolved *node, const kd_str *text,
                          const kd_cell_context *context, const char *hosts, kd_error *err)
{
    int       ranks;
    kd_status status = kd_cell_ranks(&ranks, node, err);
    if (status != KD_OK) return status;
    return ranks > 1 && !kd_store_has(context->store, node->id)
               ? run_wide(node, text, context, ranks, hosts, err)
               : kd_cell_run(node, text->text, context, err);
}

static kd_status run(const char *path, const char *folder, int progress_fd, const char *hosts,
                     kd_error *err)
{
    kd_str      text = KD_STR_INIT;
    kd_arena   *arena = kd_arena_create(0);
    kd_resolved node;
    kd_store   *store = NULL;
    kd_status   status;
    if ((status = read_text(path, folder, &text, err)) != KD_OK ||
        (status = kd_resolved_parse(&node, arena, text.text, path, err)) != KD_OK ||
        (status = open_store(&store, folder, err)) != KD_OK)
        goto done;
    kd_cell_context context = {
        .store = store, .should_stop = should_stop, .on_progress = tell, .user = &progress_fd
    };
    status = run_node(&node, &text, &context, hosts, err);
done:
    kd_store_close(store);
    kd_arena_destroy(arena);
    kd_str_fini(&text);
    return status;
}

/* A child of the nursery: what main would do. */
static int run_child(int argc, char **argv)
{
    kd_error  err = { "" };
    kd_status status = kd_cmd_cell(argc - 1, argv + 1, &err);
    if (status != KD_OK && *err.text) kd_log_error("%s", err.text);
    return kd_status_exit(status);
}

kd_status kd_cmd_cell(int argc, char **argv, kd_error *err)
{
    const char  *folder = "store", *hosts = NULL;
    int          progress_fd = -1, nursery = -1;
    const kd_arg table[] = {
        { 0, "store", KD_ARG_TEXT, &folder, "DIR",
          "where its inputs are and its object goes (store)" },
        { 0, "progress-fd", KD_ARG_INT, &progress_fd, "N",
          "write a line for each epoch there, not to stderr" },
        { 0, "hosts", KD_ARG_TEXT, &hosts, "FILE",
          "the machines of a wide cell's ranks, a line each: NAME slots=RANKS" },
        { 0, "nursery", KD_ARG_INT, &nursery, "N",
          "fork for each request on that socket, as workers ask" },
        KD_ARG_END,
    };
    kd_args args = {
        "cell", "FILE|CELL [--store DIR]",
        "Do one node of the graph here, as a worker does. FILE is its resolved text, which a run\n"
        "leaves in STORE/work/ID/cell and every object keeps as /resolved; - reads it from stdin. "
        "An\n"
        "id, its first digits, a label or 'best' takes the text that the store has of that cell\n"
        "(docs/FINDING.md).",
        table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if (nursery >= 0) {
        kd_nursery_serve(nursery, run_child);
        return KD_OK;
    }
    if ((status = kd_args_expect(&args, 1, 1, err)) != KD_OK) return status;
    install_signals();
    return run(args.words[0], folder, progress_fd, hosts, err);
}
