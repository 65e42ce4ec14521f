/* plugin_unload_broken.c - a function's address outlives the code that it points at.
 *
 * The table was taken, the library unloaded, and the function called. Where its code was, there is
 * nothing, or by now something else. The repair is plugin_counter.c: it holds the table while it
 * uses it, and unloading is refused meanwhile.
 *
 *   plugin_unload_broken
 *
 * Needs: address
 * Exit status: 1
 * Expected output:
 *     loaded: plain counter
 *     AddressSanitizer:DEADLYSIGNAL
 *     =================================================================
 *     ==...ERROR: AddressSanitizer: SEGV on unknown address ...
 *     ...
 */
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "07_unsafe/demos/counter_plugin.h"

int main(void)
{
    char own[PATH_MAX] = "", path[PATH_MAX];
    if (readlink("/proc/self/exe", own, sizeof(own) - 1) < 0)
        return 2;
    snprintf(path, sizeof(path), "%.*s/counter_plugin.so", PATH_MAX - 64, dirname(own));
    void *library = dlopen(path, RTLD_NOW);
    const struct counter_table *counters = library ? dlsym(library, PLUGIN_SYMBOL) : NULL;
    if (!counters)
        return 2;
    printf("loaded: %s\n", counters->header.name);
    fflush(stdout);
    int (*create)(struct counter **, uint64_t) = counters->create;
    dlclose(library);
    struct counter *counter;
    return create(&counter, 1);
}
