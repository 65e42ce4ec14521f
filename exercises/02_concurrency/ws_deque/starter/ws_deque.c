/* ws_deque.c - your deque. The handout is README.md; the contract is ws_deque.h.
 *
 * A good order of work:
 *   1. One thread: two indices that only grow, and an array whose slot of index i is i modulo its size.
 *   2. Growing.
 *   3. Steals by a compare-and-swap of top; and the last item, which both ends want.
 *   4. Which order does each access need?
 */
#include "ws_deque.h"

#include <errno.h>

struct ws_deque {
    struct allocator *allocator; /* step 1 */
};

struct ws_deque *ws_deque_create(struct allocator *allocator, size_t slots)
{
    (void)slots; /* step 1 */
    struct ws_deque *deque = allocator_alloc(allocator, sizeof(*deque), _Alignof(struct ws_deque));
    if (deque)
        deque->allocator = allocator;
    return deque;
}

void ws_deque_destroy(struct ws_deque *deque)
{
    allocator_free(deque->allocator, deque, sizeof(*deque), _Alignof(struct ws_deque));
}

int ws_deque_push(struct ws_deque *deque, void *item)
{
    (void)deque, (void)item; /* step 1 */
    return -ENOMEM;
}

void *ws_deque_pop(struct ws_deque *deque)
{
    (void)deque; /* step 1 */
    return NULL;
}

enum ws_deque_stolen ws_deque_steal(struct ws_deque *deque, void **item)
{
    (void)deque, (void)item; /* step 3 */
    return WS_DEQUE_EMPTY;
}
