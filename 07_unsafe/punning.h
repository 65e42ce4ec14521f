/* punning.h - the same bytes as another type, in the ways that C allows.
 *
 * A packet holds a number at an odd address, in the other byte order. A float's bits are wanted as an
 * integer. The cast that comes to mind, *(uint32_t *)bytes, is wrong twice:
 *
 *     alignment   the address of a uint32_t has to be a multiple of 4. Processors of today mostly do
 *                 not mind; the compiler does: it may read 16 bytes at once, by an instruction that
 *                 faults on others.
 *     aliasing    what was stored as a float may be read as a float, or as chars, and as nothing
 *                 else. The compiler takes your word: a store through float * cannot change what a
 *                 uint32_t * points at, so it keeps the old value in a register, or stores later.
 *
 * memcpy of a fixed size says what is meant, to people and to compilers. Both gcc and clang make it
 * one instruction: a test reads the compiled code and counts.
 *
 *     uint32_t length = punning_load_u32_be(packet + 3);
 *     uint32_t bits = punning_bits_of_f32(1.0f);            0x3f800000
 *
 * What strict aliasing permits (C17 6.5p7): the object's own type, with other sign or qualifiers; a
 * struct or union that has such a member; and char, signed or unsigned, which may look at anything.
 * uint8_t is such a char with gcc and clang. A union may be written by one member and read by
 * another (6.5.2.3, footnote 97), if both accesses go through the union; C++ forbids it.
 *
 * Invariant: nothing here needs an alignment, and none of it reads or writes a byte more than its
 * name says. Values that no other program sees keep the machine's order; _le and _be do not depend
 * on the machine.
 *
 * Do not: hand in fewer bytes than the name says (nothing is checked: span.h checks); take the bits of
 * a signalling NaN for safe on x87; compare floats by their bits (-0.0 and 0.0 differ).
 *
 * Threads: any number at once, as the bytes allow. Cost: one load or store, and one byte swap where
 * the order is not the machine's.
 * Interface: punning_load_u{16,32,64}{,_le,_be} punning_store_u{16,32,64}{,_le,_be}
 *            punning_bits_of_f32 punning_f32_of_bits punning_bits_of_f64 punning_f64_of_bits
 *            punning_is_aligned
 * Source: ISO C17 6.3.2.3p7, 6.5p7, 6.5.2.3; gcc manual, -fstrict-aliasing.
 */
#ifndef SYSLAB_UNSAFE_PUNNING_H
#define SYSLAB_UNSAFE_PUNNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* For each width of 16, 32 and 64 bits:
 *
 *     uint32_t punning_load_u32(const void *from)      as this machine stores it
 *     uint32_t punning_load_u32_le(const void *from)   least significant byte first
 *     uint32_t punning_load_u32_be(const void *from)   most significant byte first
 *     void punning_store_u32(void *to, uint32_t value), and _le, _be
 *
 * Signed values are cast by the caller: the bits are the same. */
#define PUNNING_DEFINE(bits, suffix, order)                                                        \
    static inline uint##bits##_t punning_load_u##bits##suffix(const void *from)                    \
    {                                                                                              \
        uint##bits##_t value;                                                                      \
        memcpy(&value, from, sizeof(value));                                                       \
        return order(value);                                                                       \
    }                                                                                              \
    static inline void punning_store_u##bits##suffix(void *to, uint##bits##_t value)               \
    {                                                                                              \
        value = order(value);                                                                      \
        memcpy(to, &value, sizeof(value));                                                         \
    }

#define PUNNING_SAME(value) (value)
PUNNING_DEFINE(16, , PUNNING_SAME)
PUNNING_DEFINE(32, , PUNNING_SAME)
PUNNING_DEFINE(64, , PUNNING_SAME)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
PUNNING_DEFINE(16, _le, PUNNING_SAME)
PUNNING_DEFINE(32, _le, PUNNING_SAME)
PUNNING_DEFINE(64, _le, PUNNING_SAME)
PUNNING_DEFINE(16, _be, __builtin_bswap16)
PUNNING_DEFINE(32, _be, __builtin_bswap32)
PUNNING_DEFINE(64, _be, __builtin_bswap64)
#else
PUNNING_DEFINE(16, _le, __builtin_bswap16)
PUNNING_DEFINE(32, _le, __builtin_bswap32)
PUNNING_DEFINE(64, _le, __builtin_bswap64)
PUNNING_DEFINE(16, _be, PUNNING_SAME)
PUNNING_DEFINE(32, _be, PUNNING_SAME)
PUNNING_DEFINE(64, _be, PUNNING_SAME)
#endif
#undef PUNNING_SAME
#undef PUNNING_DEFINE

/* The bits of a float, IEEE 754 binary32: 1 sign, 8 exponent, 23 fraction. */
static inline uint32_t punning_bits_of_f32(float value)
{
    /* lesson: punning-bits */
    uint32_t bits;
    _Static_assert(sizeof(bits) == sizeof(value), "the same bytes");
    memcpy(&bits, &value, sizeof(bits));
    return bits;
    /* end lesson */
}

/* The float that has these bits. */
static inline float punning_f32_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* The bits of a double, IEEE 754 binary64: 1 sign, 11 exponent, 52 fraction. */
static inline uint64_t punning_bits_of_f64(double value)
{
    uint64_t bits;
    _Static_assert(sizeof(bits) == sizeof(value), "the same bytes");
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* The double that has these bits. */
static inline double punning_f64_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* Whether the address is a multiple of align, a power of two: before a cast to a pointer of a type
 * that has that alignment, and never instead of asking what type was stored there. */
static inline bool punning_is_aligned(const void *address, size_t align)
{
    return ((uintptr_t)address & (align - 1)) == 0;
}

#endif
