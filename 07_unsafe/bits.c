#include "07_unsafe/bits.h"

#include <stdatomic.h>

#include "07_unsafe/punning.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* ---- asking -----------------------------------------------------------------------------------*/

#if defined(__x86_64__)
/* Which register files the kernel saves on a switch. Without that a feature is of no use. */
static uint64_t saved_state(void)
{
    uint32_t low, high;
    /* By its name this needs -mxsave; as text it does not. ecx selects the register. */
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

enum { STATE_AVX = 6, STATE_AVX512 = 0xe6 }; /* bits of xcr0 */

struct bits_features bits_features(void)
{
    struct bits_features features = {0};
    unsigned a, b, c, d;
    uint64_t state = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d))
        return features;
    features.sse2 = d & bit_SSE2;
    features.sse42 = c & bit_SSE4_2;
    features.cx16 = c & bit_CMPXCHG16B;
    if (c & bit_OSXSAVE)
        state = saved_state();
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        features.avx2 = (b & bit_AVX2) && (state & STATE_AVX) == STATE_AVX;
        features.avx512bw = (b & bit_AVX512BW) && (state & STATE_AVX512) == STATE_AVX512;
        features.bmi2 = b & bit_BMI2;
    }
    if (__get_cpuid(0x80000001, &a, &b, &c, &d))
        features.rdtscp = d & (1u << 27);
    if (__get_cpuid(0x80000007, &a, &b, &c, &d))
        features.invariant_tsc = d & (1u << 8);
    return features;
}
#else
struct bits_features bits_features(void)
{
    return (struct bits_features){.neon = true,
                                  .invariant_tsc = true}; /* both are the architecture's */
}
#endif

/* ---- searching in plain C ---------------------------------------------------------------------*/

/* lesson: bits-zero-byte */
/* The lowest bit that is set belongs to the first zero byte of v; bits above it may be wrong, since a
 * borrow runs upwards. */
static inline uint64_t zero_bytes(uint64_t v)
{
    return (v - UINT64_C(0x0101010101010101)) & ~v & UINT64_C(0x8080808080808080);
}
/* end lesson */

/* Up to 7 bytes, and those of one word whose place is not known yet. */
static size_t find_slowly(const uint8_t *bytes, size_t count, uint8_t byte)
{
    size_t at = 0;
    while (at < count && bytes[at] != byte)
        at++;
    return at;
}

size_t bits_find_byte_portable(const void *bytes, size_t count, uint8_t byte)
{
    const uint8_t *from = bytes;
    uint64_t pattern = UINT64_C(0x0101010101010101) * byte;
    size_t at = 0;
    for (; count - at >= 8; at += 8) {
        uint64_t zeros = zero_bytes(punning_load_u64_le(from + at) ^ pattern);
        if (zeros)
            return at + (size_t)__builtin_ctzll(zeros) / 8;
    }
    return at + find_slowly(from + at, count - at, byte);
}

/* ---- searching 16 bytes at a time -------------------------------------------------------------*/

#if defined(__x86_64__)
typedef __m128i vector16;

static inline vector16 vector16_of(uint8_t byte)
{
    return _mm_set1_epi8((char)byte);
}

/* 4 bits for each of 16 bytes, set where it is equal, so that NEON can do the same. */
static inline uint64_t equal16(const uint8_t *from, vector16 pattern)
{
    return (unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)from), pattern));
}
enum { MASK16_BITS = 1 }; /* of the mask, a byte */

#elif defined(__aarch64__)
typedef uint8x16_t vector16;

static inline vector16 vector16_of(uint8_t byte)
{
    return vdupq_n_u8(byte);
}

/* NEON has no movemask. Narrowing each pair of bytes by a shift leaves 4 bits of each. */
static inline uint64_t equal16(const uint8_t *from, vector16 pattern)
{
    uint8x8_t narrow = vshrn_n_u16(vreinterpretq_u16_u8(vceqq_u8(vld1q_u8(from), pattern)), 4);
    return vget_lane_u64(vreinterpret_u64_u8(narrow), 0);
}
enum { MASK16_BITS = 4 };
#endif

static size_t find_by_16(const void *bytes, size_t count, uint8_t byte)
{
    const uint8_t *from = bytes;
    vector16 pattern = vector16_of(byte);
    if (count < 16)
        return bits_find_byte_portable(bytes, count, byte);
    for (size_t at = 0;;) {
        uint64_t mask = equal16(from + at, pattern);
        if (mask)
            return at + (size_t)__builtin_ctzll(mask) / MASK16_BITS;
        if (at == count - 16)
            return count;
        /* The last step overlaps the one before: what it sees twice was not equal. */
        at = count - at >= 32 ? at + 16 : count - 16;
    }
}

/* ---- searching 32 bytes at a time -------------------------------------------------------------*/

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,bmi")))

AVX2 static inline unsigned equal32(const uint8_t *from, __m256i pattern)
{
    return (unsigned)_mm256_movemask_epi8(
        _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(const void *)from), pattern));
}

AVX2 static inline __m256i same32(const uint8_t *from, __m256i pattern)
{
    return _mm256_cmpeq_epi8(_mm256_load_si256((const __m256i *)(const void *)from), pattern);
}

