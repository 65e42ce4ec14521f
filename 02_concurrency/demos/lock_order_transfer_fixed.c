/* lock_order_transfer_fixed.c - one order for all: the lower address first.
 *
 * Any order will do as long as all use the same: here that of the addresses, whoever gives. A third lock around
 * both, or a try that gives all back and begins anew, would be other ways. See lock_order_transfer_broken.c.
 *
 *   lock_order_transfer_fixed
 *
 * Expected output:
 *     a gives 10 to b
 *     b gives 10 to a
 *     a has 100, b has 100
 */
#define MUTEX_CHECKED 1 /* the default without NDEBUG */
#include <pthread.h>
#include <stdio.h>

#include "02_concurrency/lock_order.h"
#include "02_concurrency/mutex.h"

struct account {
    const char *name;
    struct mutex mutex;
    int balance; /* guarded by mutex */
};

static struct account a = {"a", MUTEX_INIT, 100}, b = {"b", MUTEX_INIT, 100};

struct transfer {
    struct account *from, *to;
};

/* There is none to come. */
static void report(const struct lock_order_report *report, void *context)
{
    (void)context;
    lock_order_print(report, stdout);
}

static void *transfer(void *argument)
{
    struct account *from = ((struct transfer *)argument)->from;
    struct account *to = ((struct transfer *)argument)->to;
    printf("%s gives 10 to %s\n", from->name, to->name);

    struct account *first = (uintptr_t)from < (uintptr_t)to ? from : to;
    struct account *second = first == from ? to : from;
    mutex_lock(&first->mutex);
    mutex_lock(&second->mutex);
    from->balance -= 10;
    to->balance += 10;
    mutex_unlock(&second->mutex);
    mutex_unlock(&first->mutex);
    return NULL;
}

static int in_a_thread(struct transfer *what)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, transfer, what);
    return error ? error : pthread_join(thread, NULL);
}

int main(void)
{
    struct transfer there = {&a, &b}, back = {&b, &a};
    lock_order_set_report(report, NULL);
    if (in_a_thread(&there) != 0 || in_a_thread(&back) != 0)
        return 1;
    printf("a has %d, b has %d\n", a.balance, b.balance);
    return 0;
}
