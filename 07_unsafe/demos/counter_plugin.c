/* counter_plugin.c - a plugin for counter_plugin.h.
 *
 * The tests build it in other ways too, each wrong in one: COUNTER_AS_* below.
 */
#include <errno.h>
#include <stdlib.h>

#include "07_unsafe/demos/counter_plugin.h"

struct counter {
    uint64_t value;
};

static int create(struct counter **out, uint64_t start)
{
    struct counter *counter = malloc(sizeof(*counter));
    if (!counter)
        return -ENOMEM;
    counter->value = start;
    *out = counter;
    return 0;
}

static void destroy(struct counter *counter)
{
    free(counter);
}

static int add(struct counter *counter, uint64_t amount, counter_changed_fn changed, void *context)
{
    uint64_t value;
    if (__builtin_add_overflow(counter->value, amount, &value))
        return -EOVERFLOW;
    int error = changed ? changed(context, value) : 0;
    if (!error)
        counter->value = value;
    return error;
}

static uint64_t value_of(const struct counter *counter)
{
    return counter->value;
}

#if defined(COUNTER_AS_UNRESOLVED)
int nobody_defines_this(void);
int counter_calls_it(void);
int counter_calls_it(void)
{
    return nobody_defines_this();
}
#endif

#ifndef COUNTER_AS_MAJOR
#define COUNTER_AS_MAJOR COUNTER_MAJOR
#endif
#ifndef COUNTER_AS_MINOR
#define COUNTER_AS_MINOR COUNTER_MINOR
#endif
#ifndef COUNTER_AS_INTERFACE
#define COUNTER_AS_INTERFACE COUNTER_INTERFACE
#endif
#ifndef COUNTER_AS_SIZE
#define COUNTER_AS_SIZE sizeof(struct counter_table)
#endif
#ifndef COUNTER_AS_MAGIC
#define COUNTER_AS_MAGIC PLUGIN_MAGIC
#endif
#ifndef COUNTER_AS_NAME
#define COUNTER_AS_NAME "plain counter"
#endif
#ifdef COUNTER_AS_GAP
#define value_of (1 ? NULL : value_of)
#endif
#ifdef COUNTER_AS_NAMELESS
#define plugin_table plugin_table_by_another_name
#endif

/* lesson: plugin-table */
extern const struct counter_table plugin_table;
const struct counter_table plugin_table = {
    .header = {.magic = COUNTER_AS_MAGIC,
               .size_bytes = COUNTER_AS_SIZE,
               .interface = COUNTER_AS_INTERFACE,
               .major = COUNTER_AS_MAJOR,
               .minor = COUNTER_AS_MINOR,
               .name = COUNTER_AS_NAME},
    .create = create,
    .destroy = destroy,
    .add = add,
    .value = value_of,
};
/* end lesson */
