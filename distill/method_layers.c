/* method_layers.c - student layers beside teacher layers.
 *
 *     L student layers, M = r L teacher layers:     student l  <-  teacher r l
 *
 * Rows are packed, so a mean over rows or over elements of a map is over real pieces alone. */
#include "distill/method_internal.h"

int kd_lesson_layers(const kd_lesson *lesson)
{
    return lesson->student.hidden_count - 1;
}

int kd_lesson_stride(const kd_lesson *lesson)
{
    return (lesson->teacher->hidden_count - 1) / kd_lesson_layers(lesson);
}

kd_tensor *kd_pair_mse(kd_tape *tape, kd_tensor *student, const float *teacher)
{
    return kd_op_mse(tape, student, teacher, NULL);
}

kd_tensor *kd_pair_cosine(kd_tape *tape, kd_tensor *student, const float *teacher)
{
    return kd_op_cosine(tape, student, teacher, NULL);
}

kd_tensor *kd_pair_map_kl(kd_tape *tape, kd_tensor *student, const float *teacher)
{
    return kd_op_map_kl(tape, student, teacher);
}

kd_tensor *kd_lesson_pairs(const kd_lesson *lesson, int count, kd_tensor *const *student,
                           kd_tensor *const *teacher, kd_pair_loss *loss, double factor)
{
    kd_tensor **terms = kd_tape_alloc(lesson->tape, (size_t)count, sizeof *terms);
    double     *weights = kd_tape_alloc(lesson->tape, (size_t)count, sizeof *weights);
    int         stride = kd_lesson_stride(lesson);
    for (int i = 0; i < count; i++) {
        const kd_tensor *of = teacher[i * stride];
        KD_CHECK(kd_tensor_len(student[i]) == kd_tensor_len(of), "pair %d of different sizes", i);
        terms[i] = loss(lesson->tape, student[i], of->x);
        weights[i] = factor;
    }
    return kd_op_weighted_sum(lesson->tape, count, terms, weights);
}
