/* plugin.c - the reference: every step is checked before the next relies on it.
 *
 *     the path     is there such a file?                -ENOENT
 *     the loader   a shared object, all symbols found?  -ENOEXEC
 *     the table    magic, length, functions?            -EPROTO
 *     its version  the same major?                      -EPROTONOSUPPORT
 *
 * The table is the plugin's word for what it is. Nothing behind its length is looked at: in an older plugin
 * other things of its lie there. Invariant: the library is loaded while streams is above 0, so that a
 * stream may call through its plugin's table at any time.
 */
#include "plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* ---- checks: each says what is wrong, or NULL -------------------------------------------------*/

static bool reaches(const struct filter_table *table, size_t size_bytes)
{
    return table->size_bytes >= size_bytes;
}

/* Length and functions. */
static const char *check_shape(const struct filter_table *table)
{
    if (!table)
        return "it has no symbol " FILTER_SYMBOL;
    if (table->magic != FILTER_MAGIC)
        return "its " FILTER_SYMBOL " is not the table of a filter";
    if (!reaches(table, FILTER_SIZE_2_0))
        return "its table is too short";
    return NULL;
}

static const char *check_functions(const struct filter_table *table)
{
    bool complete = table->name && table->create && table->destroy && table->feed;
    return complete ? NULL : "its table has gaps";
}

static int say(int number, const char *path, const char *words, char *error, size_t error_bytes)
{
    /* Into 0 bytes nothing is written, and NULL is right. */
    snprintf(error, error_bytes, "%s is not loaded: %s", path, words);
    return number;
}

static int check(const struct filter_table *table, const char *path, char *error,
                 size_t error_bytes)
{
    const char *wrong = check_shape(table);
    if (wrong)
        return say(-EPROTO, path, wrong, error, error_bytes);
    if (table->major != FILTER_MAJOR) /* a newer minor has only more behind what we know */
        return say(-EPROTONOSUPPORT, path, "it is made for another version", error, error_bytes);
    wrong = check_functions(table);
    return wrong ? say(-EPROTO, path, wrong, error, error_bytes) : 0;
}

/* ---- plugins ----------------------------------------------------------------------------------*/

int plugin_load(struct plugin *plugin, const char *path, char *error, size_t error_bytes)
{
    if (access(path, F_OK) != 0)
        return say(-ENOENT, path, "no such file", error, error_bytes);
    /* Now: a missing symbol is found out here, not at the first call. Local: no plugin sees another's names. */
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return say(-ENOEXEC, path, dlerror(), error, error_bytes);
    const struct filter_table *table = dlsym(library, FILTER_SYMBOL);
    int result = check(table, path, error, error_bytes);
    if (result) {
        dlclose(library);
        return result;
    }
    *plugin = (struct plugin){.library = library, .table = table, .streams = 0};
    return 0;
}

int plugin_unload(struct plugin *plugin)
{
    if (plugin->streams > 0)
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

/* ---- streams ----------------------------------------------------------------------------------*/

int stream_open(struct stream *stream, struct plugin *plugin)
{
    struct filter *filter;
    int result = plugin->table->create(&filter);
    if (result)
        return result;
    *stream = (struct stream){.plugin = plugin, .filter = filter};
    plugin->streams++;
    return 0;
}

int stream_feed(struct stream *stream, const char *bytes, size_t size_bytes, filter_emit_fn emit,
                void *context)
{
    return stream->plugin->table->feed(stream->filter, bytes, size_bytes, emit, context);
}

int stream_flush(struct stream *stream, filter_emit_fn emit, void *context)
{
    const struct filter_table *table = stream->plugin->table;
    /* The length decides and not the version: it says what is there. */
    bool has = reaches(table, offsetof(struct filter_table, flush) + sizeof(table->flush));
    return has && table->flush ? table->flush(stream->filter, emit, context) : -ENOTSUP;
}

void stream_close(struct stream *stream)
{
    stream->plugin->table->destroy(stream->filter);
    stream->plugin->streams--;
}
