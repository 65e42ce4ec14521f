/* Two threads beside the first one, which only keeps, hands over, and counts at the end. Its log is under a mutex. */
#include <pthread.h>
#include <stddef.h>

#include "write_the_driver.h"

static struct {
    struct lockers *lockers;
    int handed;         /* the locker that the second thread gives back */
    int wrote[LOCKERS]; /* whoever has the locker writes here */
    int taken;          /* under the mutex */
    pthread_mutex_t mutex;
} scene = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static int take(void)
{
    int note, number = locker_take(scene.lockers, &note);
    if (number < 0)
        return number;
    driver_expect(number == 0 || number == 1, "its number is 0 or 1");
    driver_expect(scene.wrote[number] == note, "note and variable were written together");
    return number;
}

static void give(int number)
{
    scene.wrote[number] += 10;
    locker_give(scene.lockers, number, scene.wrote[number]);
}

static void *come_and_go(void *unused)
{
    int number = take();
    if (number >= 0)
        give(number);
    return unused;
}

static void *come_and_go_and_give(void *unused)
{
    come_and_go(unused);
    give(scene.handed);
    return unused;
}

static void count(void)
{
    while (take() >= 0) {
        pthread_mutex_lock(&scene.mutex);
        driver_expect(++scene.taken <= 2, "not more than two");
        pthread_mutex_unlock(&scene.mutex);
    }
    driver_expect(scene.taken == 2, "not less than two");
}

void drive(struct lockers *lockers)
{
    pthread_t one, two;
    scene.lockers = lockers;
    scene.handed = take();
    pthread_create(&one, NULL, come_and_go, NULL);
    pthread_create(&two, NULL, come_and_go_and_give, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    count();
}
