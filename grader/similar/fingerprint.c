#include "grader/similar/fingerprint.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "grader/base/grow.h"

/* Odd, so that multiplying by it loses nothing (mod 2^64). */
static const uint64_t base = 0x9e3779b97f4a7c15u;

/* Spread the bits (Steele, Lea, Flood 2014, the finalizer of SplitMix64): the least of a window is to be
 * a fair draw, and the rolling sum alone favours grams that begin with small codes. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

int fingerprint_grams(const uint32_t *tokens, size_t count, unsigned gram, uint64_t **out,
                      size_t *out_count)
{
    *out = NULL;
    *out_count = count < gram ? 0 : count - gram + 1;
    if (*out_count == 0)
        return 0;
    uint64_t *grams = reallocarray(NULL, *out_count, sizeof(*grams));
    if (!grams)
        return -ENOMEM;
    uint64_t leading = 1,
             sum = 0; /* base^gram: what the token that leaves has been multiplied by */
    for (unsigned i = 0; i < gram; i++)
        leading *= base;
    for (size_t i = 0; i < count; i++) {
        sum = sum * base + mix(tokens[i]);
        if (i >= gram)
            sum -= leading * mix(tokens[i - gram]);
        if (i + 1 >= gram)
            grams[i + 1 - gram] = mix(sum);
    }
    *out = grams;
    return 0;
}

/* The rightmost least of grams[from .. to]. */
static size_t least(const uint64_t *grams, size_t from, size_t to)
{
    size_t found = to;
    for (size_t i = to; i-- > from;)
        if (grams[i] < grams[found])
            found = i;
    return found;
}

int fingerprint_winnow(const uint64_t *grams, size_t count, unsigned window,
                       struct fingerprint **out, size_t *out_count)
{
    size_t capacity = 0, kept = 0;
    *out = NULL;
    *out_count = 0;
    for (size_t end = count < window ? count : window; end > 0 && end <= count; end++) {
        size_t from = end < window ? 0 : end - window;
        bool first = *out_count == 0;
        if (!first && kept >= from && grams[end - 1] >= grams[kept])
            continue; /* what the window before kept is in this one, and nothing is less */
        kept = first || kept < from ? least(grams, from, end - 1) : end - 1;
        struct fingerprint *slot = grow((void **)out, *out_count, &capacity, sizeof(*slot));
        if (!slot) {
            free(*out);
            *out = NULL;
            return -ENOMEM;
        }
        *slot = (struct fingerprint){grams[kept], (uint32_t)kept};
        (*out_count)++;
    }
    return 0;
}
