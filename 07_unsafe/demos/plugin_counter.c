/* plugin_counter.c - a host: loads a counter, counts with it, and is told when it may not be unloaded.
 *
 *   plugin_counter [PLUGIN]          default: counter_plugin.so beside this program
 *
 * Expected output:
 *     loaded: plain counter
 *     now 12
 *     now 15
 *     the host refuses more than 20: Numerical result out of range
 *     still 15
 *     unload while in use: Device or resource busy
 *     unloaded
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "07_unsafe/demos/counter_plugin.h"

/* The host's side of the callback: its own data behind the context. */
static int show_and_limit(void *context, uint64_t value)
{
    if (value > *(const uint64_t *)context)
        return -ERANGE;
    printf("now %llu\n", (unsigned long long)value);
    return 0;
}

static int count(const struct counter_table *counters)
{
    struct counter *counter;
    uint64_t limit = 20;
    if (counters->create(&counter, 10) != 0)
        return 2;
    counters->add(counter, 2, show_and_limit, &limit);
    counters->add(counter, 3, show_and_limit, &limit);
    int error = counters->add(counter, 10, show_and_limit, &limit);
    printf("the host refuses more than 20: %s\n", strerror(-error));
    if (plugin_has(&counters->header, offsetof(struct counter_table, value),
                   sizeof(counters->value)))
        printf("still %llu\n", (unsigned long long)counters->value(counter));
    counters->destroy(counter);
    return 0;
}

/* Returns: the path of a file beside this program. */
static const char *beside_us(const char *name, char path[PATH_MAX])
{
    char own[PATH_MAX] = "";
    if (readlink("/proc/self/exe", own, sizeof(own) - 1) < 0)
        return name;
    snprintf(path, PATH_MAX, "%.*s/%s", PATH_MAX - 64, dirname(own), name);
    return path;
}

int main(int argc, char **argv)
{
    const struct plugin_need need = {COUNTER_INTERFACE, COUNTER_MAJOR, 0, COUNTER_SIZE_1_0};
    char path[PATH_MAX], error[256];
    struct plugin plugin;
    const char *file = argc > 1 ? argv[1] : beside_us("counter_plugin.so", path);
    if (plugin_open(&plugin, file, &need, error, sizeof(error)) != 0) {
        fprintf(stderr, "plugin_counter: %s\n", error);
        return 1;
    }
    const struct counter_table *counters = (const void *)plugin_acquire(&plugin);
    if (!counters)
        return 1;
    printf("loaded: %s\n", counters->header.name);
    int status = count(counters);
    printf("unload while in use: %s\n", strerror(-plugin_close(&plugin)));
    plugin_release(&plugin);
    if (plugin_close(&plugin) == 0)
        printf("unloaded\n");
    return status;
}
