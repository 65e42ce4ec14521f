/* intern_internal.h - the hash of intern.c, and the comparison that goes with it, here so that tests can
 * attack them.
 *
 * Multiply two words of 64 bits and fold the product: every bit of the result depends on every bit
 * of both. But there are words that make a product forget the other one: 0 and all ones. So each
 * word of a string is first mixed with a word that is secret: with key.first, or with the state, in
 * which key.second is. A stranger who wants a product to forget has to guess 64 bits. (With a
 * public constant in the place of key.first, as in wyhash without a secret of its own, he writes
 * that constant into his strings, and all of them have one hash, whatever the seed is.)
 *
 * This is no proof: nobody has shown that a multiply-and-fold hash stands up to one who measures
 * times and adapts his strings. SipHash is made for that, at several times the price.
 *
 * Invariant: the two words of a key come from one seed by two different ways. If one could be told
 * from the other, `first ^ second` would be known, and with it strings whose factors trade places.
 *
 * Do not: store hashes, or take them for the same in another table or run.
 *
 * Interface: intern_key_from intern_hash intern_same
 * Source: wyhash (Wang Yi, 2019, public domain) for multiply and fold; splitmix64 (Steele, Lea and
 *         Flood 2014) for the key; Aumasson and Bernstein 2012 for why it has to be secret.
 */
#ifndef SYSLAB_MEMORY_INTERN_INTERNAL_H
#define SYSLAB_MEMORY_INTERN_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct intern_key {
    uint64_t first, second;
};

/* Every bit of the result depends on every bit of the word; one to one. */
static inline uint64_t intern_mix(uint64_t word)
{
    word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
    return word ^ word >> 31;
}

/* The two secret words of a table, from its seed. */
static inline struct intern_key intern_key_from(uint64_t seed)
{
    const uint64_t step = UINT64_C(0x9e3779b97f4a7c15);
    return (struct intern_key){intern_mix(seed + step), intern_mix(seed + 2 * step)};
}

/* Multiply, and fold the upper half of the product into the lower. */
static inline uint64_t intern_fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes from any address, in this machine's order. */
static inline uint64_t read64(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

/* Four, as the low half of a word. */
static inline uint64_t read32(const unsigned char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

/* The hash of a string, all 64 bits of which are good. */
/* lesson: intern-hash */
static inline uint64_t intern_hash(const unsigned char *at, size_t length, struct intern_key key)
{
    uint64_t a, b, state = key.second;
    size_t left = length;
    for (; left > 32; left -= 16, at += 16)
        state = intern_fold(read64(at) ^ key.first, read64(at + 8) ^ state);
    if (left >= 8) {
        /* 8 to 32 bytes in four reads that overlap: no loop, and no branch on the length. */
        size_t half = left < 16 ? left : 16;
        state = intern_fold(read64(at) ^ key.first, read64(at + half - 8) ^ state);
        a = read64(at + left - half);
        b = read64(at + left - 8);
    } else if (left >= 4) {
        a = read32(at);
        b = read32(at + left - 4);
    } else {
        a = left ? (uint64_t)at[0] << 16 | (uint64_t)at[left / 2] << 8 | at[left - 1] : 0;
        b = 0;
    }
    /* The last factor is odd or even as the length is, half ones, and never one that forgets. */
    const uint64_t half_ones = UINT64_C(0x8ebc6af09c88c6e3);
    return intern_fold(half_ones ^ length, intern_fold(a ^ key.first, b ^ state));
}
/* end lesson */

/* Whether two strings of one length are equal. Most are compared by the same four reads that the hash
 * takes, and so without a branch on their length. */
static inline bool intern_same(const unsigned char *a, const unsigned char *b, size_t length)
{
    if (length > 32)
        return memcmp(a, b, length) == 0;
    if (length >= 8) {
        size_t half = length < 16 ? length : 16, third = length - half, last = length - 8;
        return ((read64(a) ^ read64(b)) | (read64(a + half - 8) ^ read64(b + half - 8)) |
                (read64(a + third) ^ read64(b + third)) | (read64(a + last) ^ read64(b + last))) ==
               0;
    }
    for (size_t at = 0; at < length; at++)
        if (a[at] != b[at])
            return false;
    return true;
}

#endif
