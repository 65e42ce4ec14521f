/* rcu_settings.c - settings that are read all the time and replaced now and then.
 *
 * A writer makes a new version beside the old one and publishes it whole. Four readers check that the two
 * fields of what they read belong together, although both change with each version. The old versions are
 * retired: in the end all memory is back.
 *
 * Usage: demo_rcu_settings
 * Expected output:
 *     versions published: 2000
 *     versions torn: 0
 *     bytes left: 0
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "02_concurrency/epoch.h"
#include "02_concurrency/rcu.h"

enum { READERS = 4, VERSIONS = 2000 };

struct settings {
    struct reclaim_node node;
    unsigned version, twice; /* twice == 2 * version */
};

static struct allocator_counting counting;
static struct epoch epoch;
static _Atomic(struct settings *) current;
static atomic_uint torn;

static void settings_free(struct reclaim_node *node, struct allocator *allocator)
{
    struct settings *settings = container_of(node, struct settings, node);
    allocator_free(allocator, settings, sizeof(*settings), _Alignof(struct settings));
}

static struct settings *settings_make(unsigned version)
{
    struct settings *settings =
        allocator_alloc(&counting.base, sizeof(*settings), _Alignof(struct settings));
    if (!settings)
        abort();
    settings->version = version;
    settings->twice = 2 * version;
    return settings;
}

static void *read_settings(void *argument)
{
    struct epoch_thread *me;
    unsigned version = 0;
    (void)argument;
    if (epoch_join(&epoch, &me) != 0)
        abort();
    while (version < VERSIONS) {
        uint64_t outer = epoch_enter(me);
        struct settings *settings = rcu_read(&current);
        if (settings->twice != 2 * settings->version)
            atomic_fetch_add(&torn, 1);
        version = settings->version;
        epoch_leave(me, outer);
    }
    return NULL;
}

static void publish(struct epoch_thread *me, unsigned version)
{
    struct settings *old = rcu_replace(&current, settings_make(version));
    if (old)
        epoch_retire(me, &old->node, settings_free);
}

int main(void)
{
    pthread_t readers[READERS];
    struct epoch_thread *me;
    allocator_counting_init(&counting, allocator_system());
    epoch_init(&epoch, &counting.base, asymmetric_best());
    if (epoch_join(&epoch, &me) != 0)
        return 1;
    publish(me, 0);
    for (int i = 0; i < READERS; i++)
        if (pthread_create(&readers[i], NULL, read_settings, NULL) != 0)
            return 1;
    for (unsigned version = 1; version <= VERSIONS; version++)
        publish(me, version);
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    printf("versions published: %u\nversions torn: %u\n", rcu_read(&current)->version,
           atomic_load(&torn));
    epoch_retire(me, &rcu_replace(&current, NULL)->node, settings_free);
    epoch_fini(&epoch);
    printf("bytes left: %zu\n", allocator_counting_read(&counting).live_bytes);
    return 0;
}
