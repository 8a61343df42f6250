/* figures.c - sorting, a table, one JSON object. */
#include "harness/cmd/bench/figures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "harness/base/vec.h"
#include "harness/dispatch/run.h"

#define LONGEST_S 600

void kd_figure_add(kd_figure *f, double value)
{
    int at = f->count;
    if (at == KD_FIGURE_REPEATS) return;
    for (; at > 0 && f->values[at - 1] > value; at--) f->values[at] = f->values[at - 1];
    f->values[at] = value;
    f->count++;
}

double kd_figure_median(const kd_figure *f)
{
    if (f->count == 0) return 0;
    return (f->values[(f->count - 1) / 2] + f->values[f->count / 2]) / 2;
}

static void print_value(double value)
{
    int digits = value >= 1000 ? 0 : value >= 10 ? 1 : 3;
    printf(" %11.*f", digits, value);
}

static void print_table(const kd_figure *figures, int count)
{
    printf("%-44s %-8s %11s %11s %11s %3s\n", "", "", "min", "median", "max", "n");
    for (int i = 0; i < count; i++) {
        const kd_figure *f = &figures[i];
        if (f->count == 0) continue;
        printf("%-44s %-8s", f->name, f->unit);
        print_value(f->values[0]);
        print_value(kd_figure_median(f));
        print_value(f->values[f->count - 1]);
        printf(" %3d\n", f->count);
    }
}

static void print_json(const kd_figure *figures, int count)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &out, 0);
    kd_json_begin(&w, '{');
    for (int i = 0; i < count; i++) {
        const kd_figure *f = &figures[i];
        if (f->count == 0) continue;
        kd_json_key(&w, f->key), kd_json_begin(&w, '{');
        kd_json_key(&w, "unit"), kd_json_text(&w, f->unit);
        kd_json_key(&w, "min"), kd_json_real(&w, f->values[0]);
        kd_json_key(&w, "median"), kd_json_real(&w, kd_figure_median(f));
        kd_json_key(&w, "max"), kd_json_real(&w, f->values[f->count - 1]);
        kd_json_key(&w, "n"), kd_json_int(&w, f->count);
        kd_json_end(&w, '}');
    }
    kd_json_end(&w, '}');
    puts(out.text);
    kd_str_fini(&out);
}

void kd_figures_print(const kd_figure *figures, int count, bool as_json)
{
    if (as_json)
        print_json(figures, count);
    else
        print_table(figures, count);
}

/* ---- what is measured from outside ---- */

static kd_status fail_with_last_words(const char *verb, const kd_process_end *end,
                                      const char *output, kd_error *err)
{
    kd_str text = KD_STR_INIT;
    char   words[64];
    kd_fs_read(output, &text, NULL);
    while (text.length > 0 && text.text[text.length - 1] == '\n')
        kd_str_cut(&text, text.length - 1);
    const char *last = strrchr(text.text, '\n');
    kd_status   status =
        kd_fail(err, KD_EFAILED, "%s: %s: %s", verb, kd_process_end_words(words, sizeof words, end),
                last ? last + 1 : text.text);
    kd_str_fini(&text);
    return status;
}

kd_status kd_bench_verb(const char *const *words, const char *output, kd_verb_cost *out,
                        kd_error *err)
{
    char          *program = kd_run_program("kdgrid");
    kd_process     process;
    kd_process_end end;
    KD_VEC(const char *) argv = KD_VEC_INIT;
    kd_vec_push(&argv, program);
    for (size_t i = 0; words[i]; i++) kd_vec_push(&argv, words[i]);
    kd_vec_push(&argv, NULL);
    kd_process_options options = { .argv = argv.items, .output = output, .dies_with_parent = true };
    kd_fs_remove(output, NULL);
    double    begin_s = kd_clock_s();
    kd_status status = kd_process_spawn(&process, &options, err);
    if (status == KD_OK && !kd_process_wait(&process, LONGEST_S, &end))
        status = kd_fail(err, KD_EFAILED, "%s: no end within %d s", words[0], LONGEST_S);
    *out = (kd_verb_cost){ kd_clock_s() - begin_s, 0 };
    if (status == KD_OK) {
        out->peak_mib = (double)end.peak_bytes / (1 << 20);
        if (!end.exited || end.code != 0)
            status = fail_with_last_words(words[0], &end, output, err);
    }
    kd_process_close(&process);
    kd_vec_fini(&argv);
    free(program);
    return status;
}

kd_status kd_bench_folder(char **out, kd_error *err)
{
    const char *place = getenv("TMPDIR");
    *out = kd_fs_join(place && *place ? place : "/tmp", "kdgrid-bench-XXXXXX");
    if (mkdtemp(*out)) return KD_OK;
    kd_status status = kd_fail_errno(err, errno, "%s", *out);
    free(*out);
    *out = NULL;
    return status;
}
