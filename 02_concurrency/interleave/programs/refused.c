/* refused.c - calls that would be real while threads and time are not: the program is refused, and the call named.
 *
 * Run: -- -DCALL=poll(NULL,0,0) => the program calls poll: it waits, and all threads would
 * Run: -- -DCALL=select(0,NULL,NULL,NULL,NULL) => the program calls select: it waits
 * Run: -- -DCALL=pthread_kill(pthread_self(),0) => the program calls pthread_kill: it is not known here
 * Run: -- -DCALL=pthread_cancel(pthread_self()) => the program calls pthread_cancel: it is not known here
 * Run: -- -DCALL=sem_open("/x",0) => the program calls sem_open: it is not known here
 * Run: -- -DCALL=fork() => the program calls fork: it makes a process
 * Run: -- -DCALL=alarm(1) => the program calls alarm: its time is not the program's
 * Run: -- -DCALL=signal(SIGINT,SIG_DFL) => the program calls signal: signals come when they like
 * Run: -- -DCALL=fopen("x","w") => the program calls fopen: a run does not put back what it did
 * Run: -- -DCALL=rand() => the program calls rand: it is another number each time
 * Run: -- -DCALL=time(NULL) => complete: 1 executions
 * Run: -- -DCALL=getrandom(&moment,8,0) => complete: 1 executions
 * Run: -- -DCALL=clock_nanosleep(CLOCK_MONOTONIC,0,&moment,NULL) => complete: 1 executions
 * Run: -- -DCALL=pthread_attr_init(&attributes) => complete: 1 executions
 * Run: -- -DCALL=printf("text") => complete: 1 executions
 * Run: -- -DJUMP => complete: 2 executions
 */
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

static atomic_int count;

/* A jump stays in its thread: it is as good here as elsewhere. */
static void *run(void *argument)
{
    jmp_buf back;
    if (setjmp(back) == 0) {
        atomic_fetch_add(&count, 1);
        longjmp(back, 1);
    }
    return argument;
}

int main(void)
{
    struct timespec moment = {0, 1};
    pthread_attr_t attributes;
    (void)moment, (void)attributes;
#ifdef JUMP
    pthread_t threads[2];
    for (int thread = 0; thread < 2; thread++)
        pthread_create(&threads[thread], NULL, run, NULL);
    for (int thread = 0; thread < 2; thread++)
        pthread_join(threads[thread], NULL);
    assert(atomic_load(&count) == 2);
#else
    (void)run;
    (void)CALL;
#endif
    return 0;
}
