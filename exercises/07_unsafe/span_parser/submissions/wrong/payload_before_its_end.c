/* A text is read as far as it is there, and then the length is looked at: the wrong fault is told. */
#include "span_parser.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct cursor {
    const uint8_t *at, *end;
};

struct tape {
    struct parcel_node *nodes;
    size_t capacity, count;
};

static size_t left(const struct cursor *in)
{
    return (size_t)(in->end - in->at);
}

static uint32_t le32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint32_t parcel_checksum(const void *bytes, size_t size_bytes)
{
    uint32_t sum = 2166136261u;
    for (const unsigned char *at = bytes; size_bytes > 0; size_bytes--, at++) {
        sum ^= *at;
        sum *= 16777619u;
    }
    return sum;
}

static int name(struct cursor *in, struct parcel_node *node)
{
    if (left(in) < 1)
        return -ENODATA;
    node->name_bytes = *in->at++;
    if (node->name_bytes > PARCEL_NAME_MAX_BYTES)
        return -ENAMETOOLONG;
    if (left(in) < node->name_bytes)
        return -ENODATA;
    node->name = in->at;
    in->at += node->name_bytes;
    for (int i = 0; i < node->name_bytes; i++) {
        int c = node->name[i];
        if (c != '_' && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
            return -EILSEQ;
    }
    return 0;
}

static int length(struct cursor *in, size_t *out)
{
    uint64_t value = 0;
    for (int i = 0; i < 5; i++) {
        if (left(in) < 1)
            return -ENODATA;
        uint8_t byte = *in->at++;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (i == 4 && (byte & 0x80 || value > UINT32_MAX))
            return -EOVERFLOW;
        if (byte & 0x80)
            continue;
        if (i > 0 && byte == 0)
            return -EINVAL;
        *out = value;
        return 0;
    }
    return -EOVERFLOW;
}

static int payload(struct parcel_node *node)
{
    const uint8_t *data = node->data;
    size_t size = node->size_bytes;
    switch (node->tag) {
    case PARCEL_NUMBER:
        if (size == 0 || size > 8)
            return -EINVAL;
        for (size_t i = size; i-- > 0;)
            node->number = node->number << 8 | data[i];
        return 0;
    case PARCEL_TEXT:
        for (size_t i = 0; i < size; i++)
            if ((data[i] < 0x20 && data[i] != '\n') || data[i] > 0x7e)
                return -EILSEQ;
        return 0;
    case PARCEL_BLOB:
        if (size < 4)
            return -ENODATA;
        node->data += 4;
        node->size_bytes -= 4;
        return parcel_checksum(node->data, node->size_bytes) == le32(data) ? 0 : -EBADMSG;
    }
    return 0;
}

static int records(struct cursor in, unsigned depth, struct tape *tape);

static int record(struct cursor *in, unsigned depth, struct tape *tape)
{
    struct parcel_node node = {.depth = (uint8_t)depth};
    node.tag = *in->at++;
    if (node.tag == 0 || (node.tag > PARCEL_GROUP && node.tag < PARCEL_SKIPPED))
        return -ENOTSUP;
    int error = name(in, &node);
    if (!error)
        error = length(in, &node.size_bytes);
    if (error)
        return error;
    for (size_t i = 0; node.tag == PARCEL_TEXT && i < node.size_bytes && i < left(in); i++)
        if ((in->at[i] < 0x20 && in->at[i] != '\n') || in->at[i] > 0x7e)
            return -EILSEQ;
    if (left(in) < node.size_bytes)
        return -ENODATA;
    node.data = in->at;
    in->at += node.size_bytes;
    if (node.tag >= PARCEL_SKIPPED)
        return 0;
    error = payload(&node);
    if (error)
        return error;
    size_t own = tape->count++;
    if (node.tag == PARCEL_GROUP) {
        struct cursor inner = {node.data, node.data + node.size_bytes};
        error = records(inner, depth + 1, tape);
        node.inside = tape->count - own - 1;
    }
    if (own < tape->capacity)
        tape->nodes[own] = node;
    return error;
}

static int records(struct cursor in, unsigned depth, struct tape *tape)
{
    int error = 0;
    while (!error && in.at < in.end)
        error = depth > PARCEL_DEPTH_MAX ? -ELOOP : record(&in, depth, tape);
    return error;
}

int parcel_parse(const void *bytes, size_t size_bytes, struct parcel_node *nodes, size_t capacity,
                 size_t *count)
{
    const uint8_t *header = bytes;
    struct tape tape = {nodes, capacity, 0};
    if (size_bytes < PARCEL_HEADER_BYTES)
        return -ENODATA;
    if (memcmp(header, "PCL", 3) != 0)
        return -EPROTO;
    if (header[3] != PARCEL_VERSION)
        return -EPROTONOSUPPORT;
    size_t rest = size_bytes - PARCEL_HEADER_BYTES, told = le32(header + 4);
    if (rest < told)
        return -ENODATA;
    if (rest > told)
        return -EMSGSIZE;
    struct cursor all = {header + PARCEL_HEADER_BYTES, header + size_bytes};
    if (parcel_checksum(all.at, rest) != le32(header + 8))
        return -EBADMSG;
    int error = records(all, 0, &tape);
    if (error)
        return error;
    *count = tape.count;
    return tape.count > capacity ? -ENOSPC : 0;
}

/* Among the nodes that lie side by side from `at` on. */
static const struct parcel_node *find_among(const struct parcel_node *at, size_t count,
                                            const char *path)
{
    const char *slash = strchr(path, '/');
    size_t part = slash ? (size_t)(slash - path) : strlen(path);
    for (size_t i = 0; i < count; i += 1 + at[i].inside) {
        if (at[i].name_bytes != part || (part && memcmp(at[i].name, path, part) != 0))
            continue;
        if (!slash)
            return &at[i];
        const struct parcel_node *found = find_among(&at[i] + 1, at[i].inside, slash + 1);
        if (found)
            return found;
    }
    return NULL;
}

const struct parcel_node *parcel_find(const struct parcel_node *nodes, size_t count,
                                      const char *path)
{
    return find_among(nodes, count, path);
}
