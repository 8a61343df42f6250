/* cpu.c - which CPU this is, from /proc/cpuinfo. */
#include <stdio.h>
#include <string.h>

#include "harness/base/program.h"

static char model[128];

static void read_model(void)
{
    FILE *file = fopen("/proc/cpuinfo", "re");
    char  line[256];
    snprintf(model, sizeof model, "unknown");
    while (file && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon) continue;
        line[strcspn(line, "\n")] = 0;
        snprintf(model, sizeof model, "%s", colon + 2);
        break;
    }
    if (file) fclose(file);
}

const char *kd_program_cpu(void)
{
    if (!*model) read_model();
    return model;
}
