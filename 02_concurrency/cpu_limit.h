/* cpu_limit.h - how many threads can run at once here: by affinity and by the quota of the control groups.
 *
 * A machine of 64 cores may let a container use two cores' worth of time. A program that starts 64 threads there
 * gets its 200 ms of each 100 ms period used up in 3 ms, and then all of its threads stand still for the other 97.
 * Nothing in /proc/cpuinfo or in the affinity mask says so: the quota is in the control group, or in one above it.
 *
 *     affinity      sched_getaffinity(2): which cores this thread may run on (taskset, cpusets)
 *     quota, v2     cpu.max: "200000 100000" or "max 100000", in this group and in each one above it
 *     quota, v1     cpu.cfs_quota_us, cpu.cfs_period_us in the hierarchy of the controller cpu, likewise
 *
 * The count is the smaller of both, the quota rounded up: 1.5 cores are best used by two threads.
 *
 * Invariant: at least 1. What cannot be read or makes no sense is no limit.
 * Threads: any. Cost: some ten files are read: ask once. Errors: none; memory: none is kept.
 * Interface: cpu_limit_count cpu_limit_affinity cpu_limit_quota
 * Source: sched_getaffinity(2), cgroups(7), proc_pid_mountinfo(5); Linux Documentation/admin-guide/cgroup-v2.rst,
 *         "CPU", and scheduler/sched-bwc.rst.
 */
#ifndef SYSLAB_CONCURRENCY_CPU_LIMIT_H
#define SYSLAB_CONCURRENCY_CPU_LIMIT_H

/* Returns: how many threads of this process can run at once, at least 1. */
unsigned cpu_limit_count(void);

/* Returns: how many cores this thread may run on, at least 1. */
unsigned cpu_limit_affinity(void);

/* The quota of this process's control groups, in cores; root is put before every path that is read: "" for the
 * machine's own files. Returns: the cores, more than 0 and perhaps a fraction; 0 if there is no limit. */
double cpu_limit_quota(const char *root);

#endif
