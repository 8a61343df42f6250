/* completion.c - `kdgrid completion bash|zsh`: what their TAB key asks, made from the tables of all verbs.
 *
 * The script holds every list, so a TAB starts no program; ids come from the names in a store's folder.
 *
 *     _kdgrid_verb VERB           sets subs, options, usage       of a verb, "" for the program
 *     _kdgrid_takes VERB OPTION   sets kind                       what the option's value is, "" for a flag
 *     _kdgrid_setting KEY         sets kind                       what the setting's value is
 *     _kdgrid_find WORD...        sets candidates, begin, files   for the last word, after `kdgrid`
 *
 * These are in the language that bash shares with zsh's `emulate ksh`. A kind is what the help calls a value
 * (DIR, KEY=VALUE), or after a '=' the words that it is one of, or both (DIR=none trained). Of the last word `begin` is what stays as it
 * is, so "--format=" or "-D student.kind="; candidates are for what comes after it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cmd/tour.h"
#include "harness/config/schema.h"
#include "harness/fetch/sets.h"
#include "harness/review/shelf.h"
#include "results/page/figures.h"

/* ---- the lists ---- */

typedef struct {
    kd_str verbs, takes;
} lists;

/* Between single quotes; our tables hold none, and one would end the script's text. */
static void add_quoted(kd_str *out, const char *text)
{
    kd_str_add_char(out, '\'');
    for (; *text; text++)
        if (*text == '\'')
            kd_str_add(out, "'\\''");
        else
            kd_str_add_char(out, *text);
    kd_str_add_char(out, '\'');
}

static void add_table(kd_str *out, const char *name, const kd_verb_table *table)
{
    kd_str_add(out, "    ");
    add_quoted(out, name);
    kd_str_add(out, ") subs='");
    for (int i = 0; i < table->count; i++)
        kd_str_addf(out, "%s%s", i ? " " : "", table->verbs[i].name);
    kd_str_add(out, "' options=--help ;;\n");
}

static void list_table(void *user, const kd_tour_stop *stop, const kd_verb_table *table)
{
    lists *l = user;
    add_table(&l->verbs, stop->name, table);
}

static void add_taker(kd_str *out, const char *verb, const kd_arg *row)
{
    kd_str_addf(out, "    '%s --%s'", verb, row->name);
    if (row->letter) kd_str_addf(out, "|'%s -%c'", verb, row->letter);
    kd_str_add(out, ") kind=");
    bool  is_path = kd_list_has("DIR PATH", row->value);
    char *kind = row->choices ? kd_sprintf("%s=%s", is_path ? row->value : "", row->choices)
                              : kd_strdup(row->value);
    add_quoted(out, kind);
    kd_str_add(out, " ;;\n");
    free(kind);
}

static void list_verb(void *user, const kd_tour_stop *stop, const kd_args *args)
{
    lists *l = user;
    kd_str_add(&l->verbs, "    ");
    add_quoted(&l->verbs, stop->name);
    kd_str_add(&l->verbs, ") options='");
    for (const kd_arg *row = args->table; row->name; row++) {
        kd_str_addf(&l->verbs, "--%s ", row->name);
        if (row->value) add_taker(&l->takes, stop->name, row);
    }
    kd_str_add(&l->verbs, "--help' usage=");
    add_quoted(&l->verbs, args->usage);
    kd_str_add(&l->verbs, " ;;\n");
}

static void add_settings(kd_str *out)
{
    size_t               count;
    const kd_schema_row *rows = kd_schema_rows(&count);
    kd_str_add(out, "_kdgrid_keys='");
    for (size_t i = 0, listed = 0; i < count; i++)
        if (!rows[i].follows) kd_str_addf(out, "%s%s", listed++ ? " " : "", rows[i].key);
    kd_str_add(out, "'\n_kdgrid_setting()\n{\n    case $1 in\n");
    for (size_t i = 0; i < count; i++) {
        kd_str words = KD_STR_INIT;
        if (rows[i].setting->type == KD_SETTING_BOOL)
            kd_str_add(&words, "true false");
        else
            kd_setting_print_choices(rows[i].setting, &words);
        if (words.length)
            kd_str_addf(out, "    %s) kind='=%s' ;;\n", rows[i].key, words.text);
        else if (rows[i].setting->flags & KD_ROW_PATH)
            kd_str_addf(out, "    %s) kind=FILE ;;\n", rows[i].key);
        kd_str_fini(&words);
    }
    kd_str_add(out, "    *) kind= ;;\n    esac\n}\n\n");
}

