/* main.c - the program is a table of verbs. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "harness/base/log.h"
#include "harness/base/program.h"
#include "harness/base/str.h"
#include "harness/cmd/cmd.h"
#include "harness/config/schema.h"

static const struct command {
    const char *name;
    kd_status (*run)(int argc, char **argv, kd_error *err);
    const char *summary;
} commands[] = {
    { "plan", kd_cmd_plan, "read an experiment file and say what would run" },
    { "doctor", kd_cmd_doctor, "check a study's corpora before a sweep" },
    { "run", kd_cmd_run, "run the cells that have no object yet, or go on with them" },
    { "submit", kd_cmd_submit, "write a SLURM job that runs and resumes itself, and hand it in" },
    { "status", kd_cmd_status, "say how far a store is, also while it is being filled" },
    { "table", kd_cmd_table, "turn a study's objects into the paper's table" },
    { "aggregate", kd_cmd_aggregate, "mean, spread and interval over one or several stores" },
    { "compare", kd_cmd_compare, "which of two settings is better, by how much, how sure" },
    { "model", kd_cmd_model, "networks: sizes, published weights, outputs" },
    { "targets", kd_cmd_targets, "logits that were computed elsewhere" },
    { "data", kd_cmd_data, "corpora, tag files, vocabularies, scores" },
    { "bench", kd_cmd_bench, "how fast this machine does what a study does" },
    { "cell", kd_cmd_cell, "run one cell here, as a worker does" },
    { "merge", kd_cmd_merge, "put the objects of several stores into one" },
    { "fsck", kd_cmd_fsck, "check a store, and mend what can be rebuilt" },
    { "verify", kd_cmd_verify, "run cells again and see whether they come out the same" },
    { "gc", kd_cmd_gc, "give back the disk that no table needs" },
    { "version", kd_cmd_version, "this program, its libraries and this machine" },
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static const struct command *find_command(const char *name)
{
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static void print_overview(void)
{
    printf(
        "kdgrid %s - knowledge-distillation studies for biomedical text mining on a CPU cluster\n\n"
        "usage: kdgrid VERB [OPTION]... [ARGUMENT]...\n\nverbs:\n",
        kd_program_version);
    for (int i = 0; i < COMMANDS; i++)
        printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    printf("  %-10s %s\n", "help",
           "this page; `help VERB` for one of them; `help config` for every setting");
    printf("\nexit codes:\n");
    for (int i = 0; i < KD_STATUS_COUNT; i++)
        printf("  %-3d %s\n", kd_status_exit((kd_status)i), kd_status_meaning((kd_status)i));
    printf("\nA first study: kdgrid run experiments/quickstart.cfg -n 2 --store store\n");
}

static kd_status unknown_verb(const char *name, kd_error *err)
{
    const char *names[COMMANDS + 1] = { "help" };
    for (int i = 0; i < COMMANDS; i++) names[i + 1] = commands[i].name;
    const char *near = kd_nearest(name, names, COMMANDS + 1);
    if (near) return kd_fail(err, KD_EUSAGE, "no verb is called %s; did you mean %s?", name, near);
    return kd_fail(err, KD_EUSAGE, "no verb is called %s; `kdgrid help` lists them", name);
}

static kd_status help_on(const char *topic, kd_error *err)
{
    if (strcmp(topic, "config") == 0) {
        kd_str text = KD_STR_INIT;
        kd_schema_document(&text);
        fputs(text.text, stdout);
        kd_str_fini(&text);
        return KD_OK;
    }
    const struct command *command = find_command(topic);
    if (!command) return unknown_verb(topic, err);
    char *argv[] = { (char[]){ "verb" }, (char[]){ "--help" }, NULL };
    return command->run(2, argv, err);
}

static kd_status dispatch(int argc, char **argv, kd_error *err)
{
    const char *verb = argc > 1 ? argv[1] : "help";
    if (strcmp(verb, "help") == 0 || strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
        if (argc > 2) return help_on(argv[2], err);
        print_overview();
        return argc > 1 ? KD_OK : kd_fail(err, KD_EUSAGE, "a verb is missing");
    }
    if (strcmp(verb, "--version") == 0) verb = "version";
    const struct command *command = find_command(verb);
    return command ? command->run(argc - 1, argv + 1, err) : unknown_verb(verb, err);
}

/* Results that could not be written are an error too. */
static kd_status flush_results(kd_status status, kd_error *err)
{
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == KD_OK)
        return kd_fail(err, KD_EIO, "standard output cannot be written");
    return status;
}

int main(int argc, char **argv)
{
    kd_error  err = { "" };
    kd_status status;
    signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is an error, not an end */
    status = flush_results(dispatch(argc, argv, &err), &err);
    if (status != KD_OK && *err.text) kd_log_error("%s", err.text);
    return kd_status_exit(status);
}