/* The first match in [from, end), which is 32 bytes or more and has less than 128 in front of its
 * last 32. */
AVX2 static inline const uint8_t *find_in_tail(const uint8_t *from, const uint8_t *end,
                                               __m256i pattern)
{
    for (; end - from > 32; from += 32) {
        unsigned mask = equal32(from, pattern);
        if (mask)
            return from + __builtin_ctz(mask);
    }
    unsigned mask = equal32(end - 32, pattern);
    return mask ? end - 32 + __builtin_ctz(mask) : end;
}

/* lesson: bits-find-64 */
/* 32 to 64 bytes: the first 32 and the last. What lies in both is seen twice, at the same bit. */
AVX2 static inline size_t find_in_two(const uint8_t *begin, size_t count, __m256i pattern)
{
    uint64_t first = equal32(begin, pattern), last = equal32(begin + count - 32, pattern);
    uint64_t mask = first | last << (count - 32);
    return mask ? (size_t)__builtin_ctzll(mask) : count;
}
/* end lesson */

/* lesson: bits-find-32 */
AVX2 static size_t find_by_32(const void *bytes, size_t count, uint8_t byte)
{
    if (count < 32)
        return find_by_16(bytes, count, byte);
    const uint8_t *begin = bytes, *end = begin + count;
    __m256i pattern = _mm256_set1_epi8((char)byte);
    if (count <= 64)
        return find_in_two(begin, count, pattern);
    unsigned mask = equal32(begin, pattern);
    if (mask)
        return (size_t)__builtin_ctz(mask);
    /* From here on at multiples of 32: no load crosses a line. */
    const uint8_t *at = begin + 32 - ((uintptr_t)begin & 31);
    for (; end - at >= 128; at += 128) {
        __m256i a = same32(at, pattern), b = same32(at + 32, pattern);
        __m256i c = same32(at + 64, pattern), d = same32(at + 96, pattern);
        /* Four comparisons, one question. Where, is asked once. */
        if (_mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d))))
            break;
    }
    return (size_t)(find_in_tail(at, end, pattern) - begin);
}
/* end lesson */

/* lesson: bits-find-asm */
/* One step of 32 bytes, in assembly.
 *     "=r"(mask)   any general register, written
 *     "=x"(same)   any vector register, for the comparison's result: ours, so no clobber is needed
 *     "x"(pattern) any vector register, read; the compiler keeps it there through the loop
 *     "m"          the 32 bytes themselves, not their address: so the compiler knows what is read,
 *                  and `memory` need not be said */
AVX2 static inline unsigned equal32_asm(const uint8_t *from, __m256i pattern)
{
    unsigned mask;
    __m256i same;
    __asm__("vpcmpeqb %[bytes], %[pattern], %[same]\n\t"
            "vpmovmskb %[same], %[mask]"
            : [mask] "=r"(mask), [same] "=&x"(same)
            : [pattern] "x"(pattern), [bytes] "m"(*(const uint8_t(*)[32])from));
    return mask;
}
/* end lesson */

AVX2 static size_t find_by_32_asm(const void *bytes, size_t count, uint8_t byte)
{
    const uint8_t *from = bytes;
    if (count < 32)
        return find_by_16(bytes, count, byte);
    __m256i pattern = _mm256_set1_epi8((char)byte);
    for (size_t at = 0;;) {
        unsigned mask = equal32_asm(from + at, pattern);
        if (mask)
            return at + (size_t)__builtin_ctz(mask);
        if (at == count - 32)
            return count;
        at = count - at >= 64 ? at + 32 : count - 32;
    }
}
#endif

/* ---- choosing ---------------------------------------------------------------------------------*/

bits_find_fn bits_find_byte_by(enum bits_way way)
{
    struct bits_features features = bits_features();
    switch (way) {
    case BITS_PORTABLE:
        return bits_find_byte_portable;
    case BITS_VECTOR_16:
        return features.sse2 || features.neon ? find_by_16 : NULL;
#if defined(__x86_64__)
    case BITS_VECTOR_32:
        return features.avx2 ? find_by_32 : NULL;
    case BITS_VECTOR_32_ASM:
        return features.avx2 ? find_by_32_asm : NULL;
#endif
    default:
        return NULL;
    }
}

static size_t find_first_time(const void *bytes, size_t count, uint8_t byte);

static bits_find_fn _Atomic chosen = find_first_time;

/* Threads that come at once all choose the same. */
static size_t find_first_time(const void *bytes, size_t count, uint8_t byte)
{
    bits_find_fn find = bits_find_byte_by(BITS_VECTOR_32);
    if (!find)
        find = bits_find_byte_by(BITS_VECTOR_16);
    if (!find)
        find = bits_find_byte_portable;
    /* relaxed: a pointer to code; nothing else is published with it */
    atomic_store_explicit(&chosen, find, memory_order_relaxed);
    return find(bytes, count, byte);
}

size_t bits_find_byte(const void *bytes, size_t count, uint8_t byte)
{
    return atomic_load_explicit(&chosen, memory_order_relaxed)(bytes, count, byte);
}
