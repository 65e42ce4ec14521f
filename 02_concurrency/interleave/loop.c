/* loop.c - a hash of the stack at each read, and the reads before it that had the same. */
#include "02_concurrency/interleave/loop.h"

#include <string.h>

/* Under the frame pointer lie the five registers that the entry kept. */
enum { KEPT_BYTES = 40 };

__attribute__((no_sanitize_address)) void loop_note(struct loop *loop, const void *frame,
                                                    const void *top)
{
    uint64_t state = 0xcbf29ce484222325u;
    const char *at = (const char *)frame - KEPT_BYTES;
    for (; at + sizeof(uint64_t) <= (const char *)top; at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        state = (state ^ word) * 0x9e3779b97f4a7c15u;
        state ^= state >> 32;
    }
    loop->state = state;
}

void loop_change(struct loop *loop)
{
    loop->changes++;
}

void loop_write(struct loop *loop, const void *address, size_t bytes)
{
    if (bytes > sizeof(uint64_t)) {
        loop_change(loop);
        return;
    }
    struct loop_write *entry = &loop->log[loop->writes++ % LOOP_WRITES];
    *entry = (struct loop_write){.address = address, .bytes = (unsigned)bytes};
    memcpy(&entry->before, address, bytes);
}

/* Whether an earlier write since the mark was to the same place: that one knows what was there at the mark. */
static bool is_known(const struct loop *loop, unsigned first, unsigned write)
{
    const struct loop_write *entry = &loop->log[write % LOOP_WRITES];
    for (unsigned earlier = first; earlier != write; earlier++) {
        const struct loop_write *other = &loop->log[earlier % LOOP_WRITES];
        if (other->address == entry->address && other->bytes == entry->bytes)
            return true;
    }
    return false;
}

/* Memory has what it had at the mark. Writes that overlap in part are compared each with what it found: if one of them
 * changed something, one of them is told apart. */
static bool is_as_it_was(const struct loop *loop, const struct loop_mark *mark)
{
    if (loop->changes != mark->changes || loop->writes - mark->writes > LOOP_WRITES)
        return false;
    for (unsigned write = mark->writes; write != loop->writes; write++) {
        const struct loop_write *entry = &loop->log[write % LOOP_WRITES];
        if (!is_known(loop, mark->writes, write) &&
            memcmp(entry->address, &entry->before, entry->bytes) != 0)
            return false;
    }
    return true;
}

static bool changed_something(const struct graph_thread *events, int from, int to)
{
    for (int place = from; place < to; place++) {
        const struct event *event = &events->events[place];
        switch (event->operation.kind) {
        case EVENT_READ:
            if (event->way > 0)
                return true;
            break;
        case EVENT_FENCE:
            break;
        case EVENT_WRITE:
            if (place == from || !event[-1].exclusive || event[-1].value != event->value)
                return true;
            break;
        default:
            return true;
        }
    }
    return false;
}

int loop_length(struct loop *loop, const struct graph_thread *events, int next,
                const struct operation *read)
{
    struct loop_mark here = {.code = read->code,
                             .label = read->label,
                             .state = loop->state,
                             .writes = loop->writes,
                             .changes = loop->changes,
                             .place = next};
    unsigned kept = loop->count < LOOP_MARKS ? loop->count : LOOP_MARKS;
    for (unsigned index = 0; index < kept; index++) {
        const struct loop_mark *mark = &loop->marks[index];
        if (mark->code != here.code || mark->label != here.label || mark->state != here.state)
            continue;
        if (mark->place == next)
            return 0; /* asked again for the same */
        if (mark->place < next && is_as_it_was(loop, mark) &&
            !changed_something(events, mark->place, next))
            return next - mark->place;
    }
    loop->marks[loop->count++ % LOOP_MARKS] = here;
    return 0;
}
