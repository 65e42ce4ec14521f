/* spsc_ring_lines.c - lines of text from a reader to a counter, written and read in place.
 *
 * The producer asks for room, lets the text be read straight into it, and commits. The consumer looks at what
 * is there, where it is, and releases it. Nothing is copied between the two, and nobody takes a lock. A ring of
 * 64 bytes is far smaller than the text: each waits for the other again and again.
 *
 *   spsc_ring_lines
 *
 * Expected output:
 *     1000 lines, 8890 bytes, through a ring of 64
 *     the longest line had 9 bytes
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/spsc_ring.h"

enum { LINES = 1000, END_OF_TEXT = '\0' };

/* Where text comes from: as read(2) would, a few bytes at a time, as many as there is room for. */
struct source {
    char line[32];
    size_t at, length;
    int number;
};

static size_t read_some(struct source *source, char *to, size_t room)
{
    if (source->at == source->length) {
        if (source->number > LINES)
            return 0;
        source->at = 0;
        if (source->number == LINES)
            source->line[0] = END_OF_TEXT, source->length = 1;
        else
            source->length =
                (size_t)snprintf(source->line, sizeof(source->line), "line %d\n", source->number);
        source->number++;
    }
    size_t left = source->length - source->at, count = left < room ? left : room;
    memcpy(to, source->line + source->at, count);
    source->at += count;
    return count;
}

static void *produce(void *ring)
{
    struct source source = {.number = 0};
    struct backoff backoff = BACKOFF_INIT;
    for (;;) {
        size_t room;
        char *to = spsc_ring_reserve(ring, 16, &room);
        if (!to) {
            backoff_wait(&backoff); /* full: the consumer has to act first */
            continue;
        }
        backoff_reset(&backoff);
        size_t count = read_some(&source, to, room);
        spsc_ring_commit(ring, count);
        if (count == 0)
            return NULL;
    }
}

int main(void)
{
    struct spsc_ring *ring;
    struct backoff backoff = BACKOFF_INIT;
    size_t lines = 0, bytes = 0, length = 0, longest = 0;
    pthread_t producer;
    if (spsc_ring_create(&ring, allocator_system(), 64, 1) != 0 ||
        pthread_create(&producer, NULL, produce, ring) != 0)
        return 1;
    for (bool ended = false; !ended;) {
        size_t count;
        const char *text = spsc_ring_peek(ring, 64, &count);
        if (!text)
            backoff_wait(&backoff); /* empty */
        else
            backoff_reset(&backoff);
        for (size_t i = 0; i < count && !(ended = text[i] == END_OF_TEXT); i++, bytes++, length++)
            if (text[i] == '\n') {
                longest = length + 1 > longest ? length + 1 : longest;
                length = (size_t)-1; /* the loop's step makes it 0 */
                lines++;
            }
        spsc_ring_release(ring, count);
    }
    pthread_join(producer, NULL);
    printf("%zu lines, %zu bytes, through a ring of %zu\n", lines, bytes, spsc_ring_capacity(ring));
    printf("the longest line had %zu bytes\n", longest);
    spsc_ring_destroy(ring);
    return 0;
}
