/* fingerprint.h - a few hashes that stand for a sequence of tokens, chosen by winnowing.
 *
 *     tokens       t0 t1 t2 t3 t4 t5 t6 t7 ...
 *     grams        [t0 .. t2] [t1 .. t3] [t2 .. t4] ...      each run of `gram` tokens, hashed
 *     window       of `window` grams: the least hash in it is kept, with its place
 *
 * Two texts that share a run of window + gram - 1 tokens share a whole window of grams, in both texts
 * the same least hash is in it, and so they share a fingerprint: nothing of that length is missed,
 * wherever it stands. Nothing shorter than a gram is ever found: coincidence has its limit too.
 * About 2 in window + 1 grams are kept.
 *
 * Robust winnowing: of equal least hashes the window keeps the one that the window before it kept,
 * else the rightmost; a long run of one token (a table of zeros) then costs one fingerprint a window
 * and not one a token.
 *
 * Source: Schleimer, Wilkerson, Aiken: Winnowing: local algorithms for document fingerprinting,
 * SIGMOD 2003; the rolling hash is Karp and Rabin's, IBM J. Res. Dev. 31 (1987).
 *
 * Interface: struct fingerprint_shape, fingerprint_guarantee fingerprint_grams fingerprint_winnow
 */
#ifndef SYSLAB_GRADER_FINGERPRINT_H
#define SYSLAB_GRADER_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

struct fingerprint_shape {
    unsigned gram;   /* k: tokens in a gram, at least 1 */
    unsigned window; /* w: grams in a window, at least 1 */
};

struct fingerprint {
    uint64_t hash;
    uint32_t at; /* the gram's first token */
};

/* The length of a shared run that is never missed. */
static inline unsigned fingerprint_guarantee(struct fingerprint_shape shape)
{
    return shape.window + shape.gram - 1;
}

/* Hash each gram of the tokens: count - gram + 1 of them, in order; none of fewer tokens than a gram.
 * Equal grams have equal hashes; that unequal ones have is left to chance, 1 in 2^64.
 * Returns: 0, *out (NULL where there is none) and *out_count; or -ENOMEM. Owns: the caller frees
 * *out. Cost: O(count). */
int fingerprint_grams(const uint32_t *tokens, size_t count, unsigned gram, uint64_t **out,
                      size_t *out_count);

/* Choose the fingerprints among the grams' hashes; of fewer grams than a window, the least.
 * Returns: as above, in order of place. Cost: O(count), and O(window) at each that is kept. */
int fingerprint_winnow(const uint64_t *grams, size_t count, unsigned window,
                       struct fingerprint **out, size_t *out_count);

#endif
