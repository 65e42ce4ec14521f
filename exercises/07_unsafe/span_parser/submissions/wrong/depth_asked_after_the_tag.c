/* The depth is looked at when the tag is known: so a tag that nobody knows comes first. */
#include "span_parser.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "07_unsafe/span.h"

struct container {
    struct span rest; /* its records that are not read yet */
    size_t node;      /* the group's own; nobody's for the outermost */
};

struct parse {
    struct container open[PARCEL_DEPTH_MAX + 2];
    unsigned depth; /* open[depth] is the innermost */
    struct parcel_node *nodes;
    size_t capacity, count;
};

uint32_t parcel_checksum(const void *bytes, size_t size_bytes)
{
    const uint8_t *at = bytes; /* unsigned: a char of 0x80 or above might be negative */
    uint32_t hash = UINT32_C(2166136261);
    for (size_t i = 0; i < size_bytes; i++)
        hash = (hash ^ at[i]) * UINT32_C(16777619);
    return hash;
}

static bool has_checksum(struct span bytes, uint32_t checksum)
{
    return parcel_checksum(bytes.data, bytes.size_bytes) == checksum;
}

/* ---- fields -----------------------------------------------------------------------------------*/

static int take_header(struct span *parcel)
{
    struct span header;
    if (!span_take(parcel, PARCEL_HEADER_BYTES, &header))
        return -ENODATA;
    if (!span_starts_with(header, span_from_string("PCL")))
        return -EPROTO;
    if (header.data[3] != PARCEL_VERSION)
        return -EPROTONOSUPPORT;
    uint32_t size_bytes = punning_load_u32_le(header.data + 4);
    if (parcel->size_bytes != size_bytes)
        return parcel->size_bytes < size_bytes ? -ENODATA : -EMSGSIZE;
    return has_checksum(*parcel, punning_load_u32_le(header.data + 8)) ? 0 : -EBADMSG;
}

static int take_tag(struct span *rest, struct parcel_node *node)
{
    if (!span_take_u8(rest, &node->tag))
        return -ENODATA;
    bool known = node->tag >= PARCEL_NUMBER && node->tag <= PARCEL_GROUP;
    return known || node->tag >= PARCEL_SKIPPED ? 0 : -ENOTSUP;
}

static bool is_in_names(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
}

static int take_name(struct span *rest, struct parcel_node *node)
{
    struct span name;
    if (!span_take_u8(rest, &node->name_bytes))
        return -ENODATA;
    if (node->name_bytes > PARCEL_NAME_MAX_BYTES)
        return -ENAMETOOLONG;
    if (!span_take(rest, node->name_bytes, &name))
        return -ENODATA;
    for (size_t i = 0; i < name.size_bytes; i++)
        if (!is_in_names(name.data[i]))
            return -EILSEQ;
    node->name = name.data;
    return 0;
}

/* Seven bits a byte, the lowest first; the eighth says that another byte follows. Four whole bytes are 28
 * bits, so that the fifth has room for four more. */
static int take_length(struct span *rest, uint32_t *length)
{
    enum { LAST_SHIFT = 28, LAST_MAX = 0x0f };
    uint8_t byte;
    *length = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (!span_take_u8(rest, &byte))
            return -ENODATA;
        if (shift == LAST_SHIFT && byte > LAST_MAX)
            return -EOVERFLOW;
        *length |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return byte == 0 && shift > 0 ? -EINVAL : 0;
    }
}

/* ---- payloads ---------------------------------------------------------------------------------*/

static int read_number(struct span payload, struct parcel_node *node)
{
    if (payload.size_bytes < 1 || payload.size_bytes > PARCEL_NUMBER_MAX_BYTES)
        return -EINVAL;
    for (size_t i = 0; i < payload.size_bytes; i++)
        node->number |= (uint64_t)payload.data[i] << 8 * i;
    return 0;
}

