/* wrap.h - what the linker's --wrap leads a call of the explored program to. Internal to wrap_*.c.
 *
 * Interface: WRAP
 */
#ifndef SYSLAB_INTERLEAVE_WRAP_H
#define SYSLAB_INTERLEAVE_WRAP_H

/* The function that is called in place of `name`; main.c names it to the linker. */
#define WRAP(type, name, ...)                                                                      \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__)

#endif
