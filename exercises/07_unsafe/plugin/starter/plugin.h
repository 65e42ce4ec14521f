/* plugin.h - a host for plugins that may be wrong, old, new, or still in use.
 *
 * A plugin is loaded, checked before anything of it is called, and unloaded when nobody uses it any more. A
 * stream is one of its filters at work, and keeps it loaded. What plugins look like is in filter.h.
 *
 * One thread. Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: plugin_load plugin_unload plugin_name plugin_streams
 *            stream_open stream_feed stream_flush stream_close
 */
#ifndef SYSLAB_EXERCISE_PLUGIN_H
#define SYSLAB_EXERCISE_PLUGIN_H

#include <stddef.h>

#include "filter.h"

/* Both in the caller's storage. Their fields are yours: the tests look at none. Use those that you want. */
struct plugin {
    void *library;
    const struct filter_table *table;
    size_t streams;
    void *spare[2];
};

struct stream {
    struct plugin *plugin;
    struct filter *filter;
    void *spare[2];
};

/* Load the plugin at path, which has a slash in it.
 * Returns: 0; *plugin then stays where it is until plugin_unload. On an error *plugin is as it was, nothing
 * stays loaded, and error, error_bytes long, says in words what is wrong (NULL and 0: say nothing):
 * -ENOENT no such file · -ENOEXEC the loader refuses it · -EPROTO it has no table, or not one that can be
 * used · -EPROTONOSUPPORT a table of another major version. */
int plugin_load(struct plugin *plugin, const char *path, char *error, size_t error_bytes);

/* Unload it. Returns: 0, and the storage is the caller's again; -EBUSY while a stream of it is open, and
 * nothing has changed. */
int plugin_unload(struct plugin *plugin);

/* As its table says; valid until it is unloaded. */
const char *plugin_name(const struct plugin *plugin);

/* Returns: how many streams of it are open. */
size_t plugin_streams(const struct plugin *plugin);

/* Put one of the plugin's filters to work.
 * Returns: 0; *stream then stays where it is until stream_close. What the plugin's create said, if that is an
 * error: *stream is then as it was, and so is the plugin. */
int stream_open(struct stream *stream, struct plugin *plugin);

/* Returns: what the plugin said. */
int stream_feed(struct stream *stream, const char *bytes, size_t size_bytes, filter_emit_fn emit,
                void *context);

/* Returns: what the plugin said; -ENOTSUP when its table has no flush. */
int stream_flush(struct stream *stream, filter_emit_fn emit, void *context);

/* Take the filter from work; the storage is the caller's again. */
void stream_close(struct stream *stream);

#endif
