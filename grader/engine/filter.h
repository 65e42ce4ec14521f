/* filter.h - the seccomp programs that jobs run under.
 *
 * A refused call fails with EPERM (or ENOSYS where a C library then falls back to an older call),
 * so a program that asks by habit goes on and one that insists gets nothing. Refused always:
 * tracing other processes, mounts, namespaces, keys, loading code into the kernel, io_uring, bpf,
 * sockets, and changing identity. Threads and processes are refused where the exercise has none.
 *
 * Interface: filter_set_create filter_set_destroy filter_set_pick
 */
#ifndef SYSLAB_GRADER_FILTER_H
#define SYSLAB_GRADER_FILTER_H

enum filter_allow {
    FILTER_THREADS = 1,   /* pthread_create */
    FILTER_PROCESSES = 2, /* fork */
    FILTER_TRACING = 4,   /* the leak sanitizer stops its own threads by ptrace */
};

enum { FILTER_COMBINATIONS = 8 };

struct filter_set {
    int programs[FILTER_COMBINATIONS]; /* memory files, read by pread only */
};

/* Returns: 0, or -errno and nothing is open. */
int filter_set_create(struct filter_set *set);
void filter_set_destroy(struct filter_set *set);

/* The program for a combination of enum filter_allow. Owns: the set keeps it. Threads: any. */
int filter_set_pick(const struct filter_set *set, unsigned allow);

#endif
