/* fuzz_main.c - drives a fuzz target without a fuzzing engine, so that every build runs it.
 *
 *   fuzz_bytes              100 000 generated inputs from a fixed seed, which is printed (under a sanitizer
 *                           20 000: each takes several times as long)
 *   fuzz_bytes --seed N     another seed
 *   fuzz_bytes FILE ...     replay these inputs (a crash that a fuzzer found)
 *
 * The target is LLVMFuzzerTestOneInput, the entry point that libFuzzer and AFL++ share: the long
 * campaigns link the same file with clang's -fsanitize=fuzzer instead of this main.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "07_unsafe/sanitizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#if SANITIZER_ADDRESS || SANITIZER_THREAD
enum { INPUT_COUNT = 20000 };
#else
enum { INPUT_COUNT = 100000 };
#endif
enum { INPUT_MAX_BYTES = 4096 };

/* xorshift64*: Vigna 2016. Good enough to spread inputs, and the same on every machine. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    static uint8_t data[1 << 20];
    size_t size = fread(data, 1, sizeof(data), file);
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    return 0;
}

static void generate(uint64_t seed)
{
    static uint8_t data[INPUT_MAX_BYTES];
    uint64_t state = seed ? seed : 1;
    for (int i = 0; i < INPUT_COUNT; i++) {
        /* Mostly short inputs: they reach the edges sooner. */
        size_t size = next_random(&state) % (i % 16 ? 64 : INPUT_MAX_BYTES);
        for (size_t at = 0; at < size; at++)
            data[at] = (uint8_t)(next_random(&state) >> 56);
        /* A copy of the exact size, so that the address sanitizer sees a read past its end. */
        uint8_t *exact = malloc(size ? size : 1);
        if (!exact)
            abort();
        memcpy(exact, data, size);
        LLVMFuzzerTestOneInput(exact, size);
        free(exact);
    }
}

int main(int argc, char **argv)
{
    uint64_t seed = 20260101;
    int failed = 0;
    if (argc > 1 && strcmp(argv[1], "--seed") != 0) {
        for (int i = 1; i < argc; i++)
            failed |= replay(argv[i]);
        return failed;
    }
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 10);
    printf("seed %llu, %d inputs\n", (unsigned long long)seed, INPUT_COUNT);
    fflush(stdout);
    generate(seed);
    return 0;
}