/* As they are where the script is made; none where the program has no files beside it. */
static void add_templates(kd_str *out)
{
    kd_shelf shelf;
    kd_error none;
    kd_str   names = KD_STR_INIT;
    if (kd_shelf_open(&shelf, &none) == KD_OK)
        for (size_t i = 0; i < shelf.items.count; i++)
            if (shelf.items.items[i].kind != KD_SHELF_PART)
                kd_str_addf(&names, "%s%s", i ? " " : "", shelf.items.items[i].name);
    kd_shelf_close(&shelf);
    kd_str_add(out, "_kdgrid_templates=");
    add_quoted(out, names.text);
    kd_str_add(out, "\n\n");
    kd_str_fini(&names);
}

/* The words that usages do not list. */
static void add_words(kd_str *out)
{
#define X(name, by_score, summary) "|" #name
    static const char figures[] = KD_FIGURES(X);
#undef X
    kd_str_addf(out, "_kdgrid_figures='%s'\n_kdgrid_sets='", figures + 1);
    for (size_t i = 0; i < kd_fetch_set_count; i++)
        kd_str_addf(out, "%s%s", i ? " " : "", kd_fetch_sets[i].name);
    kd_str_add(out, "'\n\n");
}

static kd_status add_lists(kd_str *out, kd_error *err)
{
    lists     l = { KD_STR_INIT, KD_STR_INIT };
    kd_status status = kd_tour((kd_tour_visitor){ list_table, list_verb, &l }, err);
    kd_str_add(out, "_kdgrid_verb()\n{\n    subs= options= usage=\n    case $1 in\n");
    add_table(out, "", kd_cmd_program());
    kd_str_addf(out, "%s    esac\n}\n\n_kdgrid_takes()\n{\n    case \"$1 $2\" in\n", l.verbs.text);
    kd_str_addf(out, "%s    *) kind= ;;\n    esac\n}\n\n", l.takes.text);
    add_settings(out);
    add_templates(out);
    add_words(out);
    kd_str_fini(&l.verbs);
    kd_str_fini(&l.takes);
    return status;
}

/* ---- what is done with them ---- */

