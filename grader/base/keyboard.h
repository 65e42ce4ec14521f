/* keyboard.h - single keys from a terminal, and a terminal that is always given back as it was.
 *
 * Between open and close the terminal hands over each key at once and does not echo it; Ctrl-C and
 * Ctrl-Z still work. Signals become bytes in a pipe, so that one poll waits for them as for
 * everything else: keyboard_fd for keys, keyboard_signal_fd for signals.
 *
 * The settings are restored by close, at exit, when the program is stopped with Ctrl-Z, and before
 * it dies of a signal that it did not expect.
 *
 * Threads: one, and one keyboard in a program: signals belong to the process.
 * Interface: keyboard_open keyboard_close keyboard_fd keyboard_signal_fd keyboard_key
 *            keyboard_signal keyboard_stop
 */
#ifndef SYSLAB_GRADER_KEYBOARD_H
#define SYSLAB_GRADER_KEYBOARD_H

#include <stdbool.h>

/* Catch SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP and SIGWINCH, and take the terminal of stdin if it
 * is one. Returns: 0, or -errno with nothing changed. */
int keyboard_open(void);
void keyboard_close(void);

/* The descriptor to poll for keys, or -1: stdin is no terminal, or has ended. */
int keyboard_fd(void);
int keyboard_signal_fd(void);

/* The next key, or 0 when there is none (any more). */
char keyboard_key(void);

/* The next signal that came, or 0. */
int keyboard_signal(void);

/* Stop as Ctrl-Z asked, with the terminal as it was; returns when the shell lets us go on. */
void keyboard_stop(void);

#endif
