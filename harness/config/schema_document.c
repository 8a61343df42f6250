/* schema_document.c - docs/CONFIG.md from the rows of the schema. */
#include <stdlib.h>
#include <string.h>

#include "distill/fits.h"
#include "harness/config/schema_internal.h"
#include "harness/config/slurm_options.h"

static const char opening[] =
    "# Experiment files\n"
    "\n"
    "<!-- Made from the program's own tables by `kdgrid help config`; change the tables. -->\n"
    "\n"
    "An experiment file is in libconfig's notation. Everything but `study` has a default.\n"
    "\n"
    "```\n"
    "study = {\n"
    "  name  = \"bc2gm\";                              # letters, digits, . _ -\n"
    "  seeds = [10, 11, 12];                         # every cell once for each\n"
    "  data    = { corpus = \"BC2GM\"; };              # any setting of the lists below\n"
    "  student = { layers = 2; hidden = 300; };\n"
    "  axes = ( { key = \"student.hidden\"; values = [200, 300]; },\n"
    "           { zip = ( { key = \"distill.method\"; values = [\"none\", \"logit-mse\"]; },\n"
    "                     { key = \"train.epochs\";   values = [50, 30]; } ); } );\n"
    "  include = ( { student = { hidden = 400; }; } );           # one more cell a seed\n"
    "  exclude = ( { student = { hidden = [200]; };\n"
    "                distill = { method = \"none\"; }; } );\n"
    "};\n"
    "profiles = { laptop = { train = { epochs = 2; }; seeds = [10]; }; };\n"
    "tables   = ( { name = \"main\"; metrics = [\"f1\", \"size_mib\"]; split = \"test\";\n"
    "               rows = [\"student.hidden\"]; columns = [\"distill.method\"]; } );\n"
    "slurm    = { partition = \"cpu\"; nodes = 4; time = \"24:00:00\"; };\n"
    "```\n"
    "\n"
    "- **Cells** are the product of the axes and the seeds. Axes in a `zip` move\n"
    "  together. What matches all settings of a group in `exclude` is left out of the\n"
    "  product; each group in `include` adds a cell (for every seed) to it. In place of\n"
    "  `axes` a study may name a list of cells, `cells = \"cells.tsv\"` (a header of\n"
    "  keys, one cell a line) or `cells = \"cells.jsonl\"` (one object a line).\n"
    "- **Lists** are written `[0, 0.5, 1]` or `( 0, 0.5, 1 )`, whole numbers and others\n"
    "  side by side; `epochs = 5.0` is 5. `seeds` is a list, also of one seed, and takes\n"
    "  the place of `seed`.\n"
    "- **Who wins**: the command line (`-D student.hidden=64`), then the environment\n"
    "  (`KDGRID_STUDENT__HIDDEN=64`: upper case, two underscores for a dot), then the\n"
    "  profile (`--profile laptop`), the file, the default. A single value from a\n"
    "  stronger place takes the place of a weaker axis; a list (`-D\n"
    "  'student.hidden=[32, 64]'`) is an axis. `kdgrid plan --show-config` says where\n"
    "  every value came from.\n"
    "- **Fragments** come in by `@include \"common/synthetic.cfg\"`, looked for beside\n"
    "  the file.\n"
    "- **Paths** (corpora, vocabularies, checkpoints) are looked for beside the\n"
    "  experiment file, in the current folder, and below `$KDGRID_DATA`. What counts is\n"
    "  the contents, never the name.\n"
    "- **Nothing is inherited**: `train` and `distill` are the student's alone.\n"
    "  `teacher.train`, `teacher.distill`, `finetune.train` and `finetune.distill`\n"
    "  have the same keys and their own defaults; what all of them shall have is said\n"
    "  in each. `--show-config` marks a default where the student's is said.\n"
    "- **What is not read does not matter**: a setting that a cell's kind or method\n"
    "  does not read is no part of its id, so changing it reruns nothing.\n"
    "- **What devel chooses**: `tune = ( { keys = [\"train.lr\"]; by = \"devel.f1\"; } )`\n"
    "  in `study` says that a table reports of each of its places only the value that\n"
    "  devel chose (docs/TABLES.md).\n"
    "- **Tables**: `rows` and `columns` are keys, `metrics` (or one `metric`) what is\n"
    "  printed, `where` a group of settings that cells must have, `published` figures\n"
    "  from elsewhere (`value`, `metric`, `text`, `source` and the settings of the cell\n"
    "  they stand for), `labels` what a key or one of its values is called in print.\n";

