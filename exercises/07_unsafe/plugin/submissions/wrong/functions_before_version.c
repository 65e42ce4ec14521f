/* Its functions are looked for before the version says whether this is where they are. */
#include "plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static bool is_there(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file >= 0)
        close(file);
    return file >= 0 || errno != ENOENT;
}

static bool is_a_table(const struct filter_table *table)
{
    return table->magic == FILTER_MAGIC;
}

static bool is_long_enough(const struct filter_table *table)
{
    return table->size_bytes >= FILTER_SIZE_2_0;
}

static bool is_of_our_version(const struct filter_table *table)
{
    return table->major == FILTER_MAJOR;
}

static bool is_complete(const struct filter_table *table)
{
    return table->name && table->create && table->destroy && table->feed;
}

static const struct {
    bool (*holds)(const struct filter_table *table);
    int error;
    const char *words;
} checks[] = {
    {is_a_table, -EPROTO, "that is not a filter's table"},
    {is_long_enough, -EPROTO, "the table is too short"},
    {is_complete, -EPROTO, "the table lacks something"},
    {is_of_our_version, -EPROTONOSUPPORT, "it is of another major version"},
};

static int fail(int number, char *error, size_t error_bytes, const char *words)
{
    if (error_bytes)
        snprintf(error, error_bytes, "%s", words);
    return number;
}

int plugin_load(struct plugin *plugin, const char *path, char *error, size_t error_bytes)
{
    int result = 0;
    if (!is_there(path))
        return fail(-ENOENT, error, error_bytes, "there is no such file");
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return fail(-ENOEXEC, error, error_bytes, dlerror());
    const struct filter_table *table = dlsym(library, FILTER_SYMBOL);
    if (!table)
        result = fail(-EPROTO, error, error_bytes, dlerror());
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && !result; i++)
        if (!checks[i].holds(table))
            result = fail(checks[i].error, error, error_bytes, checks[i].words);
    if (result) {
        dlclose(library);
        return result;
    }
    plugin->library = library;
    plugin->table = table;
    plugin->streams = 0;
    return 0;
}

int plugin_unload(struct plugin *plugin)
{
    if (plugin->streams)
        return -EBUSY;
    dlclose(plugin->library);
    return 0;
}

const char *plugin_name(const struct plugin *plugin)
{
    return plugin->table->name;
}

size_t plugin_streams(const struct plugin *plugin)
{
    return plugin->streams;
}

int stream_open(struct stream *stream, struct plugin *plugin)
{
    struct filter *filter = NULL;
    int result = plugin->table->create(&filter);
    if (result != 0)
        return result;
    stream->filter = filter;
    stream->plugin = plugin;
    plugin->streams++;
    return 0;
}

int stream_feed(struct stream *stream, const char *bytes, size_t size_bytes, filter_emit_fn emit,
                void *context)
{
    const struct filter_table *table = stream->plugin->table;
    return table->feed(stream->filter, bytes, size_bytes, emit, context);
}

int stream_flush(struct stream *stream, filter_emit_fn emit, void *context)
{
    const struct filter_table *table = stream->plugin->table;
    bool has_flush = table->size_bytes >= FILTER_SIZE_2_0 + sizeof(table->flush) && table->flush;
    return has_flush ? table->flush(stream->filter, emit, context) : -ENOTSUP;
}

void stream_close(struct stream *stream)
{
    stream->plugin->table->destroy(stream->filter);
    stream->plugin->streams--;
}
