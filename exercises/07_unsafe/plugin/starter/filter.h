/* filter.h - what a host and its plugins agree on: things that text goes through.
 *
 * Both sides include this, and know nothing else of each other. A plugin is a shared object with a constant
 *
 *     const struct filter_table filter_table = { ... };
 *
 * Version 2.0: create, destroy, feed. 2.1: flush. A new minor version adds functions at the end; a new major
 * version changes all but the first four fields.
 *
 * Do not change this file: your submission is graded against the course's copy.
 */
#ifndef SYSLAB_EXERCISE_FILTER_H
#define SYSLAB_EXERCISE_FILTER_H

#include <stddef.h>
#include <stdint.h>

#define FILTER_SYMBOL "filter_table"
#define FILTER_MAGIC  UINT32_C(0x31544c46)

enum { FILTER_MAJOR = 2, FILTER_MINOR = 1 };

struct filter; /* the plugin's own, and closed to the host */

/* The host's, called by feed and flush with the context that they were given.
 * Returns: 0; or -errno, with which the filter stops and which it hands on. */
typedef int (*filter_emit_fn)(void *context, const char *bytes, size_t size_bytes);

struct filter_table {
    uint32_t magic;      /* FILTER_MAGIC */
    uint32_t size_bytes; /* of the table: how far it reaches */
    uint32_t major, minor;
    const char *name;
    /* 0 and *out, which goes back to destroy of the same plugin; or -errno. */
    int (*create)(struct filter **out);
    void (*destroy)(struct filter *filter);
    int (*feed)(struct filter *filter, const char *bytes, size_t size_bytes, filter_emit_fn emit,
                void *context);
    /* from 2.1 on: what the filter still holds back */
    int (*flush)(struct filter *filter, filter_emit_fn emit, void *context);
};

enum { FILTER_SIZE_2_0 = offsetof(struct filter_table, flush) };

#endif
