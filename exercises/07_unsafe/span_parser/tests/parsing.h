/* parsing.h - one call of parcel_parse, between guards, and what may be expected of it.
 *
 * Interface: parsing_begin parsing_end parsing_expect_error parsing_expect_nodes parsing_expect_sense
 *            parsing_error_name
 */
#ifndef SYSLAB_EXERCISE_SPAN_PARSER_PARSING_H
#define SYSLAB_EXERCISE_SPAN_PARSER_PARSING_H

#include <stddef.h>
#include <stdint.h>

#include "draft.h"

struct parsed {
    const struct draft *draft;
    uint8_t *block;            /* from malloc, and larger than the bytes by what they are shifted */
    const uint8_t *bytes;      /* the draft's; the last of them is the block's last */
    struct parcel_node *nodes; /* capacity of them, and behind them a pattern */
    size_t capacity, count;
    int error;
};

/* Parse a copy of the draft's bytes into at most DRAFT_NODES_MAX nodes. Holds the parser to this: nothing is
 * written behind the nodes, and *count stays after an error. One at a time: the nodes are in one array. */
void parsing_begin(struct parsed *parsed, const struct draft *draft, size_t capacity);
void parsing_end(struct parsed *parsed);

void parsing_expect_error(const struct parsed *parsed, int error, const char *what);

/* The nodes are those that the draft notes. */
void parsing_expect_nodes(const struct parsed *parsed, const char *what);

/* Whatever the bytes are: an error that the handout knows, and nodes that stay in the parcel. */
void parsing_expect_sense(const struct parsed *parsed, const char *what);

/* As the handout writes it: "-ENODATA". */
const char *parsing_error_name(int error);

#endif
