/* checked.h - size arithmetic that says when it does not fit.
 *
 * `malloc(count * size)` is one of the oldest holes in C: the product wraps, the block is small,
 * and the loop that fills it is not. Here every sum, product and rounding returns whether it
 * fitted.
 *
 *     size_t bytes;
 *     if (!checked_mul_add(count, sizeof(struct item), sizeof(struct header), &bytes))
 *         return -EOVERFLOW;
 *
 * Invariant: when a function returns true, *out is the exact mathematical result. When it returns
 * false, *out is as it was. All are pure, inline, and one add (or mul) and one branch long.
 * Threads: any number at once.
 *
 * Do not: ignore a result (the compiler warns); test for wrap-around by hand (`a + b < a` is right
 * for size_t and undefined for int); compute first and check afterwards.
 *
 * Interface: checked_add checked_add3 checked_sub checked_mul checked_mul_add checked_align_up
 *            checked_array checked_to_u8 checked_to_u16 checked_to_u32 checked_to_int
 *            checked_to_ssize checked_to_size
 * Source: ISO C17 6.2.5p9 (unsigned wraps), 6.5p5 (signed overflow is undefined); C23 7.20 has the
 *         same operations as ckd_add, ckd_sub and ckd_mul. SEI CERT INT30-C, INT32-C.
 */
#ifndef SYSLAB_UNSAFE_CHECKED_H
#define SYSLAB_UNSAFE_CHECKED_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "07_unsafe/assert.h"

#define CHECKED_RESULT __attribute__((warn_unused_result)) static inline

/* *out = a + b. Returns: whether it fits. */
CHECKED_RESULT bool checked_add(size_t a, size_t b, size_t *out)
{
    /* lesson: checked-add */
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
    /* end lesson */
}

/* *out = a + b + c. Returns: whether it fits. */
CHECKED_RESULT bool checked_add3(size_t a, size_t b, size_t c, size_t *out)
{
    size_t sum;
    return checked_add(a, b, &sum) && checked_add(sum, c, out);
}

/* *out = a - b. Returns: whether b is at most a. */
CHECKED_RESULT bool checked_sub(size_t a, size_t b, size_t *out)
{
    if (b > a)
        return false;
    *out = a - b;
    return true;
}

/* *out = a * b. Returns: whether it fits. */
CHECKED_RESULT bool checked_mul(size_t a, size_t b, size_t *out)
{
    size_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}

/* *out = a * b + c: an array behind a header. Returns: whether it fits. */
CHECKED_RESULT bool checked_mul_add(size_t a, size_t b, size_t c, size_t *out)
{
    size_t product;
    return checked_mul(a, b, &product) && checked_add(product, c, out);
}

/* *out = the first multiple of align, a power of two, that is not below value.
 * Returns: whether there is one. */
CHECKED_RESULT bool checked_align_up(size_t value, size_t align, size_t *out)
{
    ASSERT(align && (align & (align - 1)) == 0);
    /* lesson: align-up */
    size_t sum;
    if (!checked_add(value, align - 1, &sum))
        return false;
    *out = sum & ~(align - 1);
    return true;
    /* end lesson */
}

/* *out = the bytes of an array of count items, and false also where no object can be that large:
 * the difference of two pointers into it must fit ptrdiff_t. Returns: whether it fits. */
CHECKED_RESULT bool checked_array(size_t count, size_t item_bytes, size_t *out)
{
    size_t bytes;
    if (!checked_mul(count, item_bytes, &bytes) || bytes > PTRDIFF_MAX)
        return false;
    *out = bytes;
    return true;
}

/* Narrowing: *out = value, in fewer bits or with another sign. Returns: whether it fits. */
CHECKED_RESULT bool checked_to_u8(uint64_t value, uint8_t *out)
{
    if (value > UINT8_MAX)
        return false;
    *out = (uint8_t)value;
    return true;
}

/* As checked_to_u8. */
CHECKED_RESULT bool checked_to_u16(uint64_t value, uint16_t *out)
{
    if (value > UINT16_MAX)
        return false;
    *out = (uint16_t)value;
    return true;
}

/* As checked_to_u8. */
CHECKED_RESULT bool checked_to_u32(uint64_t value, uint32_t *out)
{
    if (value > UINT32_MAX)
        return false;
    *out = (uint32_t)value;
    return true;
}

/* As checked_to_u8. */
CHECKED_RESULT bool checked_to_int(uint64_t value, int *out)
{
    if (value > INT_MAX)
        return false;
    *out = (int)value;
    return true;
}

/* As checked_to_u8. */
CHECKED_RESULT bool checked_to_ssize(size_t value, ssize_t *out)
{
    if (value > SSIZE_MAX)
        return false;
    *out = (ssize_t)value;
    return true;
}

/* From signed, as read() or a file offset gives it. Returns: whether it is a size: not negative. */
CHECKED_RESULT bool checked_to_size(int64_t value, size_t *out)
{
    if (value < 0 || (uint64_t)value > SIZE_MAX)
        return false;
    *out = (size_t)value;
    return true;
}

#undef CHECKED_RESULT

#endif
