/* spin.c - the locks for study, each with two threads that count.
 *
 * Run: -- -DTAS => complete:
 * Run: -- -DTTAS => complete:
 * Run: -- -DTICKET => complete:
 * Run: -- -DMCS => complete:
 * Run: -- -DCLH => complete:
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "02_concurrency/spin.h"

static int count;

#if defined(TAS)
static struct spin_tas lock;
#define LOCK(me)   spin_tas_lock(&lock)
#define UNLOCK(me) spin_tas_unlock(&lock)
#elif defined(TTAS)
static struct spin_ttas lock;
#define LOCK(me)   spin_ttas_lock(&lock)
#define UNLOCK(me) spin_ttas_unlock(&lock)
#elif defined(TICKET)
static struct spin_ticket lock;
#define LOCK(me)   spin_ticket_lock(&lock)
#define UNLOCK(me) spin_ticket_unlock(&lock)
#elif defined(MCS)
static struct spin_mcs lock;
static struct spin_mcs_node nodes[2];
#define LOCK(me)   spin_mcs_lock(&lock, &nodes[me])
#define UNLOCK(me) spin_mcs_unlock(&lock, &nodes[me])
#else
static struct spin_clh lock;
static struct spin_clh_node nodes[2];
#define LOCK(me)   spin_clh_lock(&lock, &nodes[me])
#define UNLOCK(me) (void)spin_clh_unlock(&nodes[me])
#endif

static void *run(void *argument)
{
    int me = (int)(intptr_t)argument;
    (void)me;
    LOCK(me);
    count++;
    UNLOCK(me);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
#if defined(CLH)
    spin_clh_init(&lock);
#endif
    for (intptr_t thread = 0; thread < 2; thread++)
        pthread_create(&threads[thread], NULL, run, (void *)thread);
    for (int thread = 0; thread < 2; thread++)
        pthread_join(threads[thread], NULL);
    if (count != 2)
        abort();
    return 0;
}
