/* log.c - one write per line, so that lines of several processes do not mix. */
#include "harness/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/str.h"

#define LONGEST 2048 /* bytes of a line */

static int  shown = -1; /* a kd_log_level once it is known */
static char name[64];

static const char *const words[] = {
    [KD_LOG_ERROR] = "error: ", [KD_LOG_WARNING] = "warning: ", [KD_LOG_INFO] = ""
};

static int level_from_environment(void)
{
    static const char *const levels[] = { "error", "warning", "info" };
    const char              *asked = getenv("KDGRID_LOG");
    for (int i = 0; asked && i < 3; i++)
        if (strcmp(asked, levels[i]) == 0) return i;
    return KD_LOG_INFO;
}

void kd_log_set_level(kd_log_level level)
{
    shown = (int)level;
}

void kd_log_set_name(const char *who)
{
    snprintf(name, sizeof name, "%s", who);
}

static void say(kd_log_level level, const char *fmt, va_list args)
{
    if (shown < 0) shown = level_from_environment();
    if ((int)level > shown) return;

    char   words_said[LONGEST];
    kd_str line = KD_STR_INIT;
    vsnprintf(words_said, sizeof words_said, fmt, args);
    kd_str_addf(&line, "kdgrid: %s%s%s", words[level], name, *name ? ": " : "");
    kd_str_add_visible(&line, words_said, strlen(words_said));
    kd_str_add_char(&line, '\n');
    fflush(stderr);
    ssize_t ignored = write(STDERR_FILENO, line.text, line.length); /* nobody may be left to tell */
    (void)ignored;
    kd_str_fini(&line);
}

#define SAYS(function, level)           \
    void function(const char *fmt, ...) \
    {                                   \
        va_list args;                   \
        va_start(args, fmt);            \
        say(level, fmt, args);          \
        va_end(args);                   \
    }

SAYS(kd_log_error, KD_LOG_ERROR)
SAYS(kd_log_warning, KD_LOG_WARNING)
SAYS(kd_log_info, KD_LOG_INFO)

void kd_log_warnings(const char *lines)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        if (length) kd_log_warning("%.*s", (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
}
