/* effort.c - counting by the shapes of layers. */
#include "models/effort.h"

void kd_effort_linear(kd_effort *effort, double in, double out)
{
    effort->products += 2.0 * in * out;
    effort->passed += in + out;
}

void kd_effort_activated(kd_effort *effort, double in, double out)
{
    kd_effort_linear(effort, in, out);
    effort->curves += out;
}

/* Each direction has four gates and the cell, whose tanh is one more curve. */
void kd_effort_lstm(kd_effort *effort, double in, double hidden)
{
    for (int direction = 0; direction < 2; direction++) {
        kd_effort_linear(effort, in, 4.0 * hidden);
        effort->recurrent += 2.0 * hidden * 4.0 * hidden;
        effort->passed += hidden + 4.0 * hidden;
        effort->curves += 5.0 * hidden;
    }
}

/* Q K^T and P V; a row of every head's map. */
void kd_effort_attention(kd_effort *effort, double hidden, double heads, double length)
{
    effort->attention += 2.0 * 2.0 * length * hidden;
    effort->maps += heads * length;
}

void kd_effort_add_once(kd_effort *effort, const kd_effort *more, double length)
{
    effort->products += more->products / length;
    effort->passed += more->passed / length;
    effort->attention += more->attention / length;
    effort->maps += more->maps / length;
    effort->values += more->values / length;
    effort->curves += more->curves / length;
    effort->recurrent += more->recurrent / length;
}

double kd_effort_operations(const kd_effort *effort)
{
    return effort->products + effort->recurrent + effort->attention;
}
