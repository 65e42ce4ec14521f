/* mpmc_ring_jobs.c - jobs from several threads to several workers, and how the workers learn that it is over.
 *
 * Three threads push jobs, each a range to be searched for primes; two workers take whatever comes next. The ring
 * is small, so a thread whose jobs do not fit waits: what is bounded pushes back. When all jobs are in, one empty range
 * for each worker says that no more will come.
 *
 *   mpmc_ring_jobs
 *
 * Expected output:
 *     300 jobs through a ring of 16
 *     3245 primes below 30000
 *     left in the ring: 0
 */
#include <pthread.h>
#include <stdio.h>

#include "02_concurrency/mpmc_ring.h"

enum { SENDERS = 3, WORKERS = 2, JOBS_EACH = 100, NUMBERS_EACH = 100 };

struct job {
    unsigned first, count; /* 0: no more will come */
};

static struct mpmc_ring *ring;

static void send(struct job job)
{
    struct backoff backoff = BACKOFF_INIT;
    while (!mpmc_ring_try_push_sized(ring, &job, sizeof(job)))
        backoff_wait(&backoff);
}

static void *send_jobs(void *first)
{
    for (unsigned i = 0; i < JOBS_EACH; i++)
        send((struct job){*(unsigned *)first + i * NUMBERS_EACH, NUMBERS_EACH});
    return NULL;
}

static bool is_prime(unsigned number)
{
    for (unsigned divisor = 2; divisor * divisor <= number; divisor++)
        if (number % divisor == 0)
            return false;
    return number >= 2;
}

static void *work(void *primes)
{
    for (;;) {
        struct job job;
        struct backoff backoff = BACKOFF_INIT;
        while (!mpmc_ring_try_pop_sized(ring, &job, sizeof(job)))
            backoff_wait(&backoff);
        if (job.count == 0)
            return NULL;
        for (unsigned number = job.first; number < job.first + job.count; number++)
            *(unsigned *)primes += is_prime(number);
    }
}

int main(void)
{
    pthread_t senders[SENDERS], workers[WORKERS];
    unsigned firsts[SENDERS], primes[WORKERS] = {0}, sum = 0;
    if (mpmc_ring_create(&ring, allocator_system(), 16, sizeof(struct job)) != 0)
        return 1;
    for (int i = 0; i < WORKERS; i++)
        if (pthread_create(&workers[i], NULL, work, &primes[i]) != 0)
            return 1;
    for (unsigned i = 0; i < SENDERS; i++) {
        firsts[i] = i * JOBS_EACH * NUMBERS_EACH;
        if (pthread_create(&senders[i], NULL, send_jobs, &firsts[i]) != 0)
            return 1;
    }
    for (int i = 0; i < SENDERS; i++)
        pthread_join(senders[i], NULL);
    for (int i = 0; i < WORKERS; i++)
        send((struct job){0, 0});
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i], NULL);
        sum += primes[i];
    }
    printf("%d jobs through a ring of %zu\n", SENDERS * JOBS_EACH, mpmc_ring_capacity(ring));
    printf("%u primes below %d\n", sum, SENDERS * JOBS_EACH * NUMBERS_EACH);
    printf("left in the ring: %zu\n", mpmc_ring_count(ring));
    mpmc_ring_destroy(ring);
    return 0;
}
