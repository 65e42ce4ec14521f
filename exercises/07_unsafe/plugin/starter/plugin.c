/* plugin.c - your host. The handout is README.md; the contract is plugin.h and filter.h.
 *
 * A good order of work, one red test after the other:
 *   1. plugin_load of a right plugin: dlopen, dlsym; struct plugin remembers both. plugin_name, plugin_unload.
 *   2. Streams: create, feed, flush, destroy.
 *   3. What can be wrong with a file, and then with a table; each way out undoes what was done before it.
 *   4. plugin_streams, and the unload that is refused.
 */
#include "plugin.h"

#include <dlfcn.h>

int plugin_load(struct plugin *plugin, const char *path, char *error, size_t error_bytes)
{
    (void)plugin, (void)path, (void)error, (void)error_bytes;
    return -1; /* steps 1 and 3 */
}

int plugin_unload(struct plugin *plugin)
{
    (void)plugin;
    return -1; /* steps 1 and 4 */
}

const char *plugin_name(const struct plugin *plugin)
{
    (void)plugin;
    return ""; /* step 1 */
}

size_t plugin_streams(const struct plugin *plugin)
{
    (void)plugin;
    return 0; /* step 4 */
}

int stream_open(struct stream *stream, struct plugin *plugin)
{
    (void)stream, (void)plugin;
    return -1; /* step 2 */
}

int stream_feed(struct stream *stream, const char *bytes, size_t size_bytes, filter_emit_fn emit,
                void *context)
{
    (void)stream, (void)bytes, (void)size_bytes, (void)emit, (void)context;
    return -1; /* step 2 */
}

int stream_flush(struct stream *stream, filter_emit_fn emit, void *context)
{
    (void)stream, (void)emit, (void)context;
    return -1; /* step 2 */
}

void stream_close(struct stream *stream)
{
    (void)stream; /* step 2 */
}
