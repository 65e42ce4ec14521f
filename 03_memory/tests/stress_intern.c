/* stress_intern.c - threads that put the same strings at once, in orders of their own.
 *
 * All must end with the same id for the same string, ids without a gap, and texts that lead back.
 * Meanwhile a reader walks the ids that are there. Prints its seed; takes one as its argument.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "03_memory/intern.h"

enum { THREADS = 4, STRINGS = 20000, ROUNDS = 3 };

struct worker {
    pthread_t thread;
    struct intern *intern;
    unsigned seed;
    uint32_t ids[STRINGS];
    unsigned errors;
};

static struct worker workers[THREADS];
static atomic_bool stop;

static int spell(char *text, size_t size_bytes, unsigned number)
{
    return snprintf(text, size_bytes, "%s%u", number % 3 ? "name-" : "a-rather-longer-name-",
                    number);
}

static void put_one(struct worker *worker, unsigned number)
{
    char text[64];
    uint32_t id = INTERN_NONE;
    size_t length = (size_t)spell(text, sizeof(text), number), back;
    if (intern_put(worker->intern, text, length, &id) != 0)
        worker->errors++;
    if (worker->ids[number] && worker->ids[number] != id)
        worker->errors++;
    worker->ids[number] = id;
    const char *kept = intern_text(worker->intern, id, &back);
    if (!kept || back != length || memcmp(kept, text, length) != 0)
        worker->errors++;
}

static void *put_all(void *context)
{
    struct worker *worker = context;
    for (int round = 0; round < ROUNDS; round++) {
        /* A step that shares no factor with STRINGS visits every one, in an order of its own. */
        unsigned step = 7 * ((unsigned)rand_r(&worker->seed) % 1000) + 1;
        while (step % 2 == 0 || step % 5 == 0)
            step += 1;
        unsigned number = (unsigned)rand_r(&worker->seed) % STRINGS;
        for (unsigned i = 0; i < STRINGS; i++, number = (number + step) % STRINGS)
            put_one(worker, number);
    }
    return NULL;
}

static void *read_all(void *context)
{
    struct worker *worker = context;
    while (!atomic_load(&stop)) {
        uint32_t count = intern_count(worker->intern);
        for (uint32_t id = 1; id <= count; id++) {
            size_t length;
            const char *text = intern_text(worker->intern, id, &length);
            /* NULL: the id was counted, and its text is being published at this moment. */
            if (text && (strlen(text) != length || text[length - 1] > '9'))
                worker->errors++;
        }
    }
    return NULL;
}

static unsigned judge(struct intern *intern)
{
    unsigned errors = 0;
    for (unsigned i = 0; i < STRINGS; i++)
        for (int t = 1; t < THREADS; t++)
            errors += workers[t].ids[i] != workers[0].ids[i];
    for (int t = 0; t < THREADS; t++)
        errors += workers[t].errors;
    errors += intern_count(intern) != STRINGS;
    return errors + !intern_check(intern);
}

int main(int argc, char **argv)
{
    unsigned seed = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 20260110;
    static struct worker reader;
    struct intern *intern;
    printf("seed %u\n", seed);
    if (intern_create(&intern, allocator_system(), &(struct intern_options){.shards = 4}) != 0)
        return 1;
    reader.intern = intern;
    if (pthread_create(&reader.thread, NULL, read_all, &reader) != 0)
        return 1;
    for (unsigned t = 0; t < THREADS; t++) {
        workers[t].intern = intern;
        workers[t].seed = seed + t;
        if (pthread_create(&workers[t].thread, NULL, put_all, &workers[t]) != 0)
            return 1;
    }
    for (int t = 0; t < THREADS; t++)
        pthread_join(workers[t].thread, NULL);
    atomic_store(&stop, true);
    pthread_join(reader.thread, NULL);
    unsigned errors = judge(intern) + reader.errors;
    intern_destroy(intern);
    printf("%u threads, %d strings each %d times: %u errors\n", (unsigned)THREADS, STRINGS, ROUNDS,
           errors);
    return errors != 0;
}
