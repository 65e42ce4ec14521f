/* stress.h - what every stress program has: a seed that it prints and takes, and random numbers made from it.
 *
 *     int main(int argc, char **argv)
 *     {
 *         struct stress stress = stress_begin(argc, argv, ROUNDS);     NAME [SEED [ROUNDS]]
 *         for (unsigned long i = 0; i < stress.rounds; i++)
 *             run_round(&stress.random);
 *
 * A thread of its own gets a state of its own: stress_fork. With the same seed the same numbers are drawn; which
 * thread is when where is up to the machine, so a failure may need more than one run with its seed.
 *
 * Threads: a state belongs to one. Interface: stress_begin stress_random stress_fork
 * Source: Vigna, An experimental exploration of Marsaglia's xorshift generators, scrambled (2016): xorshift64*.
 */
#ifndef SYSLAB_TESTS_STRESS_H
#define SYSLAB_TESTS_STRESS_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct stress {
    uint64_t seed, random; /* random: never 0 */
    unsigned long rounds;
};

/* The next number of a state that is not 0. */
static inline uint64_t stress_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* A state for somebody else. */
static inline uint64_t stress_fork(uint64_t *state)
{
    return stress_random(state) | 1;
}

/* Read [SEED [ROUNDS]], print the seed: also a run that crashes has said it. */
static inline struct stress stress_begin(int argc, char **argv, unsigned long rounds)
{
    struct stress stress = {.seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL),
                            .rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : rounds};
    stress.random = stress.seed * 2 + 1;
    printf("seed %" PRIu64 "\n", stress.seed);
    fflush(stdout);
    return stress;
}

#endif
