/* spin.c - a hash of the stack at each read, and the reads before it that had the same. */
#include "02_concurrency/interleave/spin.h"

#include <string.h>

/* Under the frame pointer lie the five registers that the entry kept. */
enum { KEPT_BYTES = 40 };

__attribute__((no_sanitize_address)) void spin_note(struct spin *spin, const void *frame,
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
    spin->state = state;
}

static bool changed_something(const struct graph_thread *events, int from, int to)
{
    for (int place = from; place < to; place++) {
        const struct event *event = &events->events[place];
        switch (event->operation.kind) {
        case EVENT_READ:
            if (event->spurious)
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

int spin_length(struct spin *spin, const struct graph_thread *events, int next,
                const struct operation *read)
{
    struct spin_mark here = {.code = read->code,
                             .label = read->label,
                             .state = spin->state,
                             .writes = spin->writes,
                             .place = next};
    unsigned kept = spin->count < SPIN_MARKS ? spin->count : SPIN_MARKS;
    for (unsigned index = 0; index < kept; index++) {
        const struct spin_mark *mark = &spin->marks[index];
        if (mark->code != here.code || mark->label != here.label || mark->state != here.state ||
            mark->writes != here.writes)
            continue;
        if (mark->place == next)
            return 0; /* asked again for the same */
        if (mark->place < next && !changed_something(events, mark->place, next))
            return next - mark->place;
    }
    spin->marks[spin->count++ % SPIN_MARKS] = here;
    return 0;
}
