/* counter_plugin.h - an interface between a host and its plugins: things that count.
 *
 * Both sides include this, and nothing else of each other.
 * Version 1.0: create, destroy, add. 1.1: value.
 */
#ifndef SYSLAB_UNSAFE_DEMOS_COUNTER_PLUGIN_H
#define SYSLAB_UNSAFE_DEMOS_COUNTER_PLUGIN_H

#include "07_unsafe/plugin.h"

#define COUNTER_INTERFACE "counter"
enum { COUNTER_MAJOR = 1, COUNTER_MINOR = 1 };

struct counter; /* the plugin's own, and closed to the host */

/* Called by add with the context that it was given. Returns: 0, or -errno, which add hands on. */
typedef int (*counter_changed_fn)(void *context, uint64_t value);

struct counter_table {
    struct plugin_header header;
    /* Errors: -ENOMEM. Owns: the caller, who gives it back to destroy of the same plugin. */
    int (*create)(struct counter **out, uint64_t start);
    void (*destroy)(struct counter *counter);
    /* Errors: -EOVERFLOW, and what changed said; the counter is then as it was. */
    int (*add)(struct counter *counter, uint64_t amount, counter_changed_fn changed, void *context);
    /* from 1.1 on */
    uint64_t (*value)(const struct counter *counter);
};

enum { COUNTER_SIZE_1_0 = offsetof(struct counter_table, value) };

#endif
