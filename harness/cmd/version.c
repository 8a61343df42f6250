/* version.c - `kdgrid version`: this program, its libraries and this machine. */
#include <stdio.h>

#include "harness/base/args.h"
#include "harness/base/json.h"
#include "harness/base/program.h"
#include "harness/cmd/cmd.h"
#include "harness/config/resolved.h"

static void print_json(void)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &out, 2);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "version", kd_program_version);
    kd_json_put_text(&w, "commit", kd_program_commit);
    kd_json_put_bool(&w, "dirty", kd_program_is_dirty);
    kd_json_put_text(&w, "libraries", kd_program_libraries);
    kd_json_put_text(&w, "mpi", kd_program_mpi);
    kd_json_put_text(&w, "cpu", kd_program_cpu());
    kd_json_put_int(&w, "schema", KD_SCHEMA_VERSION);
    kd_json_put_int(&w, "numerics", KD_NUMERICS_VERSION);
    kd_json_end(&w, '}');
    puts(out.text);
    kd_str_fini(&out);
}

kd_status kd_cmd_version(int argc, char **argv, kd_error *err)
{
    bool         as_json = false;
    const kd_arg table[] = { KD_ARG_JSON(as_json), KD_ARG_END };
    kd_args      args = { "version", "[--json]", "This program, its libraries and this machine.",
                          table };
    kd_status    status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 0, 0, err)) != KD_OK) return status;
    if (as_json) {
        print_json();
        return KD_OK;
    }
    printf("kdgrid %s (commit %s%s)\n", kd_program_version, kd_program_commit,
           kd_program_is_dirty ? ", changed since" : "");
    printf("libraries  %s, %s\n", kd_program_libraries, kd_program_mpi);
    printf("cpu        %s\n", kd_program_cpu());
    printf("schema     %d, numerics %d\n", KD_SCHEMA_VERSION, KD_NUMERICS_VERSION);
    return KD_OK;
}
