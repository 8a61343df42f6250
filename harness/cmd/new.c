/* new.c - `kdgrid new`: an experiment file for a corpus that nobody prepared. */
#include <stdio.h>

#include "harness/base/args.h"
#include "harness/cmd/cmd.h"
#include "harness/review/starter.h"

static const char about[] =
    "Look at a corpus and write NAME.cfg: a study of students with and without a teacher, with\n"
    "seeds, a table, and the profiles smoke (a minute) and laptop, its numbers chosen from the\n"
    "corpus' size by rules that the file states. DIR holds train, devel and test, in any form of\n"
    "docs/CORPORA.md; where devel or test is missing it is cut from train, to NAME-corpus. Of\n"
    "--task text DIR holds documents to pre-train on. With --template a file for an invented "
    "corpus,\n"
    "or a copy of one of the studies of --list. What is there already is never overwritten.";

kd_status kd_cmd_new(int argc, char **argv, kd_error *err)
{
    kd_starter_options options = { .name = NULL };
    bool               lists = false;
    const kd_arg       table[] = {
              { 'c', "corpus", KD_ARG_TEXT, &options.corpus, "DIR",
                "a folder, or a file with all sentences" },
              { 0, "task", KD_ARG_TEXT, &options.task, "TASK",
                "ner, re, hoc, qa, pair or text; else guessed", "ner re hoc qa pair text" },
              { 0, "tag-column", KD_ARG_TEXT, &options.tag_column, "N",
                "of words and tags: the column of the tags, from 1 (the last)" },
              { 0, "teacher", KD_ARG_TEXT, &options.teacher, "DIR",
                "a published checkpoint, none, or trained: from nothing (trained)", "none trained" },
              { 0, "vocab", KD_ARG_TEXT, &options.vocab, "PATH",
                "the students' pieces: a file, a folder, or built (a published teacher's, or built)",
                "built" },
              { 0, "template", KD_ARG_TEXT, &options.template, "TEMPLATE",
                "this one, for an invented corpus, or a whole study that came with the program" },
              { 0, "list", KD_ARG_FLAG, &lists, NULL, "show the templates and studies" },
              KD_ARG_END,
    };
    kd_args   args = { "new", "NAME --corpus DIR [--teacher DIR] | NAME --template TEMPLATE", about,
                       table };
    kd_str    out = KD_STR_INIT;
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) goto done;
    if (lists) {
        if ((status = kd_args_expect(&args, 0, 0, err)) == KD_OK)
            status = kd_starter_list(&out, err);
    } else if ((status = kd_args_expect(&args, 1, 1, err)) == KD_OK) {
        options.name = args.words[0];
        status = kd_starter_write(&options, &out, err);
    }
    fputs(out.text, stdout);
done:
    kd_str_fini(&out);
    kd_args_fini(&args);
    return status;
}
