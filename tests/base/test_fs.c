/* test_fs.c - files appear whole, folders come and go, failures name the path. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "tests/support/support.h"

static void test_writes_and_reads_whole_files(void **state)
{
    (void)state;
    kd_error err;
    kd_str   text = KD_STR_INIT;
    char    *path = kd_fs_join(kd_test_folder(), "a");
    assert_ok(kd_fs_write(path, "one\0two", 7, &err), &err);
    assert_ok(kd_fs_read(path, &text, &err), &err);
    assert_int_equal(text.length, 7);
    assert_ok(kd_fs_write(path, "", 0, &err), &err);
    assert_ok(kd_fs_read(path, &text, &err), &err);
    assert_int_equal(text.length, 0);
    assert_int_equal(kd_fs_size(path), 0);
    kd_str_fini(&text);
    free(path);
}

static void test_leaves_the_old_file_when_the_disk_is_full(void **state)
{
    (void)state;
    kd_error      err;
    char         *path = kd_fs_join(kd_test_folder(), "full");
    struct rlimit kept, small;
    kd_str        big = KD_STR_INIT;
    assert_ok(kd_fs_write(path, "old", 3, &err), &err);
    for (int i = 0; i < 10000; i++) kd_str_add(&big, "0123456789");

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &kept);
    small = (struct rlimit){ 4096, kept.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    kd_status status = kd_fs_write(path, big.text, big.length, &err);
    setrlimit(RLIMIT_FSIZE, &kept);

    assert_fails(KD_EIO, "full: cannot write", status, &err);
    assert_int_equal(kd_fs_size(path), 3);
    char **names;
    size_t count;
    assert_ok(kd_fs_list(kd_test_folder(), &names, &count, &err), &err);
    for (size_t i = 0; i < count; i++) assert_null(strstr(names[i], ".tmp."));
    kd_fs_free_names(names, count);
    kd_str_fini(&big);
    free(path);
}

static void test_names_what_is_missing(void **state)
{
    (void)state;
    kd_error err;
    kd_str   text = KD_STR_INIT;
    assert_fails(KD_ENOINPUT, "/no/such/file: No such file",
                 kd_fs_read("/no/such/file", &text, &err), &err);
    assert_fails(KD_ENOINPUT, "is a folder", kd_fs_read(kd_test_folder(), &text, &err), &err);
    assert_fails(KD_ECREATE, "/proc/x: cannot create", kd_fs_write("/proc/x", "", 0, &err), &err);
    kd_str_fini(&text);
}

static void test_reads_files_of_the_kernel_that_say_they_are_empty(void **state)
{
    (void)state;
    kd_str   text = KD_STR_INIT;
    kd_error err;
    assert_int_equal(kd_fs_size("/proc/self/cmdline"), 0);
    assert_ok(kd_fs_read("/proc/self/cmdline", &text, &err), &err);
    assert_non_null(strstr(text.text, "test_base_fs"));
    kd_str_fini(&text);
}

static void test_makes_lists_and_removes_folders(void **state)
{
    (void)state;
    kd_error err;
    char    *deep = kd_fs_join(kd_test_folder(), "d/e/f");
    char    *top = kd_fs_join(kd_test_folder(), "d");
    assert_ok(kd_fs_make_folders(deep, &err), &err);
    assert_ok(kd_fs_make_folders(deep, &err), &err);
    kd_test_file("d/e/b", "1");
    kd_test_file("d/e/a", "2");
    char  *middle = kd_fs_join(top, "e");
    char **names;
    size_t count;
    assert_ok(kd_fs_list(middle, &names, &count, &err), &err);
    assert_int_equal(count, 3);
    assert_string_equal(names[0], "a");
    assert_string_equal(names[2], "f");
    kd_fs_free_names(names, count);
    kd_test_file("x", "");
    char *under = kd_fs_join(kd_test_folder(), "x/y");
    assert_fails(KD_ECREATE, "x: cannot create the folder", kd_fs_make_folders(under, &err), &err);
    assert_ok(kd_fs_remove(top, &err), &err);
    assert_false(kd_fs_exists(top));
    assert_ok(kd_fs_remove(top, &err), &err);
    free(under);
    free(middle);
    free(top);
    free(deep);
}

static void test_takes_paths_apart(void **state)
{
    (void)state;
    static const struct {
        const char *path, *folder, *name;
    } cases[] = { { "a/b/c", "a/b", "c" }, { "c", ".", "c" }, { "/c", "/", "c" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *folder = kd_fs_folder(cases[i].path);
        assert_string_equal(folder, cases[i].folder);
        assert_string_equal(kd_fs_name(cases[i].path), cases[i].name);
        free(folder);
    }
}

/* ---- what is no file ---- */

