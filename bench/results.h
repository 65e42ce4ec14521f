/* results.h - the JSON rows that bench programs write, read back. Internal to bench/.
 *
 * A file is an array of objects, one for each row and peer:
 *     bench, work, peer     names
 *     ours_ns, peer_ns      medians, of one operation
 *     ratio                 median of ours / peer over the rounds; less than 1: ours is faster
 *     spread                distance between the quartiles of those ratios
 *     skipped               null, or the package that the peer lacked; then the figures are null
 *     floor                 the ratio promised against the fastest peer; 0: none
 *     fastest               whether this is that peer
 *     state                 "one thread"; of two threads "near", "far" or "mixed" (probe.h)
 *     samples               rounds behind the figures
 *
 * Interface: results_load results_free results_missed
 */
#ifndef SYSLAB_BENCH_RESULTS_H
#define SYSLAB_BENCH_RESULTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Strings are borrowed from the JSON. */
struct result {
    const char *bench, *work, *peer, *state;
    const char *skipped; /* NULL: measured */
    double ours_ns, peer_ns, ratio, spread, floor;
    bool fastest;
    unsigned samples;
};

struct results {
    json_t *json; /* the array */
    struct result *rows;
    size_t count;
};

/* Read a file. Returns: 0; -EINVAL for a file that cannot be read or has another shape, with a
 * message on stderr; -ENOMEM. Owns: free with results_free. */
int results_load(const char *path, struct results *out);
void results_free(struct results *results);

/* Whether this row's floor is not met. */
bool results_missed(const struct result *row);

#endif
