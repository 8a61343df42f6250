/* It finds the processes of a run by their mark, and knows a nursery from a cell that was forked
 * from it. The program is this test itself, started again as both. */
#include "harness/chaos/processes.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fault.h"
#include "harness/base/nursery.h"
#include "tests/support/support.h"

static const char *self;

static int child(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    kd_sleep_s(600);
    return 0;
}

static const kd_marked *find_role(const kd_marked_list *list, kd_marked_role role)
{
    const kd_marked *found = NULL;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].role != role) continue;
        assert_null(found);
        found = &list->items[i];
    }
    return found;
}

static void test_knows_a_nursery_from_its_cells(void **state)
{
    (void)state;
    char  mark[64], variable[96];
    pid_t cell;
    snprintf(mark, sizeof mark, "seed=1 log=/nowhere/%ld", (long)getpid());
    snprintf(variable, sizeof variable, KD_FAULTS_ENV "=%s", mark);
    const char *const  extra[] = { variable, NULL };
    const char        *argv[] = { self, "cell", "file", NULL };
    kd_process_options options = { .argv = argv, .dies_with_parent = true };
    kd_nursery        *nursery =
        kd_nursery_create((const char *[]){ self, "cell", "--nursery", NULL }, extra, NULL);
    kd_process     process;
    kd_error       err;
    kd_marked_list list = KD_VEC_INIT;
    kd_marked_find(&list, mark);
    assert_int_equal(list.count, 0);

    assert_ok(kd_nursery_spawn(nursery, &process, &options, &err), &err);
    cell = process.pid;
    kd_marked_find(&list, mark);
    assert_int_equal(list.count, 2);
    assert_non_null(find_role(&list, KD_MARKED_NURSERY));
    assert_non_null(find_role(&list, KD_MARKED_CELL));
    assert_int_equal(find_role(&list, KD_MARKED_CELL)->pid, cell);
    assert_true(kd_marked_signal(find_role(&list, KD_MARKED_CELL), mark, SIGKILL));
    kd_process_end end;
    assert_true(kd_process_wait(&process, 60, &end));
    assert_int_equal(end.signal, SIGKILL);
    kd_process_close(&process);

    kd_marked_find(&list, mark);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].role, KD_MARKED_NURSERY);
    kd_nursery_destroy(nursery);
    kd_vec_fini(&list);
}

int main(int argc, char **argv)
{
    char path[4096];
    if (argc == 4 && strcmp(argv[1], "cell") == 0) return kd_nursery_serve(atoi(argv[3]), child);
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) return 1;
    path[length] = 0;
    self = path;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knows_a_nursery_from_its_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
