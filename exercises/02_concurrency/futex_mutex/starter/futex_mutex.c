/* futex_mutex.c - your mutex. The handout is README.md; the contract is futex_mutex.h.
 *
 * A good order of work:
 *   1. A word that is free or held, and one compare-and-swap: init, try_lock, unlock. Two tests are about that.
 *   2. Who finds it held sleeps, as long as the word says that it is held. Every unlock wakes one. More pass.
 *   3. Now make an unlock see in the word whether anybody sleeps. Stop in thought behind each line of lock, and let
 *      the holder unlock there: who wakes the thread that goes to sleep next?
 */
#include "futex_mutex.h"

void futex_mutex_init(struct futex_mutex *mutex)
{
    (void)mutex; /* step 1 */
}

void futex_mutex_lock(struct futex_mutex *mutex)
{
    (void)mutex; /* step 1, then 2 */
}

bool futex_mutex_try_lock(struct futex_mutex *mutex)
{
    (void)mutex;
    return false; /* step 1 */
}

void futex_mutex_unlock(struct futex_mutex *mutex)
{
    (void)mutex; /* step 1, then 2 */
}
