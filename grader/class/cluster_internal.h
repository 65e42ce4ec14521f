/* cluster_internal.h - what cluster.c, which talks to Slurm, and cluster_collect.c, which talks to the tray,
 * share.
 *
 * Interface: struct cluster, cluster_plan cluster_collect cluster_give_up cluster_say cluster_now_s
 */
#ifndef SYSLAB_GRADER_CLUSTER_INTERNAL_H
#define SYSLAB_GRADER_CLUSTER_INTERNAL_H

#include "grader/class/bulk.h"
#include "grader/class/tray.h"

enum { CLUSTER_TRIES = 3 }; /* in a row, without one more grade */

/* A unit that is to be handed out. */
struct slot {
    const struct unit *unit;
    bool done;
    char *fault; /* the last grader_error that came back for it */
    size_t line; /* of the last list */
};

struct cluster {
    struct bulk *bulk;
    struct tray tray;
    struct slot *slots; /* sorted by id */
    size_t count, left;
    struct tray_list list;
    char program[PATH_MAX]; /* what the job's tasks execute */
    char job[32];           /* its number; "" before the first */
    char ends[200];         /* how its tasks ended */
    double news_s;          /* when something came back last */
};

/* The units that the store lacks. Each returns 0, or -errno after bulk_fail. */
int cluster_plan(struct cluster *cluster);

/* Take what came back into the store. */
int cluster_collect(struct cluster *cluster);

/* Give every unit that is left a grader_error with the reason. */
int cluster_give_up(struct cluster *cluster);

/* Tell the person who waits. */
void cluster_say(struct cluster *cluster, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The clock that only goes forward. Units: seconds. */
double cluster_now_s(void);

#endif
