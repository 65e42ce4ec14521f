/* As reads_by_a_vector, by a function of a header. */
#pragma GCC target("avx2")
#include "target.h"

#include <immintrin.h>

static int numbers[4];

int target_add(int a, int b)
{
    numbers[0] = a;
    __m128i read = _mm_maskload_epi32(numbers + 1, _mm_set1_epi32(-1)); /* one behind the end */
    return numbers[0] + b + 0 * _mm_cvtsi128_si32(read);
}
