/* punning_code.c - compiled and disassembled by punning_code.sh, which counts the instructions.
 * The number in a name is how many there may be besides the return. */
#include "07_unsafe/punning.h"

/* Not static: the compiler has to emit each of them. */
#define LOAD(count, name, type)                                                                    \
    type name##_in_##count(const void *from);                                                      \
    type name##_in_##count(const void *from)                                                       \
    {                                                                                              \
        return punning_##name(from);                                                               \
    }
#define STORE(count, name, type)                                                                   \
    void name##_in_##count(void *to, type value);                                                  \
    void name##_in_##count(void *to, type value)                                                   \
    {                                                                                              \
        punning_##name(to, value);                                                                 \
    }

LOAD(1, load_u16, uint16_t)
LOAD(1, load_u32, uint32_t)
LOAD(1, load_u64, uint64_t)
LOAD(1, load_u32_le, uint32_t)
LOAD(1, load_u64_le, uint64_t)
LOAD(2, load_u32_be, uint32_t)
LOAD(2, load_u64_be, uint64_t)
STORE(1, store_u16, uint16_t)
STORE(1, store_u32, uint32_t)
STORE(1, store_u64_le, uint64_t)
STORE(2, store_u32_be, uint32_t)
STORE(2, store_u64_be, uint64_t)

uint32_t bits_of_f32_in_1(float value);
uint32_t bits_of_f32_in_1(float value)
{
    return punning_bits_of_f32(value);
}

double f64_of_bits_in_1(uint64_t bits);
double f64_of_bits_in_1(uint64_t bits)
{
    return punning_f64_of_bits(bits);
}
