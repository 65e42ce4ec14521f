/* spawn.h - starts a program and waits for it.
 *
 * Descriptors are close-on-exec here as everywhere, so a program has the three standard streams and no more.
 *
 * Interface: struct spawn, spawn_start spawn_wait
 */
#ifndef SYSLAB_GRADER_SPAWN_H
#define SYSLAB_GRADER_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

struct spawn {
    const char *const
        *words; /* ended by NULL; the first is a path, or a name to look for in PATH */
    const char *const *environment; /* NULL: ours */
    int in, out, err;               /* what its standard streams are; -1: as ours */
    bool apart;                     /* in a process group of its own: Ctrl-C is not for it */
};

/* Returns: 0 and *child, to be waited for; or -errno: -ENOENT where there is no such program. */
int spawn_start(const struct spawn *program, pid_t *child);

/* Returns: 0 and what waitpid says of its end in *status, or -errno. Blocks: until it ends. */
int spawn_wait(pid_t child, int *status);

#endif
