/* symbols.h - what a program calls that is not its own: ours, harmless, or nothing that can be explored.
 *
 * The program's threads are ours, and so is its time; its runs are many. What it calls of the C library is real. That is
 * harmless for arithmetic and text, and wrong for what makes threads, waits, tells the time, or has an effect that the
 * next run would find. Such a program is refused by the name of what it calls.
 *
 * Interface: symbols_check
 */
#ifndef SYSLAB_INTERLEAVE_SYMBOLS_H
#define SYSLAB_INTERLEAVE_SYMBOLS_H

/* Returns: 0; -1, and a line on stderr for each call that cannot be explored. */
int symbols_check(const char *path);

#endif
