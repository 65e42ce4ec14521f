#include "futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "futex_mutex.h"
#include "stage.h"
#include "subject.h"

/* relaxed, all of them: they count, and must order nothing where the thread sanitizer looks on */
static atomic_size_t waits, wakes;
static atomic_int most;

struct futex_counts futex_counts(void)
{
    return (struct futex_counts){atomic_load_explicit(&waits, memory_order_relaxed),
                                 atomic_load_explicit(&wakes, memory_order_relaxed),
                                 atomic_load_explicit(&most, memory_order_relaxed)};
}

void futex_counts_reset(void)
{
    atomic_store_explicit(&waits, 0, memory_order_relaxed);
    atomic_store_explicit(&wakes, 0, memory_order_relaxed);
    atomic_store_explicit(&most, 0, memory_order_relaxed);
}

static int wait_on_stage(const _Atomic uint32_t *word, uint32_t expected)
{
    if (atomic_load_explicit(word, memory_order_relaxed) != expected)
        return -EAGAIN;
    if (stage_self() == STAGE_NOBODY)
        subject_expect(false, SUBJECT_HERE, "it returns", "it sleeps in futex_wait",
                       "a call that has nothing to wait for does not sleep");
    return stage_sleep(word);
}

int futex_wait(const _Atomic uint32_t *word, uint32_t expected)
{
    atomic_fetch_add_explicit(&waits, 1, memory_order_relaxed);
    if (!stage_is_open())
        return syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0) == 0 ? 0
                                                                                          : -errno;
    stage_enter();
    int result = wait_on_stage(word, expected);
    stage_leave();
    return result;
}

static int wake_on_stage(const _Atomic uint32_t *word, int count)
{
    int woken = 0, sleeper;
    while (woken < count && (sleeper = stage_find(word)) != STAGE_NOBODY) {
        stage_wake(sleeper, 0);
        woken++;
    }
    return woken;
}

int futex_wake(const _Atomic uint32_t *word, int count)
{
    atomic_fetch_add_explicit(&wakes, 1, memory_order_relaxed);
    if (count > atomic_load_explicit(&most, memory_order_relaxed))
        atomic_store_explicit(&most, count, memory_order_relaxed);
    if (!stage_is_open())
        return (int)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
    stage_enter();
    int woken = wake_on_stage(word, count);
    stage_leave();
    return woken;
}
