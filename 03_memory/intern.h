/* intern.h - strings to small numbers and back.
 *
 * A compiler sees `index` ten thousand times, a log store the same label in every line. Interning
 * keeps one copy and gives it a number: equal strings get equal ids, so that comparing is one
 * instruction, and an array indexed by id takes the place of a hash table.
 *
 *     "index" --hash--> shard --> slots: tag | entry*           ids: 1, 2, 3, ... in order of arrival
 *                                 ---------------------
 *                                 9f3c   | *--+             directory (chunks that double)
 *                                 empty       |             [1] [2] [3] ...
 *                                 07aa   | *  |                  |
 *                                             v                  v
 *                          arena:  | id 2, length 5, "index\0" | ...
 *
 * Invariant: an entry never changes and never moves once an id was given out for it. Slots of a
 * table go from empty to full and never back. A table that was outgrown stays readable until
 * destroy: all of them together are smaller than the newest, and readers need no lock.
 *
 * Operations that may run at once: all, in any number of threads, but for create and destroy.
 *
 *     operation          progress
 *     intern_put, _text  wait-free if the string is known; a new one takes its shard's lock
 *     intern_put_many    as that many puts; others see them one by one
 *     intern_find        wait-free
 *     intern_text        wait-free, O(1), no hashing
 *     intern_count       wait-free
 *
 * Do not: keep a text or use an id after destroy, or with another table; take ids for an order of
 * the strings; intern what a stranger sends without max_count (nothing is ever forgotten); count on
 * the same ids in the next run if threads race.
 *
 * Interface: intern_create intern_destroy intern_put intern_put_string intern_put_text
 *            intern_put_many intern_find intern_text intern_count intern_check
 * Source: wyhash (Wang Yi, 2019, public domain) for the multiply-and-fold hash, keyed here in both
 *         factors (intern_internal.h); Aumasson and Bernstein 2012 for why a table of strangers'
 *         strings needs a secret seed.
 */
#ifndef SYSLAB_MEMORY_INTERN_H
#define SYSLAB_MEMORY_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "03_memory/allocator.h"

enum { INTERN_NONE = 0 }; /* the id of no string */

struct intern;

/* Zero in a field means its default. */
struct intern_options {
    uint64_t seed;      /* of the hash; default: from the kernel. Fix it only to repeat a run */
    uint32_t max_count; /* of strings; default: 4294967294 */
    unsigned shards;    /* rounded up to a power of two, at most 256; default 16 */
};

/* Make an empty table. options may be NULL. allocator must be thread-safe if the table is shared.
 * Errors: -ENOMEM, and *out is NULL. Owns: the caller ends it with intern_destroy. */
int intern_create(struct intern **out, struct allocator *allocator,
                  const struct intern_options *options);

/* Free the table, with every text that it gave out. NULL is ignored. */
void intern_destroy(struct intern *intern);

/* *id = the id of these bytes, which may contain zeros; a new one if they are new. They are copied.
 * Errors: -ENOMEM; -ENOSPC: max_count strings are there; -EOVERFLOW: 4 GiB or longer. After an
 * error the table is as it was, and *id too. Cost: O(length); O(strings of the shard) when it grows.
 */
int intern_put(struct intern *intern, const void *bytes, size_t length, uint32_t *id);

/* intern_put of a string that ends in a zero. Errors: as intern_put. */
static inline int intern_put_string(struct intern *intern, const char *text, uint32_t *id)
{
    return intern_put(intern, text, strlen(text), id);
}

/* As intern_put, and *text is the one copy: equal strings give the same pointer, which saves the
 * way through the id where only equality or the text is wanted. */
int intern_put_text(struct intern *intern, const void *bytes, size_t length, const char **text);

/* One string of many. */
struct intern_item {
    const void *bytes;
    size_t length;
    uint32_t id;      /* result */
    const char *text; /* result: the one copy */
};

/* intern_put of many strings, in order, each for less: they wait for memory together, and not one
 * after the other. From some 16 on it is worth it.
 * Errors: as intern_put, of the first string that failed. Those before it are put; it and those
 * behind it have the id INTERN_NONE and the text NULL. */
int intern_put_many(struct intern *intern, struct intern_item *items, size_t count);

/* Returns: the id of these bytes, or INTERN_NONE if they were never put. */
uint32_t intern_find(const struct intern *intern, const void *bytes, size_t length);

/* *length, unless NULL: the length. Returns: the bytes of that id, with a zero behind them, or NULL
 * if it is not an id, or one that a put of another thread took and has not published yet. An id that
 * came out of a put or a find, also through other threads that synchronised, always has its text.
 * Owns: the table, unchanged at this address until destroy. */
const char *intern_text(const struct intern *intern, uint32_t id, size_t *length);

/* Returns: how many ids were given: 1 to this. While others put, a moment ago's, and the text of an
 * id may come a moment later than its number: see intern_text. */
uint32_t intern_count(const struct intern *intern);

/* Returns: whether every id leads to a text that leads back to it, and the counts agree. For tests.
 * Threads: nobody puts meanwhile. Cost: O(bytes). */
bool intern_check(const struct intern *intern);

#endif
