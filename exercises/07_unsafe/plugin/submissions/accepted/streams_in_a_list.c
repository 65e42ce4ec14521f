/* The plugin counts no streams: it keeps a list of them, through the storage that each brings. What a table lacks is
 * taken from the host: flush is called through a copy of the table, as far as it reaches. */
#include "plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* plugin.spare[0]: the first open stream. stream.spare: the next and the one before. */
#define FIRST(plugin) ((plugin)->spare[0])
#define NEXT(stream)  ((stream)->spare[0])
#define PREV(stream)  ((stream)->spare[1])

__attribute__((format(printf, 3, 4))) static void tell(char *error, size_t error_bytes,
                                                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (error)
        vsnprintf(error, error_bytes, format, arguments);
    va_end(arguments);
}

static int judge(const struct filter_table *table)
{
    if (!table || table->magic != FILTER_MAGIC || table->size_bytes < FILTER_SIZE_2_0)
        return -EPROTO;
    if (table->major != FILTER_MAJOR)
        return -EPROTONOSUPPORT;
    if (!table->name || !table->create || !table->destroy || !table->feed)
        return -EPROTO;
    return 0;
}

int plugin_load(struct plugin *plugin, const char *path, char *error, size_t error_bytes)
{
    struct stat about;
    void *library = dlopen(path, RTLD_NOW);
    if (!library) {
        tell(error, error_bytes, "%s", dlerror());
        return stat(path, &about) == 0 ? -ENOEXEC : -ENOENT;
    }
    const struct filter_table *table = dlsym(library, FILTER_SYMBOL);
    int wrong = judge(table);
    if (wrong) {
        tell(error, error_bytes, "not a filter for version %d", FILTER_MAJOR);
        dlclose(library);
        return wrong;
    }
    memset(plugin, 0, sizeof(*plugin));
    plugin->library = library;
    plugin->table = table;
    return 0;
}

int plugin_unload(struct plugin *plugin)
{
    return FIRST(plugin) ? -EBUSY : dlclose(plugin->library);
}

const char *plugin_name(const struct plugin *plugin)
{
    return plugin->table->name;
}

size_t plugin_streams(const struct plugin *plugin)
{
    size_t count = 0;
    for (const struct stream *at = FIRST(plugin); at; at = NEXT(at))
        count++;
    return count;
}

int stream_open(struct stream *stream, struct plugin *plugin)
{
    struct stream opened = {.plugin = plugin};
    int result = plugin->table->create(&opened.filter);
    if (result)
        return result;
    struct stream *behind = NEXT(&opened) = FIRST(plugin);
    if (behind)
        PREV(behind) = stream;
    *stream = opened;
    FIRST(plugin) = stream;
    return 0;
}

int stream_feed(struct stream *stream, const char *bytes, size_t size_bytes, filter_emit_fn emit,
                void *context)
{
    return stream->plugin->table->feed(stream->filter, bytes, size_bytes, emit, context);
}

static int flush_nothing(struct filter *filter, filter_emit_fn emit, void *context)
{
    (void)filter, (void)emit, (void)context;
    return -ENOTSUP;
}

int stream_flush(struct stream *stream, filter_emit_fn emit, void *context)
{
    /* The functions that the table has as a whole; what it lacks is this host's. */
    struct filter_table known = {.flush = NULL};
    size_t size = stream->plugin->table->size_bytes;
    memcpy(&known, stream->plugin->table, size < sizeof(known) ? FILTER_SIZE_2_0 : sizeof(known));
    return (known.flush ? known.flush : flush_nothing)(stream->filter, emit, context);
}

void stream_close(struct stream *stream)
{
    struct stream *next = NEXT(stream), *prev = PREV(stream);
    stream->plugin->table->destroy(stream->filter);
    if (next)
        PREV(next) = prev;
    if (prev)
        NEXT(prev) = next;
    else
        FIRST(stream->plugin) = next;
}