void kd_schema_add_range(const kd_setting *row, kd_str *out)
{
    kd_setting_print_choices(row, out);
    if (row->type != KD_SETTING_INT && row->type != KD_SETTING_REAL) return;
    kd_str_addf(out, "%.10g to %.10g", row->min, row->max);
}

static void add_cell(const char *text, kd_str *out)
{
    for (; *text; text++) {
        if (*text == '|') kd_str_add_char(out, '\\');
        kd_str_add_char(out, *text);
    }
}

const char *kd_schema_type_word(const kd_setting *row)
{
    static const char *const types[] = {
        [KD_SETTING_BOOL] = "bool", [KD_SETTING_INT] = "int",     [KD_SETTING_REAL] = "real",
        [KD_SETTING_TEXT] = "text", [KD_SETTING_CHOICE] = "text",
    };
    return types[row->type];
}

static void add_row(const kd_setting *row, const char *prefix, kd_str *out)
{
    kd_str_addf(out, "| `%s%s` | %s | ", prefix, row->key, kd_schema_type_word(row));
    if (*row->fallback) kd_str_addf(out, "`%s`", row->fallback);
    kd_str_add(out, " | ");
    kd_schema_add_range(row, out);
    kd_str_addf(out, " | %s | ", row->used_by ? row->used_by : "");
    add_cell(row->help, out);
    kd_str_add(out, " |\n");
}

/* What no study sets is no part of the page. */
static bool follows(const kd_setting *row, const char *prefix)
{
    char *key = kd_sprintf("%s%s", prefix, row->key);
    int   number = kd_schema_find(key);
    free(key);
    return number >= 0 && kd_schema_rows(NULL)[number].follows;
}

static void add_table(const kd_setting *table, const char *prefix, kd_str *out)
{
    kd_str_add(out, "\n| key | type | default | values | only for | meaning |\n"
                    "|---|---|---|---|---|---|\n");
    for (; table->key; table++)
        if (!follows(table, prefix)) add_row(table, prefix, out);
}

/* The first room that has the same rows. */
static const kd_schema_room *first_with(const kd_setting *table)
{
    const kd_schema_room *room = kd_schema_rooms;
    while (kd_schema_table(room) != table) room++;
    return room;
}

static void add_room(const kd_schema_room *room, kd_str *out)
{
    const kd_schema_room *first = first_with(kd_schema_table(room));
    kd_str_addf(out, "\n%s\n", room->about);
    if (first == room)
        add_table(kd_schema_table(room), room->prefix, out);
    else
        kd_str_addf(out, "\n`%s%s` and so on: the keys of `%s%s` and so on.\n", room->prefix,
                    kd_schema_table(room)->key, first->prefix, kd_schema_table(room)->key);
}

void kd_schema_document(kd_str *out)
{
    const char *last = NULL;
    kd_str_add(out, opening);
    kd_str_add(out, "\n## What fits which\n\nA network's head follows from the task. The methods "
                    "are those by which an "
                    "encoder\ncan teach a student of the kind; which sizes have to agree, "
                    "docs/METHODS.md says.\n\n");
    kd_fits_print(out);
    for (const kd_schema_room *room = kd_schema_rooms; room->prefix; room++) {
        if (!last || strcmp(last, room->prefix) != 0) {
            size_t length = strlen(room->prefix);
            kd_str_addf(out, "\n## %.*s\n", length ? (int)length - 1 : 4,
                        length ? room->prefix : "cell");
        }
        last = room->prefix;
        add_room(room, out);
    }
    kd_str_add(out, "\n## slurm\n\nThe job that `kdgrid submit` writes; beside `study`, not inside "
                    "it. What the file leaves open a\n"
                    "site's own file says, in a group of the same keys (`$KDGRID_SITE`, else "
                    "`~/.config/kdgrid/site.cfg`;\n"
                    "docs/SLURM.md).\n");
    add_table(kd_slurm_settings, "slurm.", out);
}
