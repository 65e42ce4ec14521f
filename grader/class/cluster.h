/* cluster.h - grades the units of a class as a Slurm array job.
 *
 * The units that the store lacks are put on a tray (tray.h), a folder that all machines see, and a job is
 * submitted whose tasks run `syslab unit FOLDER TASK`. What comes back is collected as it comes.
 *
 * What counts is the records: Slurm is asked only whether the job is still alive. When it is not,
 * whatever the reason, the units without a record are submitted again; when three jobs in a row have
 * brought no unit its grade, each that is left gets a grader_error. A unit whose record is there is never
 * graded again, so a run that was stopped or killed goes on from the records, and finds a job that is
 * still alive by its name. A job that somebody cancelled ends the run: that was a wish.
 *
 * How many units a task has: as many tasks as units up to 64, so that there is work for every core;
 * beyond that up to 8 units a task, for starting one costs; and more only where the array would
 * outgrow Slurm's MaxArraySize. What is submitted again goes one unit a task as far as that
 * allows, so that one which kills its task takes no other with it.
 *
 * Interface: cluster_run cluster_units_a_task cluster_compiler_hash
 */
#ifndef SYSLAB_GRADER_CLUSTER_H
#define SYSLAB_GRADER_CLUSTER_H

#include "grader/class/bulk.h"

/* As bulk_run, by way of bulk->share. After bulk_stop the job goes on by itself. */
int cluster_run(struct bulk *bulk);

/* How many of so many units one task takes: one each up to 64 tasks, then more, up to 8; one where they are handed
 * out again, and more than 8 only where the array may not have enough tasks. */
unsigned cluster_units_a_task(size_t units, unsigned max_array_size, bool again);

/* The hash of the compiler that this machine would use. Returns: 0 or -errno. */
int cluster_compiler_hash(char out[65]);

#endif
