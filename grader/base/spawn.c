#include "grader/base/spawn.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int give_streams(const struct spawn *program, posix_spawn_file_actions_t *actions)
{
    const int streams[] = {program->in, program->out, program->err};
    int failed = 0;
    for (int i = 0; i < 3 && !failed; i++)
        if (streams[i] >= 0)
            failed = posix_spawn_file_actions_adddup2(actions, streams[i], i);
    return failed;
}

static int start(const struct spawn *program, posix_spawn_file_actions_t *actions, pid_t *child)
{
    posix_spawnattr_t attributes;
    char *const *environment = program->environment ? (char *const *)program->environment : environ;
    int failed = posix_spawnattr_init(&attributes);
    if (failed)
        return failed;
    if (program->apart)
        failed = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    if (!failed)
        failed = give_streams(program, actions);
    if (!failed)
        failed = posix_spawnp(child, program->words[0], actions, &attributes,
                              (char *const *)program->words, environment);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

int spawn_start(const struct spawn *program, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return -failed;
    failed = start(program, &actions, child);
    posix_spawn_file_actions_destroy(&actions);
    return -failed;
}

int spawn_wait(pid_t child, int *status)
{
    while (waitpid(child, status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}
