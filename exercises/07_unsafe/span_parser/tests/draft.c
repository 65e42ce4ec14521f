#include "draft.h"

#include <errno.h>
#include <string.h>

#include "07_unsafe/assert.h"

static const uint32_t HASH_FIRST = 2166136261, HASH_FACTOR = 16777619;

void draft_records(struct draft *draft)
{
    draft->size_bytes = draft->count = draft->mark_count = 0;
    draft->error = 0;
}

void draft_start(struct draft *draft)
{
    draft_records(draft);
    memset(draft->bytes, 0, PARCEL_HEADER_BYTES);
    draft->size_bytes = PARCEL_HEADER_BYTES;
}

void draft_bytes(struct draft *draft, const void *bytes, size_t size_bytes)
{
    ASSERT(size_bytes <= DRAFT_MAX_BYTES - draft->size_bytes);
    if (size_bytes)
        memcpy(draft->bytes + draft->size_bytes, bytes, size_bytes);
    draft->size_bytes += size_bytes;
}

void draft_fault(struct draft *draft, int error)
{
    if (!draft->error)
        draft->error = error;
}

static void put_byte(struct draft *draft, uint32_t byte)
{
    draft_bytes(draft, &(uint8_t){(uint8_t)byte}, 1);
}

static void put_u32(uint8_t bytes[4], uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t checksum(const uint8_t *bytes, size_t size_bytes)
{
    uint32_t hash = HASH_FIRST;
    for (size_t i = 0; i < size_bytes; i++)
        hash = (hash ^ bytes[i]) * HASH_FACTOR;
    return hash;
}

static void mark(struct draft *draft)
{
    if (draft->mark_count < DRAFT_MARKS_MAX)
        draft->marks[draft->mark_count++] = draft->size_bytes;
}

/* ---- records, as they are written -------------------------------------------------------------*/

static int fault_of(unsigned tag, const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    if (tag == 0 || (tag > PARCEL_GROUP && tag < PARCEL_SKIPPED))
        return -ENOTSUP;
    if (strlen(name) > PARCEL_NAME_MAX_BYTES)
        return -ENAMETOOLONG;
    return name[strspn(name, letters)] ? -EILSEQ : 0;
}

void draft_field(struct draft *draft, unsigned tag, const char *name, uint32_t length)
{
    draft_fault(draft, fault_of(tag, name));
    mark(draft);
    put_byte(draft, tag);
    mark(draft);
    put_byte(draft, (uint32_t)strlen(name));
    draft_bytes(draft, name, strlen(name));
    mark(draft);
    for (; length >= 128; length /= 128)
        put_byte(draft, length % 128 + 128);
    put_byte(draft, length);
    mark(draft);
}

/* Note a node whose payload comes next. Returns: it. */
static struct draft_node *add_node(struct draft *draft, unsigned tag, const char *name,
                                   size_t size_bytes)
{
    ASSERT(draft->count < DRAFT_NODES_MAX);
    size_t before_bytes = 2; /* tag and length of the name */
    struct draft_node *node = &draft->nodes[draft->count++];
    *node = (struct draft_node){.name_at = draft->size_bytes + before_bytes};
    node->node.tag = (uint8_t)tag;
    node->node.name_bytes = (uint8_t)strlen(name);
    node->node.size_bytes = size_bytes;
    return node;
}

void draft_record(struct draft *draft, unsigned tag, const char *name, const void *payload,
                  size_t size_bytes)
{
    struct draft_node *node = tag < PARCEL_SKIPPED ? add_node(draft, tag, name, size_bytes) : NULL;
    draft_field(draft, tag, name, (uint32_t)size_bytes);
    if (node)
        node->data_at = draft->size_bytes;
    draft_bytes(draft, payload, size_bytes);
}

void draft_number(struct draft *draft, const char *name, uint64_t number, size_t size_bytes)
{
    uint8_t bytes[16] = {0};
    for (size_t i = 0; i < size_bytes && i < 8; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
    draft_record(draft, PARCEL_NUMBER, name, bytes, size_bytes);
    draft_fault(draft, size_bytes < 1 || size_bytes > 8 ? -EINVAL : 0);
    draft->nodes[draft->count - 1].node.number = number;
}

void draft_text(struct draft *draft, const char *name, const char *text)
{
    draft_record(draft, PARCEL_TEXT, name, text, strlen(text));
    for (const char *at = text; *at; at++)
        draft_fault(draft, *at == '\n' || (*at >= ' ' && *at <= '~') ? 0 : -EILSEQ);
}

void draft_blob(struct draft *draft, const char *name, const void *bytes, size_t size_bytes)
{
    uint8_t check[4];
    put_u32(check, checksum(bytes, size_bytes));
    struct draft_node *node = add_node(draft, PARCEL_BLOB, name, size_bytes);
    draft_field(draft, PARCEL_BLOB, name, (uint32_t)size_bytes + sizeof(check));
    draft_bytes(draft, check, sizeof(check));
    node->data_at = draft->size_bytes;
    draft_bytes(draft, bytes, size_bytes);
}

/* The group's own fields come before what is in it. */
void draft_group(struct draft *draft, const char *name, const struct draft *inside)
{
    struct draft_node *group = add_node(draft, PARCEL_GROUP, name, inside->size_bytes);
    draft_field(draft, PARCEL_GROUP, name, (uint32_t)inside->size_bytes);
    group->data_at = draft->size_bytes;
    group->node.inside = inside->count;
    ASSERT(inside->count <= DRAFT_NODES_MAX - draft->count);
    for (size_t i = 0; i < inside->count; i++) {
        struct draft_node *node = &draft->nodes[draft->count++];
        *node = inside->nodes[i];
        node->node.depth++;
        node->name_at += draft->size_bytes;
        node->data_at += draft->size_bytes;
    }
    for (size_t i = 0; i < inside->mark_count && draft->mark_count < DRAFT_MARKS_MAX; i++)
        draft->marks[draft->mark_count++] = inside->marks[i] + draft->size_bytes;
    draft_fault(draft, inside->error);
    draft_bytes(draft, inside->bytes, inside->size_bytes);
}

void draft_write_header(uint8_t *parcel, size_t size_bytes)
{
    size_t records_bytes = size_bytes - PARCEL_HEADER_BYTES;
    static const uint8_t begin[] = {'P', 'C', 'L', PARCEL_VERSION};
    memcpy(parcel, begin, sizeof(begin));
    put_u32(parcel + 4, (uint32_t)records_bytes);
    put_u32(parcel + 8, checksum(parcel + PARCEL_HEADER_BYTES, records_bytes));
}

void draft_seal(struct draft *draft)
{
    if (draft->size_bytes >= PARCEL_HEADER_BYTES)
        draft_write_header(draft->bytes, draft->size_bytes);
}

/* ---- by chance --------------------------------------------------------------------------------*/

uint64_t chance_of(struct chance *chance, uint64_t limit)
{
    uint64_t mixed = chance->state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return (mixed ^ mixed >> 31) % limit;
}

struct growth {
    struct chance *chance;
    bool faulty, deep;
};

/* Whether this choice is to be a wrong one. */
static bool slips(const struct growth *growth)
{
    return growth->faulty && chance_of(growth->chance, 100) == 0;
}

static void random_name(const struct growth *growth, char name[64])
{
    static const char letters[] = "ab_09z", wrong[] = "A/ `{:^-.\x80\xff";
    struct chance *chance = growth->chance;
    size_t length = chance_of(chance, 10) ? chance_of(chance, 3) : 29 + chance_of(chance, 3);
    if (slips(growth))
        length = 32 + chance_of(chance, 31);
    for (size_t i = 0; i < length; i++)
        name[i] = letters[chance_of(chance, i ? 6 : 2)];
    if (length && slips(growth))
        name[chance_of(chance, length)] = wrong[chance_of(chance, sizeof(wrong) - 1)];
    name[length] = '\0';
}

static void random_text(const struct growth *growth, struct draft *draft, const char *name)
{
    static const char right[] = "\n ~azAZ09", wrong[] = "\x01\t\r\x1f\x7f\x80\xff";
    char text[201];
    size_t length = chance_of(growth->chance, chance_of(growth->chance, 4) ? 12 : sizeof(text));
    for (size_t i = 0; i < length; i++)
        text[i] = right[chance_of(growth->chance, sizeof(right) - 1)];
    if (length && slips(growth))
        text[chance_of(growth->chance, length)] =
            wrong[chance_of(growth->chance, sizeof(wrong) - 1)];
    text[length] = '\0';
    draft_text(draft, name, text);
}

static void random_blob(const struct growth *growth, struct draft *draft, const char *name)
{
    uint8_t bytes[300];
    size_t count = chance_of(growth->chance, chance_of(growth->chance, 4) ? 12 : sizeof(bytes));
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)chance_of(growth->chance, 256);
    draft_blob(draft, name, bytes, count);
    if (!slips(growth))
        return;
    draft_fault(draft, -EBADMSG);
    draft->bytes[draft->size_bytes - count - 1 - chance_of(growth->chance, 4)] ^= 0x40;
}

static void random_other(const struct growth *growth, struct draft *draft, const char *name)
{
    static const uint8_t skipped[] = {128, 129, 200, 255}, unknown[] = {0, 5, 64, 127};
    uint64_t which = chance_of(growth->chance, 4);
    uint8_t bytes[] = {1, 1, 'x', 0xff, 0xff, 0xff, 0xff, 0xff};
    draft_record(draft, slips(growth) ? unknown[which] : skipped[which], name, bytes,
                 chance_of(growth->chance, sizeof(bytes) + 1));
}

static void random_leaf(const struct growth *growth, struct draft *draft, const char *name)
{
    uint64_t number = chance_of(growth->chance, UINT64_MAX);
    unsigned size_bytes = 1 + (unsigned)chance_of(growth->chance, 8);
    switch (chance_of(growth->chance, 4)) {
    case 0:
        random_text(growth, draft, name);
        break;
    case 1:
        random_blob(growth, draft, name);
        break;
    case 2:
        random_other(growth, draft, name);
        break;
    default:
        if (slips(growth))
            draft_number(draft, name, number, 9 * chance_of(growth->chance, 2));
        else
            draft_number(draft, name, number >> 8 * (8 - size_bytes), size_bytes);
    }
}

static void random_records(const struct growth *growth, struct draft *draft, size_t budget_bytes,
                           unsigned depth)
{
    /* One for each depth, and not on the stack: they are large. */
    static struct draft insides[PARCEL_DEPTH_MAX + 1];
    char name[64];
    size_t end = draft->size_bytes + budget_bytes;
    while (draft->size_bytes < end) {
        random_name(growth, name);
        if (chance_of(growth->chance, growth->deep ? 40 : 2) == 0) {
            random_leaf(growth, draft, name);
            continue;
        }
        size_t room_bytes = end - draft->size_bytes;
        draft_records(&insides[depth]);
        if (depth < PARCEL_DEPTH_MAX && (growth->deep || chance_of(growth->chance, 6)))
            random_records(growth, &insides[depth], room_bytes - room_bytes / 4, depth + 1);
        draft_group(draft, name, &insides[depth]);
    }
}

void draft_random(struct draft *draft, struct chance *chance, size_t budget_bytes, bool faulty)
{
    const struct growth growth = {chance, faulty, chance_of(chance, 8) == 0};
    draft_start(draft);
    random_records(&growth, draft, budget_bytes, 0);
    draft_seal(draft);
}

/* ---- broken -----------------------------------------------------------------------------------*/

static void delete_byte(struct draft *draft, size_t at)
{
    memmove(draft->bytes + at, draft->bytes + at + 1, draft->size_bytes - at - 1);
    draft->size_bytes--;
}

static void insert_byte(struct draft *draft, size_t at, uint8_t byte)
{
    if (draft->size_bytes == sizeof(draft->bytes))
        return;
    memmove(draft->bytes + at + 1, draft->bytes + at, draft->size_bytes - at);
    draft->bytes[at] = byte;
    draft->size_bytes++;
}

static void break_at(struct draft *draft, struct chance *chance, size_t at)
{
    static const uint8_t edges[] = {0,  1,  2,   3,    4,    5,    8,    9,
                                    31, 32, 127, 0x80, 0x81, 0x8f, 0xff, 0x7f};
    uint8_t *byte = &draft->bytes[at];
    switch (chance_of(chance, 8)) {
    case 0:
        *byte ^= (uint8_t)(1u << chance_of(chance, 8));
        break;
    case 1:
        (*byte)++;
        break;
    case 2:
        (*byte)--;
        break;
    case 3:
        delete_byte(draft, at);
        break;
    case 4:
        insert_byte(draft, at, edges[chance_of(chance, sizeof(edges))]);
        break;
    case 5:
        draft->size_bytes = at;
        break;
    case 6: /* a length that is longer than it need be, or than it may be; or nearly the longest */
        if (chance_of(chance, 2)) {
            insert_byte(draft, at, 0x0f);
            for (int i = 0; i < 3; i++)
                insert_byte(draft, at, 0xff);
            insert_byte(draft, at, (uint8_t)(0xff - chance_of(chance, 64)));
            break;
        }
        for (uint64_t left = 1 + chance_of(chance, 5); left > 0; left--)
            insert_byte(draft, at, 0xff);
        break;
    default:
        *byte = edges[chance_of(chance, sizeof(edges))];
    }
}

void draft_break(const struct draft *whole, struct chance *chance, struct draft *broken)
{
    draft_records(broken);
    draft_bytes(broken, whole->bytes, whole->size_bytes);
    for (uint64_t left = 1 + chance_of(chance, 3); left > 0 && broken->size_bytes > 0; left--) {
        size_t at = chance_of(chance, broken->size_bytes);
        if (whole->mark_count && chance_of(chance, 4)) {
            size_t field = whole->marks[chance_of(chance, whole->mark_count)];
            at = field < broken->size_bytes ? field : at;
        }
        break_at(broken, chance, at);
    }
    if (chance_of(chance, 8))
        draft_seal(broken);
}
