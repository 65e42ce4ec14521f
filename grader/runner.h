/* runner.h - the parts of `runner`, the first process in a sandbox: see runner_protocol.h.
 *
 *     runner.c        the conversation with the grader
 *     runner_job.c    from a request to a running job: namespaces, mounts, limits, exec
 *     runner_watch.c  memory, CPU time and deadlock, seen from outside the job
 *
 * It is static, has no student code in it, and trusts only its socket.
 *
 * Interface: runner_job_start runner_job_finish runner_watch
 */
#ifndef SYSLAB_GRADER_RUNNER_H
#define SYSLAB_GRADER_RUNNER_H

#include <stdbool.h>
#include <sys/types.h>

#include "grader/runner_protocol.h"

/* A request as received: its strings in place, its descriptors open. */
struct runner_job {
    struct runner_request request;
    char text[RUNNER_MESSAGE_MAX_BYTES];
    char *arguments[RUNNER_WORDS_MAX + 1];
    char *variables[RUNNER_WORDS_MAX + 1];
    int descriptors[RUNNER_DESCRIPTORS_MAX];
    int descriptor_count;
    bool namespaces;
    pid_t init;    /* the job's own first process */
    int report_fd; /* where it says how the subject ended: one struct runner_result */
};

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
