/* cgroup.h - a control group for each job, where this machine lets us make one.
 *
 * Version 2 where the grader's own group hands out the memory and pids controllers, else version 1
 * where both hierarchies can be written. The group bounds what rlimits cannot: memory of all processes
 * together with what they left in memory files, and the number of processes also for root. The kernel
 * counts who was killed for memory, and whatever is still in the group can be killed by its list.
 *
 *     <own group>/syslab-<pid>_<number>     made before a job, removed after it
 *
 * Its folders are locked while its grader lives, so that what a killed one left can be told and swept.
 * The sweep kills nobody: graders of other users, containers and memory groups share a hierarchy, and
 * what it takes for left behind may be a running test. A killed grader's jobs end by their runner, whose
 * socket ends with the grader.
 * Without control groups everything else works: cgroup_base.version is 0, and reason says why.
 *
 * Interface: cgroup_base_init cgroup_base_fini cgroup_sweep cgroup_create cgroup_destroy
 *            cgroup_memory cgroup_kill
 */
#ifndef SYSLAB_GRADER_CGROUP_H
#define SYSLAB_GRADER_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* Where groups are made. Immutable after init. */
struct cgroup_base {
    int version;           /* 1 or 2; 0: nowhere */
    char memory[PATH_MAX]; /* of version 2: the only folder */
    char pids[PATH_MAX];
    bool moved; /* version 2: this process left its own group for a leaf, to hand out controllers */
    char reason[PATH_MAX + 100]; /* of version 0, in words */
};

/* Find the place, sweep it, and make a first group there. */
void cgroup_base_init(struct cgroup_base *base);
void cgroup_base_fini(struct cgroup_base *base);

/* Remove what killed graders left, as far as nobody is in it any more; what living graders made is locked
 * and stays. */
void cgroup_sweep(const struct cgroup_base *base);

struct cgroup {
    const struct cgroup_base *base; /* NULL: none */
    char name[64];
    int locks[2]; /* of its folders; version 2 has one */
    int entries
        [2]; /* what joins it: version 1, `tasks` of memory and of pids; 2, its folder, and -1 */
};

/* Returns: 0, or -errno and no group. Threads: any. */
int cgroup_create(const struct cgroup_base *base, uint64_t memory_bytes, uint64_t process_count,
                  struct cgroup *out);

enum cgroup_memory {
    CGROUP_MEMORY_SUFFICED,
    CGROUP_MEMORY_OVER_LIMIT, /* the kernel killed one of its processes for the group's own limit */
    CGROUP_MEMORY_TAKEN_AWAY, /* and for that of a group above, or of the machine: nobody's fault in it */
};
enum cgroup_memory cgroup_memory(const struct cgroup *group);

/* Kill until nobody is left, for a few seconds at most. Returns: 0, or -EBUSY. */
int cgroup_kill(const struct cgroup *group);

/* Kill and remove; harmless for a group that is none. */
void cgroup_destroy(struct cgroup *group);

#endif
