/* step.h - stop a function after so many instructions, wherever that is, and do something else there.
 *
 * A schedule of two threads is a place in the one at which the other runs. Threads find the places that
 * matter by luck; here each is visited, in one thread: the processor's trap flag stops the function after
 * every instruction, the signal's handler counts, and at the wanted one it runs the other thread's part.
 *
 *     for (size_t steps = 0; step_run(pop_one, NULL, steps, let_others_in, NULL); steps++)
 *         judge();
 *
 * The function is anybody's: it needs no hook, and cannot tell. If it holds a lock when it is stopped,
 * and the other part wants that lock, this never ends.
 *
 * On other machines than x86-64 no user program can do this; there the other part runs before the
 * function and nowhere else, and the tests with real threads have to do.
 *
 * Threads: one. Interface: step_run
 */
#ifndef SYSLAB_EXERCISES_STEP_H
#define SYSLAB_EXERCISES_STEP_H

#include <stdbool.h>
#include <stddef.h>

typedef void (*step_fn)(void *context);

/* Run function(context), and other(other_context) when about so many of its instructions were made: some
 * before and after it are the harness's.
 * Returns: true, or false if the function had come to its end before; then `other` was not run. */
bool step_run(step_fn function, void *context, size_t steps, step_fn other, void *other_context);

#endif
