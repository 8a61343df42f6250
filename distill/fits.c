/* fits.c - every kind, task and method put together. */
#include "distill/fits.h"

#include "distill/method.h"

static bool can_teach(const kd_method *method, kd_task task, kd_arch student)
{
    kd_distill_options options;
    kd_arch            teacher = student;
    kd_error           ignored;

    teacher.kind = KD_KIND_BERT;
    teacher.crf = student.crf = method->fits & KD_BOTH_CRF;
    kd_distill_defaults(&options, method);
    return kd_method_check(method, task, &ignored) == KD_OK &&
           kd_method_fits(method, &options, &student, &teacher, &ignored) == KD_OK;
}

static void print_row(kd_str *out, const kd_arch *student, kd_task task)
{
    const char *between = "";

    kd_str_addf(out, "| `%s` | `%s` | `%s` | ", kd_arch_kind(student)->name, kd_task_name(task),
                kd_head_word(student->head));
    for (int m = 0; kd_methods[m]; m++) {
        if (!can_teach(kd_methods[m], task, *student)) continue;
        kd_str_addf(out, "%s`%s`", between, kd_methods[m]->name);
        between = ", ";
    }
    kd_str_add(out, " |\n");
}

void kd_fits_print(kd_str *out)
{
    kd_str_add(out, "| student.kind | task | head | distill.method |\n|---|---|---|---|\n");
    for (kd_kind kind = 0; kind < KD_KIND_COUNT; kind++)
        for (kd_task task = KD_TASK_NER; (int)task < KD_TASK_COUNT; task++) {
            kd_arch  student;
            kd_error err;
            kd_arch_begin(&student, kind);
            kd_status status = kd_task_choose_head(task, &student, &err);
            KD_CHECK(status == KD_OK, "fits: %s", err.text);
            if (kd_arch_kind(&student)->heads & 1u << student.head) print_row(out, &student, task);
        }
}
