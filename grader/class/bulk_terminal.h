/* bulk_terminal.h - bulk grading as the person who started it sees and ends it.
 *
 * SIGINT, SIGTERM and SIGHUP let the submissions under way finish, and say so at once. On a cluster they
 * leave the job at work: who loses a connection does not lose the class.
 *
 * Interface: bulk_run_watched
 */
#ifndef SYSLAB_GRADER_BULK_TERMINAL_H
#define SYSLAB_GRADER_BULK_TERMINAL_H

#include "grader/class/bulk.h"

/* bulk_run with its progress on stderr: on a terminal one line that is written over, elsewhere a line
 * for each that was graded. Sets bulk->done and bulk->context.
 * Threads: one at a time in a process, for signals are the process's. */
int bulk_run_watched(struct bulk *bulk);

#endif