static int check_text(struct span payload)
{
    for (size_t i = 0; i < payload.size_bytes; i++)
        if (payload.data[i] != '\n' && (payload.data[i] < 0x20 || payload.data[i] > 0x7e))
            return -EILSEQ;
    return 0;
}

static int open_blob(struct span *payload)
{
    uint32_t checksum;
    if (!span_take_u32_le(payload, &checksum))
        return -ENODATA;
    return has_checksum(*payload, checksum) ? 0 : -EBADMSG;
}

static int read_payload(struct span *payload, struct parcel_node *node)
{
    switch (node->tag) {
    case PARCEL_NUMBER:
        return read_number(*payload, node);
    case PARCEL_TEXT:
        return check_text(*payload);
    case PARCEL_BLOB:
        return open_blob(payload);
    default:
        return 0;
    }
}

/* ---- records ----------------------------------------------------------------------------------*/

static int open_group(struct parse *parse, struct span records)
{
    if (span_is_empty(records))
        return 0;
    parse->open[++parse->depth] = (struct container){records, parse->count - 1};
    return 0;
}

static void close_group(struct parse *parse)
{
    size_t node = parse->open[parse->depth--].node;
    if (node < parse->capacity) /* it was counted, but had no room */
        parse->nodes[node].inside = parse->count - node - 1;
}

static int add_record(struct parse *parse, const struct parcel_node *node)
{
    if (node->tag >= PARCEL_SKIPPED)
        return 0;
    if (parse->count < parse->capacity)
        parse->nodes[parse->count] = *node;
    parse->count++;
    if (node->tag != PARCEL_GROUP)
        return 0;
    return open_group(parse, span_from(node->data, node->size_bytes));
}

static int take_record(struct parse *parse)
{
    struct span *rest = &parse->open[parse->depth].rest, payload;
    struct parcel_node node = {.depth = (uint8_t)parse->depth};
    uint32_t length;
    int error = take_tag(rest, &node);
    if (!error && parse->depth > PARCEL_DEPTH_MAX)
        error = -ELOOP;
    if (!error)
        error = take_name(rest, &node);
    if (!error)
        error = take_length(rest, &length);
    if (error)
        return error;
    if (!span_take(rest, length, &payload))
        return -ENODATA;
    error = read_payload(&payload, &node);
    if (error)
        return error;
    node.data = payload.data;
    node.size_bytes = payload.size_bytes;
    return add_record(parse, &node);
}

int parcel_parse(const void *bytes, size_t size_bytes, struct parcel_node *nodes, size_t capacity,
                 size_t *count)
{
    struct parse parse = {.nodes = nodes, .capacity = capacity};
    parse.open[0].rest = span_from(bytes, size_bytes);
    int error = take_header(&parse.open[0].rest);
    while (!error) {
        if (!span_is_empty(parse.open[parse.depth].rest))
            error = take_record(&parse);
        else if (parse.depth > 0)
            close_group(&parse);
        else
            break;
    }
    if (error)
        return error;
    *count = parse.count;
    return parse.count > capacity ? -ENOSPC : 0;
}

/* ---- paths ------------------------------------------------------------------------------------*/

static bool has_name(const struct parcel_node *node, const char *name, size_t name_bytes)
{
    return node->name_bytes == name_bytes && memcmp(node->name, name, name_bytes) == 0;
}

/* wanted[d] is what is left of the path for the records at depth d of the groups that are open now; NULL
 * where one of these groups has another name. */
const struct parcel_node *parcel_find(const struct parcel_node *nodes, size_t count,
                                      const char *path)
{
    const char *wanted[PARCEL_DEPTH_MAX + 2] = {path};
    for (size_t i = 0; i < count; i++) {
        const struct parcel_node *node = &nodes[i];
        const char *part = wanted[node->depth];
        size_t part_bytes = part ? strcspn(part, "/") : 0;
        bool named = part && has_name(node, part, part_bytes);
        if (named && part[part_bytes] == '\0')
            return node;
        wanted[node->depth + 1] = named ? part + part_bytes + 1 : NULL;
    }
    return NULL;
}
