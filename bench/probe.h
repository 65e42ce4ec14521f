/* probe.h - how far apart the two cores are at this moment.
 *
 * A virtual machine's cores are moved about by its host: a cache line that two threads write in
 * turn takes 60 to 130 ns for a round trip while they are near, and over 400 ns while they are far.
 * A row with two threads then differs fivefold, and says nothing without the state that it was
 * taken in. The probe bounces one line between the caller and a helper thread and times the round
 * trip.
 *
 * Between probes the helper sleeps. That it exists matters to every row: glibc leaves out atomic
 * instructions, in malloc too, as long as a process has only ever had one thread.
 *
 * Threads: one caller. Interface: probe_start probe_state probe_state_name probe_classify
 */
#ifndef SYSLAB_BENCH_PROBE_H
#define SYSLAB_BENCH_PROBE_H

enum probe_state {
    PROBE_NEAR,
    PROBE_FAR,
    PROBE_MIXED, /* moved in between, or a core was taken by someone else */
    PROBE_STATE_COUNT
};

/* Start the helper, once a process. Returns: 0, or -errno of the thread that could not start. */
int probe_start(void);

/* Bounce the line for up to some milliseconds. Returns: PROBE_NEAR, PROBE_FAR or PROBE_MIXED. */
enum probe_state probe_state(void);

/* The state that a round trip of so many nanoseconds tells of. */
enum probe_state probe_classify(double round_trip_ns);

/* "near", "far", "mixed". */
const char *probe_state_name(enum probe_state state);

#endif
