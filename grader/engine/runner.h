/* runner.h - the parts of `runner`, the first process in a sandbox: see runner_protocol.h.
 *
 *     runner.c        the conversation with the grader
 *     runner_job.c       from a request to a running job, and to its end: namespaces, mounts, processes
 *     runner_subject.c   the subject from fork to exec: limits, privileges, Landlock, filter
 *     runner_landlock.c  which files a job may use
 *     runner_watch.c     memory, CPU time and deadlock, seen from outside the job
 *
 * It is static, has no student code in it, and trusts only its socket.
 *
 * Interface: runner_job_start runner_job_finish runner_subject_become runner_landlock_abi
 *            runner_landlock_restrict runner_watch RUNNER_TRY
 */
#ifndef SYSLAB_GRADER_RUNNER_H
#define SYSLAB_GRADER_RUNNER_H

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "grader/engine/runner_protocol.h"

/* A request as received: its strings in place, its descriptors open. */
struct runner_job {
    struct runner_request request;
    char text[RUNNER_MESSAGE_MAX_BYTES];
    char *arguments[RUNNER_WORDS_MAX + 1];
    char *variables[RUNNER_WORDS_MAX + 1];
    int descriptors[RUNNER_DESCRIPTORS_MAX];
    int descriptor_count;
    unsigned flags; /* enum runner_flags */
    bool namespaces;
    unsigned landlock_abi;    /* 0: none, or taken away */
    const char *work, *kit;   /* as the job sees them */
    char scratch[PATH_MAX];   /* so too */
    pid_t init;               /* the job's own first process */
    int report_fd;            /* where it says how the subject ended: one struct runner_result */
    _Atomic uint32_t *layers; /* shared with the job until it execs: each layer that took hold */
};

/* What a step that failed was, for the report. */
struct runner_failure {
    const char *step;
    int error;
};

/* Return -1 from a function that has a `failure` if the call fails. */
#define RUNNER_TRY(call, name)                                                                     \
    do {                                                                                           \
        if ((call) < 0) {                                                                          \
            failure->step = (name);                                                                \
            failure->error = errno;                                                                \
            return -1;                                                                             \
        }                                                                                          \
    } while (0)

/* Relaxed is enough: the runner reads when the writers are dead. */
static inline void runner_confirm(const struct runner_job *job, enum runner_layer layer)
{
    atomic_fetch_or_explicit(job->layers, (uint32_t)layer, memory_order_relaxed);
}

/* In the forked child: put every layer around it and exec. Returns only on failure. */
void runner_subject_become(const struct runner_job *job, struct runner_failure *failure);

/* Returns: the version of Landlock that this kernel has, 0 for none. */
unsigned runner_landlock_abi(void);

/* Leave the calling process, and what it becomes, nothing but the files that the job needs, no network,
 * and no signal to anybody but its own. Returns: 0, or -1 and the failure. */
int runner_landlock_restrict(const struct runner_job *job, struct runner_failure *failure);

/* Start the job; its descriptors are closed on this side whatever happens.
 * Returns: 0, or -errno and the step that failed. */
int runner_job_start(struct runner_job *job, const char **step);

/* Wait until everything that the job started is dead, after killing it if it still runs. */
void runner_job_finish(struct runner_job *job, bool kill_first, struct runner_result *result);

/* What the watch remembers from one look to the next. The kernel forgets what a killed job used. */
struct runner_watch {
    unsigned looks_asleep; /* in a row */
    uint64_t cpu_ns, peak_bytes;
};

/* Look once at the processes below init.
 * Returns: RUNNER_END_ITSELF to go on, else why the job is to be ended. */
enum runner_end runner_watch(struct runner_watch *watch, const struct runner_job *job);

#endif
