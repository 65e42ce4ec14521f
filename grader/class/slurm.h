/* slurm.h - Slurm's own programs, asked for the little that grading a class needs of them.
 *
 * A job is known by a name that is unique, not by its number: the name is written down before the job
 * is submitted, so no moment is left in which a job runs that nobody knows of. sacct is not asked: it
 * needs a database daemon that small clusters lack.
 * Partition, account and time limit are sbatch's to know: SBATCH_PARTITION, SBATCH_ACCOUNT,
 * SBATCH_TIMELIMIT, ... in the environment, or the cluster's defaults.
 *
 * Errors: -ENOENT without the program · -EAGAIN where the controller does not answer · -EPERM where
 * it refuses. `error` has the program's own last words.
 *
 * Interface: slurm_limit slurm_submit slurm_ask slurm_cancel
 */
#ifndef SYSLAB_GRADER_SLURM_H
#define SYSLAB_GRADER_SLURM_H

#include <stdbool.h>
#include <stddef.h>

/* MaxArraySize: the tasks of an array have numbers below it. */
int slurm_limit(unsigned *max_array_size, char *error, size_t error_bytes);

struct slurm_request {
    const char *name;
    const char *script;      /* a shell script, whole */
    const char *log;         /* for standard output and error; %a is the task */
    unsigned tasks, abreast; /* abreast: how many at once at most; 0 for any number */
};

/* Submit an array job whose tasks are numbered from 0, each with one core. Slurm is not to start a task
 * again where a machine was lost: it would wait two minutes first, and whoever submits knows better
 * what is left to do. Returns: 0 and the job's number in id. */
int slurm_submit(const struct slurm_request *request, char id[32], char *error, size_t error_bytes);

/* How a job is getting on. */
struct slurm_state {
    unsigned running, waiting; /* lines of squeue: pending tasks of an array share one */
    unsigned cancelled;        /* tasks, by a person */
    char id[32];               /* of the job, or "" where nothing of it is alive */
    char reason[80];           /* why the first of them waits; "" for none */
    char ends[200]; /* how tasks ended, as far as Slurm remembers: "NODE_FAIL 2, COMPLETED 1" */
};

/* The job of that name. Returns: 0, also where Slurm knows none: nothing runs or waits then; -EAGAIN where no
 * controller answers, which may pass; another -errno. The reason is in error. */
int slurm_ask(const char *name, struct slurm_state *out, char *error, size_t error_bytes);

/* Returns: 0, also where there is no such job. */
int slurm_cancel(const char *name, char *error, size_t error_bytes);

#endif
