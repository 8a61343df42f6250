/* interrupt.c - one stack for all handlers: none interrupts another. */
#include "harness/base/interrupt.h"

#include <signal.h>

/* The largest frame there is (AMX) takes 11 KiB; our handlers take next to nothing. */
static _Alignas(16) char stack[1 << 16];

/* One that is there already (a sanitizer's) serves as well. */
static void provide_stack(void)
{
    stack_t now, ours = { .ss_sp = stack, .ss_size = sizeof stack };
    if (sigaltstack(NULL, &now) == 0 && !(now.ss_flags & SS_DISABLE)) return;
    sigaltstack(&ours, NULL);
}

void kd_interrupt_catch(const int *numbers, size_t count, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags | SA_ONSTACK };
    provide_stack();
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < count; i++) sigaction(numbers[i], &action, NULL);
}
