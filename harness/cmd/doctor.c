/* doctor.c - `kdgrid doctor`: what ruins a sweep, found before it. */
#include <stdio.h>

#include "harness/base/args.h"
#include "harness/base/json.h"
#include "harness/base/say.h"
#include "harness/cmd/cmd.h"
#include "harness/review/doctor.h"

static const char about[] =
    "Read the corpora of a study as its cells will, and check what would ruin the sweep:\n"
    "schemes and labels that differ between splits, invalid tags, sentences that train and an\n"
    "evaluation split share, unknown pieces, words cut by the length limit, rows longer than a\n"
    "network has positions, batches larger than the corpus, checkpoints and files of targets\n"
    "whose labels stand in another order, vectors that few words have. Exit 3 when a check says "
    "no.\n"
    "\n"
    "A limit is a share from 0 to 1; docs/DOCTOR.md says what each is a share of.";

/* ---- the report ---- */

static void print_number(const kd_checkup *f, double value, kd_str *out)
{
    if (f->is_count)
        kd_str_addf(out, "%.0f", value);
    else
        kd_str_addf(out, "%.2f %%", 100.0 * value);
}

static void print_checkup(const kd_checkup *f, kd_str *out)
{
    kd_str_say(out, "%s: %s: ", f->where, f->what);
    print_number(f, f->value, out);
    kd_str_addf(out, ", at %s ", f->is_least ? "least" : "most");
    print_number(f, f->limit, out);
}

static void print_report(const kd_checkup *checkups, size_t count, kd_str *out)
{
    for (size_t i = 0; i < count; i++) {
        const kd_checkup *f = &checkups[i];
        kd_str_addf(out, "%-3s %-10s ", kd_checkup_is_fine(f) ? "ok" : "NO", f->check);
        print_checkup(f, out);
        kd_str_add_char(out, '\n');
    }
}

static void write_report(const kd_checkup *checkups, size_t count, kd_str *out)
{
    kd_json_writer w;
    kd_json_start(&w, out, 2);
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < count; i++) {
        const kd_checkup *f = &checkups[i];
        kd_json_begin(&w, '{');
        kd_json_put_text(&w, "check", f->check);
        kd_json_put_text(&w, "where", f->where);
        kd_json_put_text(&w, "what", f->what);
        kd_json_put_real(&w, "value", f->value);
        kd_json_put_real(&w, f->is_least ? "least" : "most", f->limit);
        kd_json_put_bool(&w, "ok", kd_checkup_is_fine(f));
        kd_json_end(&w, '}');
    }
    kd_json_end(&w, ']');
    kd_str_add_char(out, '\n');
}

/* KD_ECHECK with the first reason when any check says no. */
static kd_status judge(const char *experiment, const kd_checkup *checkups, size_t count,
                       kd_error *err)
{
    const kd_checkup *first = NULL;
    size_t            bad = 0;
    for (size_t i = 0; i < count; i++)
        if (!kd_checkup_is_fine(&checkups[i])) {
            if (!first) first = &checkups[i];
            bad++;
        }
    if (!bad) return KD_OK;
    kd_str text = KD_STR_INIT;
    print_checkup(first, &text);
    kd_fail(err, KD_ECHECK, "%s: %zu of %zu checks say no: %s", experiment, bad, count, text.text);
    kd_str_fini(&text);
    return KD_ECHECK;
}

static kd_status diagnose(const char *experiment, const kd_study_options *how,
                          const kd_doctor_limits *limits, bool as_json, kd_error *err)
{
    kd_study     *study = NULL;
    kd_diagnosis *diagnosis = NULL;
    kd_str        out = KD_STR_INIT;
    kd_status     status = kd_study_open_telling(&study, experiment, how, err);
    if (status == KD_OK) status = kd_doctor_examine(&diagnosis, study, limits, err);
    if (status == KD_OK) {
        size_t            count;
        const kd_checkup *checkups = kd_diagnosis_checkups(diagnosis, &count);
        (as_json ? write_report : print_report)(checkups, count, &out);
        fputs(out.text, stdout);
        status = judge(experiment, checkups, count, err);
    }
    kd_str_fini(&out);
    kd_diagnosis_destroy(diagnosis);
    kd_study_close(study);
    return status;
}

static kd_status check_limits(const kd_doctor_limits *o, kd_error *err)
{
    const double limits[] = { o->max_invalid, o->max_duplicates, o->max_unknown,
                              o->max_cut,     o->min_coverage,   o->min_hits };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (!(limits[i] >= 0.0 && limits[i] <= 1.0))
            return kd_fail(err, KD_EUSAGE, "doctor: a limit is a share from 0 to 1, found %g",
                           limits[i]);
    if (o->max_labels < 0)
        return kd_fail(err, KD_EUSAGE, "doctor: --max-labels is 0 or more, found %d",
                       o->max_labels);
    return KD_OK;
}

kd_status kd_cmd_doctor(int argc, char **argv, kd_error *err)
{
    kd_doctor_limits o = KD_DOCTOR_LIMITS_INIT;
    kd_study_options how = { .profile = NULL };
    bool             as_json = false;
    const kd_arg     table[] = {
            KD_ARG_PROFILE(how.profile),
            KD_ARG_DEFINE(how.overrides),
            { 0, "max-invalid", KD_ARG_REAL, &o.max_invalid, "R", "invalid tags of a split (0)" },
            { 0, "max-labels", KD_ARG_INT, &o.max_labels, "N",
              "labels of devel or test that earlier splits do not have (0)" },
            { 0, "max-duplicates", KD_ARG_REAL, &o.max_duplicates, "R",
              "sentences of devel or test that train has too (0.05)" },
            { 0, "max-unk", KD_ARG_REAL, &o.max_unknown, "R", "pieces that are [UNK] (0.01)" },
            { 0, "max-cut", KD_ARG_REAL, &o.max_cut, "R", "words cut by the length limit (0.01)" },
            { 0, "min-coverage", KD_ARG_REAL, &o.min_coverage, "R",
              "words of devel or test that train has too (0.5)" },
            { 0, "vectors", KD_ARG_TEXT, &o.vectors, "FILE",
              "hold train against these vectors as well" },
            { 0, "min-hits", KD_ARG_REAL, &o.min_hits, "R", "words of train with a vector (0.5)" },
            KD_ARG_JSON(as_json),
            KD_ARG_END
    };
    kd_args   args = { "doctor", "EXPERIMENT.cfg [--profile P] [-D KEY=VALUE] [--max-... R]", about,
                       table };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped && (status = kd_args_expect(&args, 1, 1, err)) == KD_OK &&
        (status = check_limits(&o, err)) == KD_OK)
        status = diagnose(args.words[0], &how, &o, as_json, err);
    kd_args_fini(&args);
    return status;
}
