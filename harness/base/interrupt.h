/* interrupt.h - handlers of signals, beside work that uses the stack pointer as it likes.
 *
 * The kernel writes the frame of a handler below the stack pointer of whoever is interrupted. oneDNN's f32 products with
 * many terms let that register point into their work space, which is memory of the heap: such a frame would lie in
 * front of it, over whatever is there. So each of our handlers runs on a stack of its own.
 *
 * That is the main thread's, to which the kernel gives a signal of the process unless it is blocked there; other threads
 * do not handle any.
 */
#ifndef KD_BASE_INTERRUPT_H
#define KD_BASE_INTERRUPT_H

#include <stddef.h>

/* Let `handler` have these signals; `flags` are those of sigaction. To be called by the main thread; a child that is forked
 * keeps it, as it keeps its memory. */
void kd_interrupt_catch(const int *numbers, size_t count, void (*handler)(int), int flags);

#endif
