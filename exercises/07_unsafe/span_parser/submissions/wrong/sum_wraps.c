/* Offsets of 32 bits, for no parcel is longer: but the sum of one and a length may be, and is small then. */
#include "span_parser.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* What both passes find out of one record: offsets in the parcel. */
struct record {
    unsigned tag, name_bytes;
    size_t name, payload, end;
};

uint32_t parcel_checksum(const void *bytes, size_t size_bytes)
{
    const uint8_t *at = bytes;
    uint32_t sum = 0x811c9dc5;
    while (size_bytes--)
        sum = (sum ^ *at++) * 0x01000193;
    return sum;
}

static uint64_t number_at(const uint8_t *bytes, size_t at, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number += (uint64_t)bytes[at + i] << (8 * i);
    return number;
}

static bool all_in(const uint8_t *bytes, size_t at, size_t end, bool (*allowed)(uint8_t))
{
    while (at < end)
        if (!allowed(bytes[at++]))
            return false;
    return true;
}

static bool in_name(uint8_t byte)
{
    return byte && strchr("abcdefghijklmnopqrstuvwxyz0123456789_", byte);
}

static bool in_text(uint8_t byte)
{
    return byte == 10 || (byte >= 32 && byte < 127);
}

/* Take the record at *at, whose container ends at end, apart. *at is then behind its fields. */
static int fields(const uint8_t *bytes, size_t *at, size_t end, struct record *record)
{
    record->tag = bytes[(*at)++];
    if (record->tag == 0 || (record->tag >= 5 && record->tag <= 127))
        return -ENOTSUP;
    if (*at == end)
        return -ENODATA;
    record->name_bytes = bytes[(*at)++];
    record->name = *at;
    if (record->name_bytes > 31)
        return -ENAMETOOLONG;
    if (record->name_bytes > end - *at)
        return -ENODATA;
    *at += record->name_bytes;
    if (!all_in(bytes, record->name, *at, in_name))
        return -EILSEQ;
    size_t length = 0, first = *at;
    uint8_t byte;
    do {
        if (*at == end)
            return -ENODATA;
        byte = bytes[*at];
        if (*at - first == 4 && byte > 15)
            return -EOVERFLOW;
        length |= (size_t)(byte & 127) << (7 * (*at - first));
        (*at)++;
    } while (byte & 128);
    if (byte == 0 && *at - first > 1)
        return -EINVAL;
    record->payload = *at;
    record->end = (uint32_t)(*at + length);
    return record->end > end ? -ENODATA : 0;
}

static int judge(const uint8_t *bytes, const struct record *record)
{
    size_t size = record->end - record->payload;
    if (record->tag == PARCEL_NUMBER)
        return size >= 1 && size <= 8 ? 0 : -EINVAL;
    if (record->tag == PARCEL_TEXT)
        return all_in(bytes, record->payload, record->end, in_text) ? 0 : -EILSEQ;
    if (record->tag != PARCEL_BLOB)
        return 0;
    if (size < 4)
        return -ENODATA;
    uint32_t sum = parcel_checksum(bytes + record->payload + 4, size - 4);
    return sum == number_at(bytes, record->payload, 4) ? 0 : -EBADMSG;
}

static int judge_all(const uint8_t *bytes, size_t size, size_t *count)
{
    size_t ends[PARCEL_DEPTH_MAX + 2] = {size}, at = PARCEL_HEADER_BYTES;
    unsigned depth = 0;
    *count = 0;
    for (;;) {
        struct record record;
        while (depth > 0 && at == ends[depth])
            depth--;
        if (at == ends[depth])
            return 0;
        int error = depth > PARCEL_DEPTH_MAX ? -ELOOP : fields(bytes, &at, ends[depth], &record);
        if (!error)
            error = judge(bytes, &record);
        if (error)
            return error;
        *count += record.tag < PARCEL_SKIPPED;
        if (record.tag == PARCEL_GROUP)
            ends[++depth] = record.end;
        else
            at = record.end;
    }
}

/* Everything is right, and there is room for all. */
static void fill_in(const uint8_t *bytes, size_t size, struct parcel_node *nodes)
{
    size_t ends[PARCEL_DEPTH_MAX + 2] = {size}, owners[PARCEL_DEPTH_MAX + 2] = {0};
    size_t at = PARCEL_HEADER_BYTES, count = 0;
    unsigned depth = 0;
    for (;;) {
        struct record record;
        for (; depth > 0 && at == ends[depth]; depth--)
            nodes[owners[depth]].inside = count - owners[depth] - 1;
        if (at == ends[depth])
            return;
        fields(bytes, &at, ends[depth], &record);
        if (record.tag != PARCEL_GROUP)
            at = record.end;
        if (record.tag >= PARCEL_SKIPPED)
            continue;
        size_t skip = record.tag == PARCEL_BLOB ? 4 : 0, payload = record.payload + skip;
        nodes[count] = (struct parcel_node){.tag = (uint8_t)record.tag,
                                            .depth = (uint8_t)depth,
                                            .name_bytes = (uint8_t)record.name_bytes,
                                            .name = bytes + record.name,
                                            .data = bytes + payload,
                                            .size_bytes = record.end - payload};
        if (record.tag == PARCEL_NUMBER)
            nodes[count].number = number_at(bytes, payload, record.end - payload);
        if (record.tag == PARCEL_GROUP) {
            ends[++depth] = record.end;
            owners[depth] = count;
        }
        count++;
    }
}

static int header(const uint8_t *bytes, size_t size)
{
    if (size < 12)
        return -ENODATA;
    if (bytes[0] != 'P' || bytes[1] != 'C' || bytes[2] != 'L')
        return -EPROTO;
    if (bytes[3] != 1)
        return -EPROTONOSUPPORT;
    uint64_t told = number_at(bytes, 4, 4) + 12;
    if (told != size)
        return told > size ? -ENODATA : -EMSGSIZE;
    return parcel_checksum(bytes + 12, size - 12) == number_at(bytes, 8, 4) ? 0 : -EBADMSG;
}

int parcel_parse(const void *bytes, size_t size_bytes, struct parcel_node *nodes, size_t capacity,
                 size_t *count)
{
    size_t found;
    int error = header(bytes, size_bytes);
    if (!error)
        error = judge_all(bytes, size_bytes, &found);
    if (error)
        return error;
    *count = found;
    if (found > capacity)
        return -ENOSPC;
    fill_in(bytes, size_bytes, nodes);
    return 0;
}

/* Each node is compared from its end: the groups that it lies in are looked for backwards. */
static bool spells(const struct parcel_node *nodes, size_t index, const char *path)
{
    const char *end = path + strlen(path);
    for (;;) {
        const struct parcel_node *node = &nodes[index];
        if ((size_t)(end - path) < node->name_bytes ||
            (node->name_bytes && memcmp(end - node->name_bytes, node->name, node->name_bytes) != 0))
            return false;
        end -= node->name_bytes;
        if (node->depth == 0)
            return end == path;
        if (end == path || *--end != '/')
            return false;
        while (nodes[index].depth >= node->depth)
            index--;
    }
}

const struct parcel_node *parcel_find(const struct parcel_node *nodes, size_t count,
                                      const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (spells(nodes, i, path))
            return &nodes[i];
    return NULL;
}
