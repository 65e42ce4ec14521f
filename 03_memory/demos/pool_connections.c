/* pool_connections.c - a thread for each batch of requests, and connections that are made once.
 *
 * A connection needs a lock and a buffer. Its constructor makes both; pool_free keeps them made, so
 * the next pool_alloc gets a connection that is ready. When a thread ends, the connections that it
 * had cached come back, and the next thread finds them.
 *
 *   pool_connections
 *
 * Expected output:
 *     5000 requests in 50 threads, 4 connections at a time
 *     made 4 connections, used them 20000 times
 *     free now: 0 in threads, 4 in the depot
 *     pool_trim unmade 4 and gave 67 KiB back
 *     still in use at the end: 0
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "03_memory/pool.h"

enum { THREADS = 50, REQUESTS = 100, AT_A_TIME = 4, BUFFER_BYTES = 4096 };

struct connection {
    pthread_mutex_t lock;
    char *buffer;
    size_t used_bytes; /* 0 while the connection is free */
};

struct counts {
    int made, unmade, used;
};

static struct pool pool;

static int make(void *object, void *context)
{
    struct connection *connection = object;
    connection->buffer = malloc(BUFFER_BYTES);
    if (!connection->buffer)
        return -1;
    pthread_mutex_init(&connection->lock, NULL);
    connection->used_bytes = 0;
    ((struct counts *)context)->made++;
    return 0;
}

static void unmake(void *object, void *context)
{
    struct connection *connection = object;
    pthread_mutex_destroy(&connection->lock);
    free(connection->buffer);
    ((struct counts *)context)->unmade++;
}

static void serve(struct counts *counts)
{
    struct connection *open[AT_A_TIME];
    for (int i = 0; i < AT_A_TIME; i++) {
        open[i] = pool_alloc(&pool);
        if (!open[i])
            abort();
        open[i]->used_bytes = (size_t)snprintf(open[i]->buffer, BUFFER_BYTES, "request %d", i);
        counts->used++;
    }
    for (int i = 0; i < AT_A_TIME; i++) {
        open[i]->used_bytes = 0; /* back to the state that the constructor left */
        pool_free(&pool, open[i]);
    }
}

static void *serve_all(void *counts)
{
    for (int i = 0; i < REQUESTS; i++)
        serve(counts);
    return NULL; /* what this thread had cached goes to the depot */
}

int main(void)
{
    struct counts counts = {0, 0, 0};
    struct pool_options options = {.object_bytes = sizeof(struct connection),
                                   .align = 64, /* no two connections share a cache line */
                                   .construct = make,
                                   .destruct = unmake,
                                   .context = &counts};
    if (pool_init(&pool, allocator_system(), &options) != 0)
        return 1;
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve_all, &counts) != 0)
            return 1;
        pthread_join(thread, NULL); /* one after the other, so the counts need no lock */
    }
    struct pool_stats stats;
    pool_stats(&pool, &stats);
    printf("%d requests in %d threads, %d connections at a time\n", THREADS * REQUESTS, THREADS,
           AT_A_TIME);
    printf("made %d connections, used them %d times\n", counts.made, counts.used);
    printf("free now: %zu in threads, %zu in the depot\n", stats.in_threads_count,
           stats.in_depot_count);
    size_t freed_bytes = pool_trim(&pool);
    printf("pool_trim unmade %d and gave %zu KiB back\n", counts.unmade, freed_bytes / 1024);
    printf("still in use at the end: %zu\n", pool_fini(&pool));
    return 0;
}