static const char *place(const char *name)
{
    static char paths[64][512];
    static int  turn;
    turn = (turn + 1) % 64;
    snprintf(paths[turn], sizeof paths[turn], "%s/%s", kd_test_folder(), name);
    return paths[turn];
}

/* An alarm ends the test if anything waits for a pipe's other end. */
static void test_reads_regular_files_only(void **state)
{
    (void)state;
    kd_error           err;
    kd_str             text = KD_STR_INIT;
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int                end = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(name.sun_path, sizeof name.sun_path, "%s", place("socket"));
    assert_int_equal(bind(end, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(mkfifo(place("pipe"), 0600), 0);
    assert_int_equal(symlink(place("pipe"), place("to-pipe")), 0);
    const struct {
        const char *path, *words;
    } cases[] = { { place("pipe"), "/pipe: is a pipe, not a file" },
                  { place("to-pipe"), "/to-pipe: is a pipe, not a file" },
                  { place("socket"), "/socket: is a socket, not a file" },
                  { "/dev/zero", "/dev/zero: is a device, not a file" } };
    alarm(20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd;
        assert_fails(KD_EDATA, cases[i].words, kd_fs_read(cases[i].path, &text, &err), &err);
        assert_fails(KD_EDATA, cases[i].words, kd_fs_check(cases[i].path, &err), &err);
        if (strcmp(cases[i].path, place("to-pipe")) == 0 || cases[i].path[1] == 'd') continue;
        assert_fails(KD_EDATA, cases[i].words,
                     kd_fs_open_below(&fd, kd_test_folder(), cases[i].path, O_RDWR, &err), &err);
        assert_int_equal(fd, -1);
    }
    alarm(0);
    close(end);
    kd_str_fini(&text);
}

static void test_makes_a_file_of_a_pipe_that_it_was_given(void **state)
{
    (void)state;
    kd_error err;
    kd_str   text = KD_STR_INIT;
    int      ends[2];
    char     path[32];
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_int_equal(write(ends[1], "one\ntwo\n", 8), 8);
    close(ends[1]);
    assert_ok(kd_fs_gather(path, &err), &err);
    for (int again = 0; again < 2; again++) {
        assert_ok(kd_fs_read(path, &text, &err), &err);
        assert_string_equal(text.text, "one\ntwo\n");
    }
    assert_ok(kd_fs_gather(path, &err), &err); /* it is a file now */
    assert_ok(kd_fs_gather("/no/such/file", &err), &err);
    close(ends[0]);
    kd_str_fini(&text);
}

enum { LENGTH = 20000 }; /* of the file; its last page has 3616 bytes */

/* What a child that maps `path` says and how it ends, when the file is cut to `cut` bytes before its last byte is
 * read and the map goes, or (when `cut` is its length) when SIGBUS comes for another reason. */
static int end_of_reader(const char *path, off_t cut, char *said, size_t size)
{
    int ends[2], how = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        kd_fs_view first, view;
        dup2(ends[1], STDERR_FILENO);
        signal(SIGBUS, SIG_DFL); /* as in a program; the test's own library has it here */
        if (kd_fs_map(&first, path, NULL) != KD_OK || kd_fs_map(&view, path, NULL) != KD_OK)
            _exit(1);
        kd_fs_unmap(&first);
        if (truncate(path, cut) != 0) _exit(1);
        if (cut == LENGTH) raise(SIGBUS);
        int last = *(volatile const char *)(view.bytes + view.length - 1);
        kd_fs_unmap(&view);
        _exit(last == 7);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], said, size - 1);
    said[got > 0 ? got : 0] = 0;
    close(ends[0]);
    assert_int_equal(waitpid(child, &how, 0), child);
    return how;
}

