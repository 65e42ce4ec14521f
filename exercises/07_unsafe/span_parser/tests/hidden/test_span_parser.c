/* test_span_parser.c - the hidden test of 07_unsafe/span_parser, which grades at the instructor's only.
 *
 * What a broken parcel has to get is found out by another parser, the reference, which a student's tree does
 * not have. The visible tests, whose expectations come from how a parcel was written, hold the reference too.
 */
#include "span_parser.h"
#include "subject.h"

#include <errno.h>

#include "../draft.h"
#include "../parsing.h"

/* The reference, with its names prefixed by the build. */
int ref_parcel_parse(const void *bytes, size_t size_bytes, struct parcel_node *nodes,
                     size_t capacity, size_t *count);

/* The draft notes what the reference makes of it. */
static void note(struct draft *draft, struct parcel_node nodes[DRAFT_NODES_MAX])
{
    draft->count = 0;
    draft->error =
        ref_parcel_parse(draft->bytes, draft->size_bytes, nodes, DRAFT_NODES_MAX, &draft->count);
    for (size_t i = 0; i < draft->count && !draft->error; i++)
        draft->nodes[i] = (struct draft_node){
            nodes[i], nodes[i].name_bytes ? (size_t)(nodes[i].name - draft->bytes) : 0,
            nodes[i].size_bytes ? (size_t)(nodes[i].data - draft->bytes) : 0};
}

static void broken_parcels_are_understood(void)
{
    enum { ROUNDS = 10000 };
    static struct parcel_node nodes[DRAFT_NODES_MAX];
    static struct draft whole, broken;
    struct parsed parsed;
    struct chance chance = {subject_seed() + 2};
    for (size_t i = 0; i < ROUNDS; i++) {
        const char *what =
            subject_format("broken parcel %zu of seed %llu", i, (unsigned long long)subject_seed());
        if (i % 10 == 0)
            draft_random(&whole, &chance, 1 + chance_of(&chance, 1 + i / 30), i % 20 == 0);
        draft_break(&whole, &chance, &broken);
        note(&broken, nodes);
        parsing_begin(&parsed, &broken, DRAFT_NODES_MAX);
        parsing_expect_error(&parsed, broken.error, what);
        if (!broken.error)
            parsing_expect_nodes(&parsed, what);
        parsing_end(&parsed);
    }
    subject_done();
}

const struct subject_test subject_hidden_tests[] = {
    {"broken_parcels_are_understood", broken_parcels_are_understood},
    {NULL, NULL},
};
