/* sandbox_internal.h - between sandbox.c and sandbox_run.c. */
#ifndef SYSLAB_GRADER_SANDBOX_INTERNAL_H
#define SYSLAB_GRADER_SANDBOX_INTERNAL_H

#include <sys/types.h>

#include "grader/engine/sandbox.h"

struct sandbox {
    const struct sandbox_settings *settings;
    int socket;      /* to the runner */
    pid_t pid;       /* bubblewrap, or the runner without a sandbox */
    bool broken;     /* the conversation failed: only to be killed */
    uint32_t layers; /* that every job so far had */
    unsigned landlock_abi;
    char work[PATH_MAX], kit[PATH_MAX + 300];
};

static inline bool sandbox_has_namespaces(const struct sandbox *sandbox)
{
    return !(sandbox->settings->without & RUNNER_LAYER_NAMESPACES);
}

#endif
