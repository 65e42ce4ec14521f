/* pool_double_free.c - an object freed twice, and who notices.
 *
 * A pool that believed it would hand the same object to two users, much later and far away. Under
 * the address sanitizer a free object is poisoned, and the second pool_free is reported at once,
 * with the line that called it. Without the sanitizer a pool with `checked` set stops there, too.
 *
 *   pool_double_free
 *
 * Needs: address
 * Exit status: 1
 * Expected output:
 *     freed once
 *     ...
 *     ==...==ERROR: AddressSanitizer: use-after-poison on address ...
 *     ...
 *         #... in free_again ...pool_double_free.c:...
 *     ...
 */
#include <stdio.h>

#include "03_memory/pool.h"

__attribute__((noinline)) static void free_again(struct pool *pool, void *object)
{
    pool_free(pool, object);
    __asm__ volatile(""); /* a call in tail position would leave no frame to show */
}

int main(void)
{
    struct pool pool;
    struct pool_options options = {.object_bytes = 64};
    if (pool_init(&pool, allocator_system(), &options) != 0)
        return 2;
    void *object = pool_alloc(&pool);
    if (!object)
        return 2;
    pool_free(&pool, object);
    puts("freed once");
    fflush(stdout);
    free_again(&pool, object);
    puts("freed twice, and nobody noticed");
    return pool_fini(&pool) != 0;
}
