/* assert.h - ASSERT, for errors of the programmer.
 *
 * On in every build but those with NDEBUG. The condition must have no side effects: with NDEBUG it
 * is type-checked and never evaluated. A failed ASSERT stops the program where a debugger or a
 * sanitizer shows it; a library never prints and never exits, so there is no message.
 *
 * Interface: ASSERT(condition). Do not use it for what a user, a file or a peer may get wrong.
 */
#ifndef SYSLAB_UNSAFE_ASSERT_H
#define SYSLAB_UNSAFE_ASSERT_H

#ifdef NDEBUG
#define ASSERT(condition) ((void)sizeof(!(condition)))
#else
#define ASSERT(condition) ((condition) ? (void)0 : __builtin_trap())
#endif

#endif
