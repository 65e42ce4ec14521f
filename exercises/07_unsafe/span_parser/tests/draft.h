/* draft.h - parcels in the making, and what a parser has to say of them.
 *
 * A draft is written record for record, right or wrong, and notes on the way what it means: the nodes, and the
 * error of the first fault. So the tests know what to expect without reading a parcel.
 *
 * Interface: draft_start draft_records draft_bytes draft_record draft_field draft_number draft_text draft_blob
 *            draft_group draft_fault draft_seal draft_write_header chance_of draft_random draft_break
 */
#ifndef SYSLAB_EXERCISE_SPAN_PARSER_DRAFT_H
#define SYSLAB_EXERCISE_SPAN_PARSER_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span_parser.h"

enum { DRAFT_MAX_BYTES = 4096, DRAFT_NODES_MAX = 512, DRAFT_MARKS_MAX = 1024 };

/* A node, with places in the draft instead of pointers. */
struct draft_node {
    struct parcel_node node;
    size_t name_at, data_at;
};

struct draft {
    uint8_t bytes[DRAFT_MAX_BYTES];
    size_t size_bytes;
    int error; /* of the first fault, or 0 */
    struct draft_node nodes[DRAFT_NODES_MAX];
    size_t count;
    size_t marks[DRAFT_MARKS_MAX],
        mark_count; /* where fields begin, for whoever wants to break one */
};

/* A parcel: room for its header, and no records yet. Or the inside of a group: no header. */
void draft_start(struct draft *draft);
void draft_records(struct draft *draft);

/* These bytes, as they are. Asserts that there is room. */
void draft_bytes(struct draft *draft, const void *bytes, size_t size_bytes);

/* The first fault is here, if there was none before. 0: none. */
void draft_fault(struct draft *draft, int error);

/* A record of any tag. Faults in its tag and name are noted; one in its payload is the caller's to note. */
void draft_record(struct draft *draft, unsigned tag, const char *name, const void *payload,
                  size_t size_bytes);
/* Tag, name and length alone, and no node. */
void draft_field(struct draft *draft, unsigned tag, const char *name, uint32_t length);

void draft_number(struct draft *draft, const char *name, uint64_t number, size_t size_bytes);
void draft_text(struct draft *draft, const char *name, const char *text);
void draft_blob(struct draft *draft, const char *name, const void *bytes, size_t size_bytes);
/* The inside's nodes and its fault are the draft's then. */
void draft_group(struct draft *draft, const char *name, const struct draft *inside);

/* Write the header that the records ask for; of a draft, or of any bytes with room for one in front. */
void draft_seal(struct draft *draft);
void draft_write_header(uint8_t *parcel, size_t size_bytes);

struct chance {
    uint64_t state;
};

/* A number below limit. Source: splitmix64 (Steele, Lea and Flood, 2014). */
uint64_t chance_of(struct chance *chance, uint64_t limit);

/* A parcel by chance, sealed, of about budget_bytes (at most 2000). faulty: now and then a field is wrong. */
void draft_random(struct draft *draft, struct chance *chance, size_t budget_bytes, bool faulty);

/* *broken = the bytes of `whole`, changed in one to three places, most often where a field begins; and mostly
 * sealed again, so that the header does not hide what was broken. It notes nothing of itself. */
void draft_break(const struct draft *whole, struct chance *chance, struct draft *broken);

#endif
