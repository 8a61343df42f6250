/* launch_words.c - lines that begin with a mark, told on one side and heard on the other. */
#include "harness/dispatch/launch_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARK  "kdgrid-word: "
#define POINT "point "

/* One write, so that no other's words come between; there is nobody to complain to. */
static void tell(const char *word)
{
    char line[sizeof(kd_error) + 64];
    if (!kd_launch_is_watched()) return;
    int length = snprintf(line, sizeof line, MARK "%s\n", word);
    for (char *c = line; c < line + length - 1; c++)
        if (*c == '\n') *c = ' ';
    ssize_t ignored = write(STDOUT_FILENO, line, (size_t)length);
    (void)ignored;
}

bool kd_launch_is_watched(void)
{
    return getenv(KD_LAUNCH_WATCHED) != NULL;
}

static void tell_who(const char *state)
{
    char host[65] = "", text[128];
    gethostname(host, sizeof host - 1);
    snprintf(text, sizeof text, "%s %ld %s", state, (long)getpid(), host);
    tell(text);
}

void kd_launch_tell_up(void)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK"); /* MPI itself has not started */
    if (rank && strcmp(rank, "0") == 0) tell_who("up");
}

void kd_launch_tell_ready(void)
{
    tell_who("ready");
}

void kd_launch_tell_beat(void)
{
    tell("beat");
}

void kd_launch_tell_point(const kd_progress_point *point)
{
    kd_str word = KD_STR_INIT;
    kd_str_add(&word, POINT);
    kd_progress_point_print(point, &word);
    tell(word.text);
    kd_str_fini(&word);
}

void kd_launch_tell_end(kd_status status, const char *text)
{
    char word[sizeof(kd_error) + 32];
    snprintf(word, sizeof word, "end %d %s", kd_status_exit(status), status == KD_OK ? "" : text);
    tell(word);
}

static void note_who(kd_launch_words *w, const char *word)
{
    char state[8] = "", host[65] = "", here[65] = "";
    if (sscanf(word, "%7s %ld %64s", state, &w->pid, host) != 3) return;
    gethostname(here, sizeof here - 1);
    w->is_up = true;
    w->is_ready = strcmp(state, "ready") == 0;
    if (strcmp(host, here) != 0) w->pid = 0;
}

static void note_point(const kd_launch_words *w, char *words)
{
    kd_progress_point point = KD_PROGRESS_POINT_INIT;
    kd_progress_point_read(&point, words);
    if (w->on_point) w->on_point(w->user, &point);
}

static void note_word(kd_launch_words *w, char *word)
{
    int code, skip = 0;
    if (sscanf(word, "end %d %n", &code, &skip) == 1) {
        w->has_ended = true;
        w->status = kd_status_of_exit(code);
        kd_fail(&w->text, w->status, "%s", word + skip);
    } else if (strcmp(word, "beat") == 0) {
        w->is_at_work = true;
    } else if (kd_starts_with(word, POINT)) {
        note_point(w, word + strlen(POINT));
    } else {
        note_who(w, word);
    }
}

/* Whatever else ranks or mpirun have to say goes where it would have gone. */
static void note_line(kd_launch_words *w, char *line)
{
    line[strcspn(line, "\r")] = 0;
    if (kd_starts_with(line, MARK))
        note_word(w, line + strlen(MARK));
    else
        puts(line);
}

void kd_launch_hear(kd_launch_words *w, int pipe, double now_s)
{
    char    bytes[4096];
    ssize_t got;
    while (pipe >= 0 && (got = read(pipe, bytes, sizeof bytes)) > 0) {
        kd_str_add_bytes(&w->line, bytes, (size_t)got);
        w->heard_s = now_s;
    }
    char *at = w->line.text;
    for (char *end; (end = strchr(at, '\n')); at = end + 1) {
        *end = 0;
        note_line(w, at);
    }
    size_t rest = strlen(at);
    memmove(w->line.text, at, rest + 1);
    w->line.length = rest;
}
