#include "bench/crew.h"

#include <pthread.h>
#include <stdlib.h>

struct member {
    pthread_t thread;
    pthread_barrier_t *start;
    bench_run_fn work;
    void *context;
    uint64_t operations, result;
};

static void *run_member(void *argument)
{
    struct member *member = argument;
    pthread_barrier_wait(member->start);
    member->result = member->work(member->context, member->operations);
    return NULL;
}

uint64_t crew_run(unsigned members, bench_run_fn work, void *context, uint64_t operations)
{
    struct member crew[CREW_MAX];
    pthread_barrier_t start;
    uint64_t sum = 0;
    if (members < 1 || members > CREW_MAX || pthread_barrier_init(&start, NULL, members) != 0)
        abort();
    for (unsigned i = 0; i < members; i++) {
        uint64_t share = operations / members + (i < operations % members);
        crew[i] =
            (struct member){.start = &start, .work = work, .context = context, .operations = share};
        if (i > 0 && pthread_create(&crew[i].thread, NULL, run_member, &crew[i]) != 0)
            abort();
    }
    run_member(&crew[0]);
    for (unsigned i = 0; i < members; i++) {
        if (i > 0)
            pthread_join(crew[i].thread, NULL);
        sum += crew[i].result;
    }
    pthread_barrier_destroy(&start);
    return sum;
}