static void test_ends_in_words_when_a_mapped_file_is_cut(void **state)
{
    (void)state;
    static const char  bytes[LENGTH];
    static const off_t cuts[] = { 0, LENGTH - 1 }; /* a signal; a zero that nobody wrote */
    char               said[1024];
    kd_error           err;
    assert_ok(kd_fs_write(place("cut"), bytes, sizeof bytes, &err), &err);
    int how = end_of_reader(place("cut"), LENGTH, said, sizeof said);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGBUS);
    assert_string_equal(said, "");
    for (int i = 0; i < 2; i++) {
        assert_ok(kd_fs_write(place("cut"), bytes, sizeof bytes, &err), &err);
        how = end_of_reader(place("cut"), cuts[i], said, sizeof said);
        assert_true(WIFEXITED(how));
        assert_int_equal(WEXITSTATUS(how), 74);
        assert_non_null(strstr(said, "kdgrid: error: "));
        assert_non_null(strstr(said, "/cut: cannot be read to its end any more"));
    }
}

static void test_looks_at_the_length_of_what_is_mapped(void **state)
{
    (void)state;
    static const char bytes[LENGTH];
    kd_fs_view        view;
    kd_error          err;
    char             *path = kd_strdup(place("mapped"));
    assert_ok(kd_fs_write(path, bytes, sizeof bytes, &err), &err);
    assert_ok(kd_fs_map(&view, path, &err), &err);
    assert_ok(kd_fs_maps_check(&err), &err);
    assert_int_equal(truncate(path, LENGTH - 1), 0);
    assert_fails(KD_EIO, "/mapped: cannot be read to its end any more", kd_fs_maps_check(&err),
                 &err);
    assert_int_equal(truncate(path, LENGTH + 1), 0); /* who appends does no harm */
    assert_ok(kd_fs_maps_check(&err), &err);
    kd_fs_unmap(&view);
    free(path);
}

static void test_knows_what_can_never_be_read(void **state)
{
    (void)state;
    kd_error err;
    assert_ok(kd_fs_write(place("fine"), "x", 1, &err), &err);
    assert_int_equal(mkdir(place("a folder"), 0777), 0);
    assert_int_equal(symlink(place("round"), place("round")), 0);
    assert_int_equal(symlink(place("never"), place("to nowhere")), 0);
    assert_int_equal(symlink(place("fine"), place("to fine")), 0);
    assert_int_equal(mkfifo(place("a pipe of ours"), 0666), 0);
    const struct {
        const char *path;
        bool        want;
    } cases[] = { { place("fine"), false },      { place("to fine"), false },
                  { place("never"), false },     { place("a pipe of ours"), false },
                  { place("a folder"), true },   { place("round"), true },
                  { place("to nowhere"), true }, { "/proc/self/mem", true } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (kd_fs_is_spoilt(cases[i].path) != cases[i].want)
            fail_msg("%s: expected %d", cases[i].path, cases[i].want);
}

/* ---- links ---- */

static void assert_holds(const char *path, const char *want)
{
    kd_str text = KD_STR_INIT;
    assert_int_equal(kd_fs_read(path, &text, NULL), KD_OK);
    assert_string_equal(text.text, want);
    kd_str_fini(&text);
}

/* Where a draft stood, or may stand, lies a link to somebody's file: it stays what it was. */
static void test_writes_through_no_link(void **state)
{
    (void)state;
    kd_error    err;
    kd_fs_draft draft;
    const char *mine = kd_test_file("mine", "precious");
    char       *old = kd_sprintf("%s.tmp.%ld", place("out"), (long)getpid());
    assert_int_equal(symlink(mine, old), 0);
    assert_ok(kd_fs_write(place("out"), "new", 3, &err), &err);
    assert_holds(place("out"), "new");
    assert_int_equal(symlink(mine, place("linked")), 0);
    assert_ok(kd_fs_write(place("linked"), "new", 3, &err), &err);
    assert_holds(mine, "precious");

    assert_ok(kd_fs_draft_open(&draft, place("out"), &err), &err);
    assert_int_equal(kd_fs_making_of(draft.path), KD_FS_DRAFT_LIVE);
    kd_fs_draft_discard(&draft);
    free(old);
}

static void test_follows_no_link_below_a_folder(void **state)
{
    (void)state;
    kd_error    err;
    int         fd;
    const char *root = place("root");
    assert_ok(kd_fs_make_folders(place("outside"), &err), &err);
    const char *mine = kd_test_file("outside/mine", "precious");
    assert_ok(kd_fs_make_folders(place("root/in"), &err), &err);
    kd_test_file("root/in/file", "x");
    assert_int_equal(symlink(mine, place("root/file")), 0);
    assert_int_equal(symlink(place("outside"), place("root/folder")), 0);
    assert_int_equal(link(mine, place("root/hard")), 0);

    assert_fails(KD_EDATA, "root/file: 'file' is a link, and none is followed below ",
                 kd_fs_open_below(&fd, root, place("root/file"), O_RDWR | O_TRUNC, &err), &err);
    assert_fails(KD_EDATA, "root/folder/mine: 'folder' is a link",
                 kd_fs_open_below(&fd, root, place("root/folder/mine"), O_RDWR, &err), &err);
    assert_fails(KD_EDATA, "root/hard: has other names (hard links)",
                 kd_fs_open_below(&fd, root, place("root/hard"), O_RDWR | O_TRUNC, &err), &err);
    assert_fails(KD_EDATA, "'folder' is a link",
                 kd_fs_make_below(root, place("root/folder/new"), 0777, &err), &err);
    assert_fails(KD_EDATA, "'folder' is a link",
                 kd_fs_remove_below(root, place("root/folder/mine"), &err), &err);
    assert_fails(KD_EDATA, "'folder' is a link",
                 kd_fs_move_below(root, place("root/folder/mine"), place("root/in/y"), &err), &err);
    assert_fails(KD_ECREATE, "cannot be moved",
                 kd_fs_move_below(root, place("root/in/file"), place("root/hard"), &err), &err);
    assert_ok(kd_fs_remove_below(root, place("root/folder"), &err), &err); /* the link itself */
    assert_ok(kd_fs_remove(root, &err), &err);
    assert_false(kd_fs_exists(root));
    assert_holds(mine, "precious");
    assert_ok(kd_fs_make_below(kd_test_folder(), place("new/er"), 0700, &err), &err);
    assert_true(kd_fs_is_folder(place("new/er")));
}

/* A neighbour exchanges a folder that is being removed with a link to one outside, all the time. */
static void exchange_for_ever(const char *folder, const char *link)
{
    for (;;) renameat2(AT_FDCWD, folder, AT_FDCWD, link, RENAME_EXCHANGE);
}

enum { FILES = 30 };

static void make_files(const char *folder)
{
    char name[64];
    assert_int_equal(kd_fs_make_folders(place(folder), NULL), KD_OK);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%s/%d", folder, i);
        kd_test_file(name, "precious");
    }
}

