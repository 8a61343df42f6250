/* test_memory.c - limits and counts of control groups, from files as kernels write them, and a real
 * death over a group's memory where we may make a group. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/child/memory.h"
#include "harness/child/supervise.h"
#include "tests/support/support.h"

#define MEMORY_GROUPS "/sys/fs/cgroup/memory"

/* "ROOT/PATH" with this text. */
static void put(const char *root, const char *path, const char *text)
{
    kd_error err;
    char    *whole = kd_fs_join(root, path), *folder = kd_fs_folder(whole);
    assert_ok(kd_fs_make_folders(folder, &err), &err);
    assert_ok(kd_fs_write(whole, text, strlen(text), &err), &err);
    free(folder);
    free(whole);
}

static void test_reads_the_groups_of_both_versions(void **state)
{
    (void)state;
    static const struct {
        const char *name, *groups, *files[4][2];
        int64_t     limit, kills;
    } cases[] = {
        { "v2",
          "0::/job/step\n",
          { { "sys/fs/cgroup/job/step/memory.events", "low 0\nhigh 7\nmax 9\noom 4\noom_kill 3\n" },
            { "sys/fs/cgroup/job/step/memory.max", "max\n" },
            { "sys/fs/cgroup/job/memory.max", "4096\n" } },
          4096,
          3 },
        { "v1",
          "9:name=systemd:/\n4:memory:/slurm/job_7\n0::/\n",
          { { "sys/fs/cgroup/memory/slurm/job_7/memory.oom_control",
              "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n" },
            { "sys/fs/cgroup/memory/slurm/job_7/memory.limit_in_bytes", "8192\n" },
            { "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n" } },
          8192,
          5 },
        { "the host's name in a container",
          "0::/docker/0123\n",
          { { "sys/fs/cgroup/memory.events", "oom_kill 2\n" },
            { "sys/fs/cgroup/memory.max", "2048\n" } },
          2048,
          2 },
        { "nothing", "0::/\n", { { NULL } }, 0, -1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *root = kd_fs_join(kd_test_folder(), cases[i].name);
        put(root, "proc/self/cgroup", cases[i].groups);
        for (size_t f = 0; f < 4 && cases[i].files[f][0]; f++)
            put(root, cases[i].files[f][0], cases[i].files[f][1]);
        int64_t limit = kd_memory_limit(root), kills = kd_memory_kills(root);
        if (cases[i].limit ? limit != cases[i].limit : limit < (1 << 20))
            fail_msg("%s: a limit of %lld", cases[i].name, (long long)limit);
        if (kills != cases[i].kills) fail_msg("%s: %lld kills", cases[i].name, (long long)kills);
        free(root);
    }
}

/* In a group of 64 MB, watch a cell that grows while another process has some of it: so it is ended
 * before it is as large as the group may be. */
static int run_in_group(const char *group)
{
    static const char hog[] = "awk 'BEGIN { s = \"x\"; while (length(s) < 2^24) s = s s; "
                              "system(\"sleep 20\") }' & sleep 1;"
                              "exec awk 'BEGIN { s = \"x\"; while (1) s = s s }'";
    static const char whole[] = "67108864", ours[] = "0";
    char             *limit = kd_fs_join(group, "memory.limit_in_bytes");
    char             *swap = kd_fs_join(group, "memory.memsw.limit_in_bytes");
    char             *members = kd_fs_join(group, "cgroup.procs");
    const char       *paths[] = { limit, swap, members }, *texts[] = { whole, whole, ours };
    for (size_t i = 0; i < 3; i++) {
        FILE *file = fopen(paths[i], "w");
        if (file && fputs(texts[i], file) < 0) return 9;
        if (file) fclose(file);
    }
    const char *const argv[] = { "/bin/sh", "-c", hog, NULL };
    kd_child_options  options = {
         .argv = argv, .log = kd_test_file("hog.log", ""), .silence_s = 20, .grace_s = 5
    };
    kd_child  *child;
    kd_outcome got;
    if (kd_child_start(&child, &options, NULL) != KD_OK) return 8;
    while (!kd_child_ended(child, &got)) kd_child_wait(&child, 1, -1, 1);
    printf("%s: %s, %lld kB\n", kd_cause_word(got.cause), got.text,
           (long long)(got.peak_bytes >> 10));
    fflush(stdout);
    return got.cause == KD_CAUSE_MEMORY ? 0 : 1;
}

static void test_tells_a_death_over_the_group_from_a_crash(void **state)
{
    (void)state;
    char *group = kd_sprintf(MEMORY_GROUPS "/kdgrid-test-%ld", (long)getpid());
    int   end = 1;
    bool  is_made = !KD_SANITIZED && mkdir(group, 0755) == 0;
    pid_t pid = is_made ? fork() : -1;
    if (pid == 0) _exit(run_in_group(group));
    if (is_made) {
        waitpid(pid, &end, 0);
        rmdir(group);
    }
    free(group);
    if (!is_made) {
        print_message("no group can be made in " MEMORY_GROUPS "\n");
        skip();
    }
    assert_int_equal(end, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_the_groups_of_both_versions),
        cmocka_unit_test(test_tells_a_death_over_the_group_from_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
