/* similar_internal.h - between similar.c, which keeps the texts, similar_index.c, which finds the pairs
 * that share something, and similar_match.c, which finds what they share. */
#ifndef SYSLAB_GRADER_SIMILAR_INTERNAL_H
#define SYSLAB_GRADER_SIMILAR_INTERNAL_H

#include "grader/similar/similar.h"

/* Take boilerplate out of every text, then call `found` for each pair of texts of which one has at
 * least min_percent of its fingerprints in the other; twins but the first have no part.
 * Returns: 0, -ENOMEM, or what `found` returned if that is not 0. */
int similar_index_pairs(struct similar_set *set, unsigned min_percent,
                        int (*found)(struct similar_set *set, size_t left, size_t right));

/* The regions that pair->left and pair->right share, and the figures that follow from them.
 * Returns: 0 or -ENOMEM. Owns: the caller frees pair->regions. */
int similar_match(const struct similar_set *set, struct similar_pair *pair);

#endif