/* Without descriptors files outside go in the first few rounds. */
static void test_removes_nothing_outside_while_folders_become_links(void **state)
{
    (void)state;
    kd_error err;
    char   **names;
    size_t   count;
    make_files("outside/deep");
    for (int round = 0; round < 40; round++) {
        make_files("tree/a/deep");
        assert_int_equal(symlink(place("outside"), place("link")), 0);
        pid_t neighbour = fork();
        if (neighbour == 0) exchange_for_ever(place("tree/a"), place("link"));
        for (int tries = 0; kd_fs_exists(place("tree")) && tries < 1000; tries++)
            kd_fs_remove(place("tree"), NULL);
        kill(neighbour, SIGKILL);
        waitpid(neighbour, NULL, 0);
        assert_ok(kd_fs_list(place("outside/deep"), &names, &count, &err), &err);
        kd_fs_free_names(names, count);
        assert_true(count >= FILES);
        assert_ok(kd_fs_remove(place("tree"), &err), &err);
        assert_ok(kd_fs_remove(place("link"), &err), &err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_and_reads_whole_files),
        cmocka_unit_test(test_leaves_the_old_file_when_the_disk_is_full),
        cmocka_unit_test(test_names_what_is_missing),
        cmocka_unit_test(test_reads_files_of_the_kernel_that_say_they_are_empty),
        cmocka_unit_test(test_makes_lists_and_removes_folders),
        cmocka_unit_test(test_takes_paths_apart),
        cmocka_unit_test(test_reads_regular_files_only),
        cmocka_unit_test(test_makes_a_file_of_a_pipe_that_it_was_given),
        cmocka_unit_test(test_writes_through_no_link),
        cmocka_unit_test(test_follows_no_link_below_a_folder),
        cmocka_unit_test(test_removes_nothing_outside_while_folders_become_links),
        cmocka_unit_test(test_knows_what_can_never_be_read),
        cmocka_unit_test(test_ends_in_words_when_a_mapped_file_is_cut),
        cmocka_unit_test(test_looks_at_the_length_of_what_is_mapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
