#include "workers.h"

#include "parallel_sort.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct strand {
    uint64_t clock, work;
};

struct state {
    struct strand strand;
    worker_fn *run;
    void *context;
    pthread_t thread;
};

static enum workers_mode mode;
static struct workers_refused refused_starts;
static atomic_size_t asked, refused, live, most_live, misused;
static struct strand main_strand;
static _Thread_local struct strand *current;

static struct strand *own_strand(void)
{
    return current ? current : &main_strand;
}

void workers_begin(enum workers_mode chosen, struct workers_refused starts)
{
    mode = chosen;
    refused_starts = starts;
    asked = refused = live = most_live = misused = 0;
    main_strand = (struct strand){0, 0};
}

struct workers_tally workers_end(void)
{
    return (struct workers_tally){.started = asked - refused,
                                  .refused = refused,
                                  .at_once = most_live,
                                  .unjoined = live,
                                  .misused = misused,
                                  .work = main_strand.work,
                                  .span = main_strand.clock};
}

void workers_tick(void)
{
    struct strand *own = own_strand();
    own->clock++;
    own->work++;
}

static void run_strand(struct state *state)
{
    struct strand *before = current;
    current = &state->strand;
    state->run(state->context);
    current = before;
}

static void *run_thread(void *state)
{
    run_strand(state);
    return NULL;
}

static void count_one_more(void)
{
    size_t now = atomic_fetch_add(&live, 1) + 1, most = atomic_load(&most_live);
    while (most < now && !atomic_compare_exchange_weak(&most_live, &most, now))
        ;
}

/* Nothing has been counted as live yet. */
static struct state *make_state(worker_fn *run, void *context)
{
    size_t number = atomic_fetch_add(&asked, 1);
    if (number >= refused_starts.from && number < refused_starts.to)
        return NULL;
    struct state *state = malloc(sizeof(*state));
    if (state)
        *state = (struct state){
            .strand = {.clock = own_strand()->clock}, .run = run, .context = context};
    return state;
}

int worker_start(struct worker *worker, worker_fn *run, void *context)
{
    struct state *state = make_state(run, context);
    worker->state = NULL;
    if (state)
        count_one_more();
    if (state && mode == WORKERS_THREADS &&
        pthread_create(&state->thread, NULL, run_thread, state) != 0) {
        atomic_fetch_sub(&live, 1);
        free(state);
        state = NULL;
    }
    if (!state) {
        atomic_fetch_add(&refused, 1);
        return -EAGAIN;
    }
    worker->state = state;
    if (mode == WORKERS_AT_ONCE)
        run_strand(state);
    return 0;
}

void worker_join(struct worker *worker)
{
    struct state *state = worker->state;
    struct strand *own = own_strand();
    if (!state) {
        atomic_fetch_add(&misused, 1);
        return;
    }
    worker->state = NULL;
    if (mode == WORKERS_AT_JOIN)
        run_strand(state);
    else if (mode == WORKERS_THREADS)
        pthread_join(state->thread, NULL);
    own->work += state->strand.work;
    if (own->clock < state->strand.clock)
        own->clock = state->strand.clock;
    atomic_fetch_sub(&live, 1);
    free(state);
}
