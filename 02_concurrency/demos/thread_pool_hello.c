/* thread_pool_hello.c - tasks in storage of the caller's, and an end that runs them all.
 *
 *   thread_pool_hello
 *
 * Which thread runs what differs from run to run, so each task leaves its answer in its own place.
 *
 * Expected output:
 *     1 squared is 1
 *     2 squared is 4
 *     3 squared is 9
 *     4 squared is 16
 */
#include <stdio.h>

#include "02_concurrency/thread_pool.h"

struct square {
    struct thread_pool_task task;
    int of, is;
};

static void compute(struct thread_pool_task *task)
{
    struct square *square = container_of(task, struct square, task);
    square->is = square->of * square->of;
}

int main(void)
{
    struct square squares[4];
    struct thread_pool *pool;
    if (thread_pool_create(&pool, allocator_system(), NULL) != 0)
        return 1;
    for (int i = 0; i < 4; i++) {
        squares[i] = (struct square){.task.run = compute, .of = i + 1};
        thread_pool_spawn(pool, &squares[i].task);
    }
    thread_pool_destroy(pool); /* runs what is left; and from here on we see what they wrote */
    for (int i = 0; i < 4; i++)
        printf("%d squared is %d\n", squares[i].of, squares[i].is);
    return 0;
}
