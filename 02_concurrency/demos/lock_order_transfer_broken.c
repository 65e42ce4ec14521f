/* lock_order_transfer_broken.c - two orders of the same two locks.
 *
 * A transfer locks both accounts, the giving one first. So one from a to b and one from b to a lock in two orders. The
 * two threads run one after the other here, and nothing hangs: it hardly ever does, in a test. But in a
 * build without NDEBUG every lock tells which others its thread holds (02_concurrency/lock_order.h), and the second
 * order is reported the first time it is used, before the thread waits. The repair is in lock_order_transfer_fixed.c.
 *
 *   lock_order_transfer_broken
 *
 * Expected output:
 *     a gives 10 to b
 *     b gives 10 to a
 *     possible deadlock: these orders cannot all be
 *       ..., held since ...lock_order_transfer_broken.c:50, when ... was locked at ...lock_order_transfer_broken.c:51
 *       ..., held since ...lock_order_transfer_broken.c:50, when ... was locked at ...lock_order_transfer_broken.c:51
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

/* Without this the program would stop at the first report. */
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

    mutex_lock(&from->mutex);
    mutex_lock(&to->mutex);
    from->balance -= 10;
    to->balance += 10;
    mutex_unlock(&to->mutex);
    mutex_unlock(&from->mutex);
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
