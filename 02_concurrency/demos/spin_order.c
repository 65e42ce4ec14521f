/* spin_order.c - who gets the lock next: whoever is fastest, or whoever came first?
 *
 * One thread holds the lock; another one waits for it. The holder lets go and asks for it again at once. With
 * a ticket the waiter is always in between. With test-and-set the holder has the line of the cache at hand, and
 * mostly wins: good for throughput, bad for whoever waits.
 *
 *   spin_order
 *
 * Expected output:
 *     ticket:       in 200 of 200 rounds the waiter was served before the holder came back
 *     test-and-set: in ... of 200 rounds
 */
#include <pthread.h>
#include <stdio.h>

#include "02_concurrency/spin.h"

enum { ROUNDS = 200 };

static struct spin_ticket ticket;
static struct spin_tas tas;
static atomic_bool asks, served; /* the waiter is about to ask; it was served */

static void *wait_for_ticket(void *unused)
{
    spin_ticket_lock(&ticket);
    atomic_store(&served, true);
    spin_ticket_unlock(&ticket);
    return unused;
}

static void *wait_for_tas(void *unused)
{
    atomic_store(&asks, true);
    spin_tas_lock(&tas);
    atomic_store(&served, true);
    spin_tas_unlock(&tas);
    return unused;
}

static bool ticket_waiter_is_first(void)
{
    pthread_t waiter;
    atomic_store(&served, false);
    spin_ticket_lock(&ticket);
    uint32_t next = atomic_load(&ticket.next);
    if (pthread_create(&waiter, NULL, wait_for_ticket, NULL) != 0)
        return false;
    while (atomic_load(&ticket.next) == next) /* until it has its number */
        sched_yield();
    spin_ticket_unlock(&ticket);
    spin_ticket_lock(&ticket);
    bool first = atomic_load(&served);
    spin_ticket_unlock(&ticket);
    pthread_join(waiter, NULL);
    return first;
}

static bool tas_waiter_is_first(void)
{
    pthread_t waiter;
    atomic_store(&served, false);
    atomic_store(&asks, false);
    spin_tas_lock(&tas);
    if (pthread_create(&waiter, NULL, wait_for_tas, NULL) != 0)
        return false;
    while (!atomic_load(&asks))
        sched_yield();
    spin_tas_unlock(&tas);
    spin_tas_lock(&tas);
    bool first = atomic_load(&served);
    spin_tas_unlock(&tas);
    pthread_join(waiter, NULL);
    return first;
}

int main(void)
{
    int by_ticket = 0, by_tas = 0;
    for (int i = 0; i < ROUNDS; i++) {
        by_ticket += ticket_waiter_is_first();
        by_tas += tas_waiter_is_first();
    }
    printf("ticket:       in %d of %d rounds the waiter was served before the holder came back\n",
           by_ticket, ROUNDS);
    printf("test-and-set: in %d of %d rounds\n", by_tas, ROUNDS);
    return 0;
}
