/* load.h - keeps every core busy, to see what becomes of a measurement on a machine that is not idle.
 *
 * One thread for each core, which computes and walks through more memory than a core's own cache holds.
 * They end with load_stop, and with the process whatever ends it.
 *
 * Interface: load_start load_stop
 */
#ifndef SYSLAB_GRADER_LOAD_H
#define SYSLAB_GRADER_LOAD_H

struct load;

/* Returns: 0 and *out, or -errno; nothing runs then. Owns: load_stop. */
int load_start(struct load **out);

/* Returns: how many cores were kept busy, once all of the load has ended. */
unsigned load_stop(struct load *load);

#endif
