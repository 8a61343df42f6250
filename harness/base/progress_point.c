/* progress_point.c - numbers to words in pairs, and back. */
#include "harness/base/progress_point.h"

#include <string.h>

void kd_progress_point_print(const kd_progress_point *point, kd_str *out)
{
    kd_str_addf(out, "epoch %d epochs %d", point->epoch, point->epochs);
    if (!isnan(point->loss)) kd_str_addf(out, " loss %.6g", point->loss);
    if (!isnan(point->score)) kd_str_addf(out, " score %.6f", point->score);
}

static void take_pair(kd_progress_point *point, const char *name, const char *value)
{
    double number;
    if (!kd_parse_real(value, &number)) return;
    if (strcmp(name, "epoch") == 0) point->epoch = (int32_t)number;
    if (strcmp(name, "epochs") == 0) point->epochs = (int32_t)number;
    if (strcmp(name, "loss") == 0) point->loss = number;
    if (strcmp(name, "score") == 0) point->score = number;
}

void kd_progress_point_read(kd_progress_point *point, char *line)
{
    char *name, *value;
    while ((name = strsep(&line, " ")) && (value = strsep(&line, " ")))
        take_pair(point, name, value);
}
