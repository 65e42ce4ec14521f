/* reader_writer.c - a read-write lock: readers together, a writer alone.
 *
 * Run: => complete:
 * Run: -- -DWRITE_UNDER_READ_LOCK => data race
 * Run: -- -DSPIN => complete: 6 executions
 * Run: -- -DTRY_SEMAPHORE => complete:
 */
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>

enum { THREADS = 3 };

static int value;
#if defined(SPIN)
static pthread_spinlock_t lock;
#define READ_LOCK()  pthread_spin_lock(&lock)
#define WRITE_LOCK() pthread_spin_lock(&lock)
#define UNLOCK()     pthread_spin_unlock(&lock)
#else
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
#define READ_LOCK() pthread_rwlock_rdlock(&lock)
#ifdef WRITE_UNDER_READ_LOCK
#define WRITE_LOCK() pthread_rwlock_rdlock(&lock)
#else
#define WRITE_LOCK() pthread_rwlock_wrlock(&lock)
#endif
#define UNLOCK() pthread_rwlock_unlock(&lock)
#endif

static void *write_it(void *argument)
{
    WRITE_LOCK();
    value++;
    value++;
    UNLOCK();
    return argument;
}

static void *read_it(void *argument)
{
#if defined(TRY_SEMAPHORE)
    if (sem_trywait(argument) != 0)
        return argument;
#endif
    READ_LOCK();
    assert(value % 2 == 0);
    UNLOCK();
    return argument;
}

int main(void)
{
    pthread_t threads[THREADS];
    sem_t tickets;
    sem_init(&tickets, 0, 1);
#if defined(SPIN)
    pthread_spin_init(&lock, 0);
#endif
    pthread_create(&threads[0], NULL, write_it, &tickets);
    pthread_create(&threads[1], NULL, read_it, &tickets);
    pthread_create(&threads[2], NULL, read_it, &tickets);
    for (int thread = 0; thread < THREADS; thread++)
        pthread_join(threads[thread], NULL);
    return 0;
}
