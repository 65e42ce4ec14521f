/* filter_body.h - a filter that changes each byte, and counts them. A plugin defines before it includes this
 *
 *     NAME        in its table
 *     CHANGE(c)   what becomes of a byte
 *
 * and what is to be wrong with it: MAGIC, SIZE, MAJOR, MINOR, CREATE, DESTROY, FEED, FLUSH, TABLE.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "filter.h"

#ifndef CHANGE
#define CHANGE(c) (c)
#endif
#ifndef MAGIC
#define MAGIC FILTER_MAGIC
#endif
#ifndef SIZE
#define SIZE sizeof(struct filter_table)
#endif
#ifndef MAJOR
#define MAJOR FILTER_MAJOR
#endif
#ifndef MINOR
#define MINOR FILTER_MINOR
#endif
#ifndef CREATE
#define CREATE create
#endif
#ifndef DESTROY
#define DESTROY destroy
#endif
#ifndef FEED
#define FEED feed
#endif
#ifndef FLUSH
#define FLUSH flush
#endif
#ifndef TABLE
#define TABLE filter_table
#endif

struct filter {
    unsigned long fed;
};

/* The tests look at these. Their names are the same in each plugin, as strangers' names may be. */
extern int filters_alive;
int filters_alive;
int filter_change(int c);

/* noinline: it is called by its name, which another plugin has too. */
__attribute__((noinline)) int filter_change(int c)
{
    return CHANGE(c);
}

__attribute__((unused)) static int create(struct filter **out)
{
    *out = calloc(1, sizeof(**out));
    if (!*out)
        return -ENOMEM;
    filters_alive++;
    return 0;
}

__attribute__((unused)) static void destroy(struct filter *filter)
{
    filters_alive--;
    free(filter);
}

/* In pieces of at most eight bytes. */
__attribute__((unused)) static int feed(struct filter *filter, const char *bytes, size_t size_bytes,
                                        filter_emit_fn emit, void *context)
{
    char piece[8];
    for (size_t at = 0; at < size_bytes;) {
        size_t count = 0;
        for (; count < sizeof(piece) && at < size_bytes; count++)
            piece[count] = (char)filter_change((unsigned char)bytes[at++]);
        int error = emit(context, piece, count);
        if (error)
            return error;
        filter->fed += count;
    }
    return 0;
}

/* How many bytes were fed, in brackets. */
__attribute__((unused)) static int flush(struct filter *filter, filter_emit_fn emit, void *context)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "[%lu]", filter->fed);
    filter->fed = 0;
    return emit(context, text, (size_t)length);
}

extern const struct filter_table TABLE;
const struct filter_table TABLE = {.magic = MAGIC,
                                   .size_bytes = SIZE,
                                   .major = MAJOR,
                                   .minor = MINOR,
                                   .name = NAME,
                                   .create = CREATE,
                                   .destroy = DESTROY,
                                   .feed = FEED,
                                   .flush = FLUSH};
