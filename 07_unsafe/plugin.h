/* plugin.h - code that is loaded while the program runs, behind a table that says what it is.
 *
 * A plugin is a shared object with one symbol, plugin_table. Behind it is a header, and behind the
 * header the functions of some interface, which host and plugin have from one header file:
 *
 *     +--------------------------------+  struct plugin_header
 *     | magic, size of the whole table |  is this a table, and how much of it is there
 *     | interface "filter"             |  what for
 *     | major 1, minor 2               |  major: all differs; minor: functions were added at the end
 *     | name "rot13"                   |
 *     +--------------------------------+
 *     | create  run  destroy  ...      |  the interface's own, functions alone; the host casts the table to it
 *     +--------------------------------+
 *
 * One symbol and one table, so that nothing is called that was not checked first: dlsym finds any
 * name, and knows no types.
 *
 * A file that a disk or a copy damaged can crash the loader, or worse, load. So a plugin is sealed:
 * its last 16 bytes are a mark and a checksum of all before. A seal finds accidents. It is no
 * signature: whoever may write the file may run code here.
 *
 * Rules for an interface, which no code can check:
 *
 *     handles     opaque: the host holds a pointer to a struct that it cannot see into
 *     memory      what one side allocated, that side frees: each may have a malloc of its own
 *     callbacks   a function and a context, which is handed back untouched
 *     errors      numbers (0 or -errno) and text in a buffer of the caller's; no longjmp, no exit
 *     growth      new functions at the end, and minor + 1; whoever calls one asks plugin_has first
 *
 * Invariant: a plugin is unmapped only when nobody holds its table. After plugin_close said 0, no
 * address of it is valid.
 *
 * Do not: keep an address of a plugin's code or data after the release; install one as a signal or
 * atexit handler; load what strangers can write.
 *
 * Threads: acquire, release, has: any number at once. Open and close: one at a time for one plugin.
 * Interface: plugin_open plugin_close plugin_acquire plugin_release plugin_has plugin_seal
 * Source: dlopen(3), elf(5); Drepper, How To Write Shared Libraries, 2011; FNV-1a (Fowler, Noll, Vo).
 */
#ifndef SYSLAB_UNSAFE_PLUGIN_H
#define SYSLAB_UNSAFE_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLUGIN_SYMBOL "plugin_table"
#define PLUGIN_MAGIC  UINT32_C(0x50564c53) /* "SLVP", least significant byte first */

/* The beginning of every table. Its layout never changes. */
struct plugin_header {
    uint32_t magic;
    uint32_t size_bytes; /* of the whole table */
    const char *interface;
    uint32_t major, minor;
    const char *name; /* of the plugin, for people */
};

/* What a host asks for. */
struct plugin_need {
    const char *interface;
    uint32_t major;
    uint32_t minor;      /* at least */
    uint32_t size_bytes; /* of the table of that minor version: at least */
};

/* In the caller's storage; all its fields are plugin.c's. */
struct plugin {
    void *library;
    const struct plugin_header *table;
    _Atomic uint64_t users; /* how many hold the table; PLUGIN_CLOSING: nobody may any more */
};

/* Load a plugin and check it before anything of it is called (but for its own constructors, which the
 * loader runs).
 * Errors, with words in error: -ENOENT no such file · -EACCES not to be read · -EISDIR, -EINVAL not a
 * plain file · -EBADMSG no seal, or damaged: the checksum differs · -ENOEXEC not a shared object for
 * this machine · -ELIBACC the loader refuses it (a library or symbol that it needs is missing) ·
 * -EPROTO no table, or one without the magic or a name, or of another interface, or that lacks a function which need
 * covers, or says that it is longer than it is · -EPROTONOSUPPORT another major version, or an older minor one, or a
 * shorter table · -ENOMEM. Nothing stays loaded then.
 * Owns: the caller, until plugin_close. */
int plugin_open(struct plugin *plugin, const char *path, const struct plugin_need *need,
                char *error, size_t error_bytes);

/* Hold the table, so that it stays. Returns: it, to be cast to the interface's own struct; NULL: the
 * plugin is closing. Cost: one compare-and-swap. */
const struct plugin_header *plugin_acquire(struct plugin *plugin);

/* Let go of what plugin_acquire gave: no use of the table comes after it. Progress: wait-free. */
void plugin_release(struct plugin *plugin);

/* Whether the table reaches to the end of a function at this offset, and it is not NULL: whether the plugin has it.
 *     plugin_has(table, offsetof(struct filter_table, flush), sizeof(table->flush)) */
bool plugin_has(const struct plugin_header *table, size_t offset, size_t size_bytes);

/* Unload. Errors: -EBUSY: somebody holds it; it then goes on as before. */
int plugin_close(struct plugin *plugin);

/* Append the seal to a built plugin; one that has a good seal is left as it is.
 * Errors: those of open(2) and write(2), and -ENOEXEC where it is no shared object. */
int plugin_seal(const char *path);

#endif