static const char finding[] =
    "# Those of the words $2... that begin with $1.\n"
    "_kdgrid_offer()\n"
    "{\n"
    "    local start=$1 item\n"
    "    shift\n"
    "    for item; do\n"
    "        case $item in \"$start\"*) candidates+=(\"$item\") ;; esac\n"
    "    done\n"
    "}\n"
    "\n"
    "# Ids of the store, by the names of its objects; of a full one only by their folders at "
    "first.\n"
    "_kdgrid_ids()\n"
    "{\n"
    "    local start=$1 item\n"
    "    case $start in *[!0-9a-f]*) return ;; esac\n"
    "    local folders=(\"$store\"/objects/[0-9a-f][0-9a-f])\n"
    "    if [ ${#start} -lt 2 ] && [ ${#folders[@]} -gt 250 ]; then\n"
    "        for item in \"$store\"/objects/\"$start\"*; do\n"
    "            [ ! -e \"$item\" ] || _kdgrid_offer \"$start\" \"${item##*/}\"\n"
    "        done\n"
    "        return\n"
    "    fi\n"
    "    local two=$start\n"
    "    [ ${#start} -lt 2 ] || two=${start:0:2}\n"
    "    for item in \"$store\"/objects/\"$two\"*/\"$start\"*.h5; do\n"
    "        [ -e \"$item\" ] || continue\n"
    "        item=${item##*/}\n"
    "        _kdgrid_offer \"$start\" \"${item%.h5}\"\n"
    "    done\n"
    "}\n"
    "\n"
    "# A value of a kind that begins with $2.\n"
    "_kdgrid_value()\n"
    "{\n"
    "    local start=$2 key\n"
    "    case $1 in\n"
    "    =*) _kdgrid_offer \"$start\" ${1#=} ;;\n"
    "    KEY=VALUE)\n"
    "        case $start in\n"
    "        *=*)\n"
    "            key=${start%%=*}\n"
    "            begin=$begin$key=\n"
    "            _kdgrid_setting \"$key\"\n"
    "            _kdgrid_value \"$kind\" \"${start#*=}\" ;;\n"
    "        *)\n"
    "            for key in $_kdgrid_keys; do\n"
    "                case $key in \"$start\"*) candidates+=(\"$key=\") ;; esac\n"
    "            done ;;\n"
    "        esac ;;\n"
    "    KEY | KEY,*) _kdgrid_offer \"$start\" $_kdgrid_keys ;;\n"
    "    TEMPLATE) _kdgrid_offer \"$start\" $_kdgrid_templates ;;\n"
    "    CELL) _kdgrid_offer \"$start\" best; _kdgrid_ids \"$start\" ;;\n"
    "    DIR | FOLDER | STORE) files=dirs ;;\n"
    "    *FILE* | PATH | CORPUS | *.cfg | *.h5) files=files ;;\n"
    "    ?*=*) _kdgrid_offer \"$start\" ${1#*=}; _kdgrid_value \"${1%%=*}\" \"$start\" ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "# A word that is no option: a verb, what the usage lists, a cell, a file.\n"
    "_kdgrid_word()\n"
    "{\n"
    "    local first=${usage%%[ ]*}\n"
    "    [ -z \"$subs\" ] || { _kdgrid_offer \"$1\" $subs; return; }\n"
    "    case $verb in\n"
    "    plot) first=$_kdgrid_figures ;;\n"
    "    'data fetch') _kdgrid_offer \"$1\" $_kdgrid_sets; return ;;\n"
    "    esac\n"
    "    case $first in\n"
    "    *[!a-z\\|]* | '') ;;\n"
    "    *\\|*)\n"
    "        [ $plain -gt 0 ] || { _kdgrid_offer \"$1\" ${first//\\|/ }; return; }\n"
    "        usage=${usage#* }\n"
    "        first=${usage%%[ ]*} ;;\n"
    "    esac\n"
    "    case $usage in CELL* | MODEL* | *\\|CELL*) _kdgrid_value CELL \"$1\" ;; esac\n"
    "    case $first in \\[STORE* | STORE*) files=dirs ;; *) files=files ;; esac\n"
    "}\n"
    "\n"
    "_kdgrid_find()\n"
    "{\n"
    "    local verb= option= store=store helps= only= plain=0 kind subs options usage word\n"
    "    candidates=() begin= files=\n"
    "    _kdgrid_verb ''\n"
    "    while [ $# -gt 1 ]; do\n"
    "        word=$1\n"
    "        shift\n"
    "        if [ -n \"$option\" ]; then\n"
    "            case $option in --store | -s) store=$word ;; esac\n"
    "            option=\n"
    "            continue\n"
    "        fi\n"
    "        case $only$word in\n"
    "        --) only=/ ;;\n"
    "        --store=*) store=${word#*=} ;;\n"
    "        --*=*) ;;\n"
    "        -?*) _kdgrid_takes \"$verb\" \"$word\"; [ -z \"$kind\" ] || option=$word ;;\n"
    "        help) [ -n \"$verb\" ] || helps=yes ;;\n"
    "        *)\n"
    "            case \" $subs \" in\n"
    "            *\" $word \"*) verb=\"${verb:+$verb }$word\"; _kdgrid_verb \"$verb\" ;;\n"
    "            *) plain=$((plain + 1)) ;;\n"
    "            esac ;;\n"
    "        esac\n"
    "    done\n"
    "    word=$1\n"
    "    if [ -n \"$helps\" ]; then\n"
    "        [ $plain = 0 ] || return 0\n"
    "        [ -n \"$verb\" ] || subs=\"$subs config ${word:+$_kdgrid_keys}\"\n"
    "        _kdgrid_offer \"$word\" $subs\n"
    "    elif [ -n \"$option\" ]; then\n"
    "        _kdgrid_takes \"$verb\" \"$option\"\n"
    "        _kdgrid_value \"$kind\" \"$word\"\n"
    "    else\n"
    "        case $only$word in\n"
    "        --*=*)\n"
    "            begin=${word%%=*}=\n"
    "            _kdgrid_takes \"$verb\" \"${word%%=*}\"\n"
    "            _kdgrid_value \"$kind\" \"${word#*=}\" ;;\n"
    "        -D*)\n"
    "            begin=-D\n"
    "            _kdgrid_takes \"$verb\" -D\n"
    "            _kdgrid_value \"$kind\" \"${word#-D}\" ;;\n"
    "        -*) _kdgrid_offer \"$word\" $options ;;\n"
    "        *) _kdgrid_word \"$word\" ;;\n"
    "        esac\n"
    "    fi\n"
    "}\n"
    "\n";

