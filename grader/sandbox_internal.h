/* sandbox_internal.h - between sandbox.c and sandbox_run.c. */
#ifndef SYSLAB_GRADER_SANDBOX_INTERNAL_H
#define SYSLAB_GRADER_SANDBOX_INTERNAL_H

#include <sys/types.h>

#include "grader/sandbox.h"

struct sandbox {
    const struct sandbox_settings *settings;
    int socket;      /* to the runner */
    pid_t pid;       /* bubblewrap, or the runner without a sandbox */
    bool broken;     /* the conversation failed: only to be killed */
    uint32_t layers; /* as the runner said hello */
    char work[PATH_MAX], kit[PATH_MAX + 300];
};

#endif
