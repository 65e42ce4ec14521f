/* rwlock.c - your lock. The handout is README.md; the contract is rwlock.h.
 *
 * A good order of work:
 *   1. What has to be known of a lock: how many read, whether somebody writes. A mutex guards it.
 *   2. Who cannot go on waits for a condition, and who leaves tells. Now it is a lock, and writers starve.
 *   3. Readers that come after a waiting writer wait. Now readers starve: whom does a writer let in when it leaves?
 */
#include "rwlock.h"

struct rwlock {
    struct allocator *allocator; /* step 1 */
};

struct rwlock *rwlock_create(struct allocator *allocator)
{
    (void)allocator;
    return NULL; /* step 1 */
}

void rwlock_destroy(struct rwlock *lock)
{
    (void)lock; /* step 1 */
}

void rwlock_read_lock(struct rwlock *lock)
{
    (void)lock; /* step 2 */
}

bool rwlock_try_read_lock(struct rwlock *lock)
{
    (void)lock;
    return false; /* step 1 */
}

void rwlock_read_unlock(struct rwlock *lock)
{
    (void)lock; /* step 1, then 2 */
}

void rwlock_write_lock(struct rwlock *lock)
{
    (void)lock; /* step 2 */
}

bool rwlock_try_write_lock(struct rwlock *lock)
{
    (void)lock;
    return false; /* step 1 */
}

void rwlock_write_unlock(struct rwlock *lock)
{
    (void)lock; /* step 1, then 2 and 3 */
}

void rwlock_downgrade(struct rwlock *lock)
{
    (void)lock; /* step 3 */
}