/* bash splits words at '=', as COMP_WORDBREAKS says, and replaces the last part alone. */
static const char for_bash[] =
    "_kdgrid()\n"
    "{\n"
    "    local words=() word joins= i candidates begin files\n"
    "    for ((i = 1; i <= COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ ($word == = || -n $joins) && ${#words[@]} -gt 0 ]]; then\n"
    "            words[${#words[@]}-1]+=$word\n"
    "        else\n"
    "            words+=(\"$word\")\n"
    "        fi\n"
    "        joins=\n"
    "        [[ $word != = ]] || joins=yes\n"
    "    done\n"
    "    _kdgrid_find \"${words[@]}\"\n"
    "    word=${words[${#words[@]}-1]#\"$begin\"}\n"
    "    [[ $COMP_WORDBREAKS != *=* ]] || begin=${begin##*=}\n"
    "    COMPREPLY=(${candidates[@]+\"${candidates[@]/#/$begin}\"})\n"
    "    if [[ ${#candidates[@]} -eq 1 && ${candidates[0]} == *= ]]; then compopt -o nospace "
    "2>/dev/null; fi\n"
    "    if [[ -n $files ]]; then\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        if [[ $files == dirs ]]; then mapfile -t words < <(compgen -d -- \"$word\")\n"
    "        else mapfile -t words < <(compgen -f -- \"$word\"); fi\n"
    "        COMPREPLY+=(\"${words[@]/#/$begin}\")\n"
    "    fi\n"
    "}\n"
    "complete -F _kdgrid kdgrid\n";

static const char for_zsh[] =
    "_kdgrid()\n"
    "{\n"
    "    local -a candidates keys\n"
    "    local begin files\n"
    "    () { emulate -L ksh; setopt null_glob; _kdgrid_find \"$@\"; } "
    "\"${(@)words[2,CURRENT-1]}\" \"$PREFIX\"\n"
    "    [[ -z $begin ]] || compset -P \"${(b)begin}\"\n"
    "    keys=(${(M)candidates:#*=})\n"
    "    candidates=(${candidates:#*=})\n"
    "    (( ! $#keys )) || compadd -S '' -a keys\n"
    "    (( ! $#candidates )) || compadd -a candidates\n"
    "    case $files in\n"
    "    files) _files ;;\n"
    "    dirs) _files -/ ;;\n"
    "    esac\n"
    "}\n"
    "if [[ $funcstack[1] = _kdgrid ]]; then _kdgrid \"$@\"; else compdef _kdgrid kdgrid; fi\n";

/* ---- the verb ---- */

static kd_status print_script(const char *shell, kd_error *err)
{
    bool is_zsh = !strcmp(shell, "zsh");
    if (!is_zsh && strcmp(shell, "bash") != 0)
        return kd_fail(err, KD_EUSAGE, "completion: bash or zsh, not %s", shell);
    kd_str script = KD_STR_INIT;
    kd_str_addf(&script, "%s# Completion of kdgrid, made by `kdgrid completion %s`.\n\n",
                is_zsh ? "#compdef kdgrid\n" : "", shell);
    kd_status status = add_lists(&script, err);
    kd_str_add(&script, finding);
    kd_str_add(&script, is_zsh ? for_zsh : for_bash);
    if (status == KD_OK) fputs(script.text, stdout);
    kd_str_fini(&script);
    return status;
}

kd_status kd_cmd_completion(int argc, char **argv, kd_error *err)
{
    const kd_arg table[] = { KD_ARG_END };
    kd_args      args = {
             "completion", "bash|zsh",
             "Prints a script that completes verbs, options and their values, settings after "
                  "-D\nand ids of the store that --store names.\n\n"
                  "  bash    source <(kdgrid completion bash)\n"
                  "  zsh     kdgrid completion zsh >FOLDER/_kdgrid    a FOLDER of $fpath\n\n"
                  "`cmake --install` puts both where the shells look.",
             table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    status = kd_args_expect(&args, 1, 1, err);
    return status == KD_OK ? print_script(args.words[0], err) : status;
}
