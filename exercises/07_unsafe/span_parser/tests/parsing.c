#include "parsing.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "subject.h"

enum { GUARD_NODES = 4, PATTERN = 0xa5, COUNT_BEFORE = 987654 };

static struct parcel_node room[DRAFT_NODES_MAX + GUARD_NODES];

/* Requirements end with the input, as far as it can be shown. */
#define IN_PARCEL "%s, in the parcel of %zu bytes: %s"
#define PARCEL(parsed)                                                                             \
    (parsed)->draft->size_bytes, subject_hex((parsed)->bytes, (parsed)->draft->size_bytes)

const char *parsing_error_name(int error)
{
    const char *name = strerrorname_np(-error);
    return error < 0 && name ? subject_format("-%s", name) : subject_format("%d", error);
}

static bool has_pattern(const struct parcel_node *nodes, size_t count)
{
    const uint8_t *at = (const uint8_t *)nodes;
    for (size_t i = 0; i < count * sizeof(*nodes); i++)
        if (at[i] != PATTERN)
            return false;
    return true;
}

void parsing_begin(struct parsed *parsed, const struct draft *draft, size_t capacity)
{
    size_t shift = draft->size_bytes % 8; /* so that integers lie at every kind of address */
    size_t noted = draft->count < capacity ? draft->count : capacity;
    *parsed =
        (struct parsed){.draft = draft, .nodes = room, .capacity = capacity, .count = COUNT_BEFORE};
    parsed->block = malloc(draft->size_bytes + shift + !(draft->size_bytes + shift));
    if (!parsed->block)
        abort();
    parsed->bytes = memcpy(parsed->block + shift, draft->bytes, draft->size_bytes);
    memset(room, PATTERN, noted * sizeof(room[0]));
    memset(room + capacity, PATTERN, GUARD_NODES * sizeof(room[0]));
    parsed->error = parcel_parse(parsed->bytes, draft->size_bytes, capacity ? room : NULL, capacity,
                                 &parsed->count);
    expect_true(has_pattern(room + capacity, GUARD_NODES), IN_PARCEL,
                "parcel_parse writes no node behind those that it was given", PARCEL(parsed));
    if (parsed->error != 0 && parsed->error != -ENOSPC)
        expect_size(parsed->count, COUNT_BEFORE, IN_PARCEL, "*count stays as it was after an error",
                    PARCEL(parsed));
}

void parsing_end(struct parsed *parsed)
{
    free(parsed->block);
    parsed->block = NULL;
}

void parsing_expect_error(const struct parsed *parsed, int error, const char *what)
{
    if (parsed->error != error)
        subject_expect(false, SUBJECT_HERE, parsing_error_name(error),
                       parsing_error_name(parsed->error), IN_PARCEL, what, PARCEL(parsed));
}

/* One field of one node. */
static void expect_field(const struct parsed *parsed, size_t index, const char *field,
                         uint64_t actual, uint64_t expected, const char *what)
{
    if (actual == expected)
        return;
    subject_expect(false, SUBJECT_HERE,
                   subject_format("node %zu: %s %llu", index, field, (unsigned long long)expected),
                   subject_format("node %zu: %s %llu", index, field, (unsigned long long)actual),
                   IN_PARCEL, what, PARCEL(parsed));
}

/* A pointer is shown as its place in the parcel. */
static uint64_t place(const struct parsed *parsed, const uint8_t *at)
{
    return (uint64_t)((uintptr_t)at - (uintptr_t)parsed->bytes);
}

void parsing_expect_nodes(const struct parsed *parsed, const char *what)
{
    expect_field(parsed, 0, "(their number)", parsed->count, parsed->draft->count, what);
    for (size_t i = 0; i < parsed->count; i++) {
        const struct parcel_node *is = &parsed->nodes[i];
        const struct parcel_node *is_to_be = &parsed->draft->nodes[i].node;
        expect_field(parsed, i, "tag", is->tag, is_to_be->tag, what);
        expect_field(parsed, i, "depth", is->depth, is_to_be->depth, what);
        expect_field(parsed, i, "name_bytes", is->name_bytes, is_to_be->name_bytes, what);
        expect_field(parsed, i, "size_bytes", is->size_bytes, is_to_be->size_bytes, what);
        expect_field(parsed, i, "number", is->number, is_to_be->number, what);
        expect_field(parsed, i, "inside", is->inside, is_to_be->inside, what);
        if (is->name_bytes)
            expect_field(parsed, i, "name at byte", place(parsed, is->name),
                         parsed->draft->nodes[i].name_at, what);
        if (is->size_bytes)
            expect_field(parsed, i, "data at byte", place(parsed, is->data),
                         parsed->draft->nodes[i].data_at, what);
    }
}

static bool is_known(int error)
{
    static const int known[] = {0,         -ENOSPC,    -ENODATA, -EPROTO, -EPROTONOSUPPORT,
                                -EMSGSIZE, -EBADMSG,   -ENOTSUP, -EILSEQ, -ENAMETOOLONG,
                                -EINVAL,   -EOVERFLOW, -ELOOP};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (error == known[i])
            return true;
    return false;
}

static bool is_in_parcel(const struct parsed *parsed, const uint8_t *at, size_t size_bytes)
{
    uint64_t begin = place(parsed, at), whole = parsed->draft->size_bytes;
    return size_bytes == 0 || (begin <= whole && size_bytes <= whole - begin);
}

static bool has_sense(const struct parsed *parsed, size_t index)
{
    const struct parcel_node *node = &parsed->nodes[index];
    return node->tag >= PARCEL_NUMBER && node->tag <= PARCEL_GROUP &&
           node->depth <= PARCEL_DEPTH_MAX && node->name_bytes <= PARCEL_NAME_MAX_BYTES &&
           is_in_parcel(parsed, node->name, node->name_bytes) &&
           is_in_parcel(parsed, node->data, node->size_bytes) &&
           node->inside < parsed->count - index;
}

void parsing_expect_sense(const struct parsed *parsed, const char *what)
{
    if (!is_known(parsed->error))
        subject_expect(false, SUBJECT_HERE, "0 or an error of the handout",
                       parsing_error_name(parsed->error), IN_PARCEL, what, PARCEL(parsed));
    if (parsed->error == -ENOSPC)
        subject_expect(parsed->count > parsed->capacity, SUBJECT_HERE,
                       subject_format("more than %zu records", parsed->capacity),
                       subject_format("%zu", parsed->count), IN_PARCEL, what, PARCEL(parsed));
    if (parsed->error)
        return;
    subject_expect(parsed->count <= parsed->capacity, SUBJECT_HERE,
                   subject_format("at most %zu records", parsed->capacity),
                   subject_format("%zu", parsed->count), IN_PARCEL, what, PARCEL(parsed));
    for (size_t i = 0; i < parsed->count; i++)
        if (!has_sense(parsed, i))
            subject_expect(false, SUBJECT_HERE, "nodes that lie in the parcel",
                           subject_format("node %zu does not", i), IN_PARCEL, what, PARCEL(parsed));
}
