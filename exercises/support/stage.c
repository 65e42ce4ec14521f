/* stage.c - passing the turn, and the processor's single steps.
 *
 * Whoever has the turn may touch all that is here; so nothing is locked. Waiting is futex(2) without a timeout: if
 * everybody waits for ever, the grader sees a deadlock.
 */
#include "stage.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "07_unsafe/sanitizer.h"
#include "subject_guard.h"

/* In each part of a kit that handles SIGTRAP. */
const bool subject_guard_steps __attribute__((weak)) = true;

struct actor {
    _Atomic(uint32_t) turn;
    enum stage_state state;
    bool has_begun; /* its thread */
    stage_fn function;
    void *argument;
    bool is_stepped;     /* traps behind each instruction, but in the kit */
    size_t steps, taken; /* to be stopped after, 0: not; since it began or slept */
    bool is_skipping;    /* to the landmark; only one actor at a time has steps */
    bool was_stopped;
    const void *channel;
    size_t asleep_since; /* in calls of stage_sleep */
    size_t ready_since;  /* in those who became ready */
    int result;
};

static struct actor actors[STAGE_ACTORS];
static _Atomic(uint32_t) directors_turn = 1;
static bool is_open, finds_newest;
static size_t sleeps, readies;

/* The last return from a primitive before the last stop of a series: which, and after how many instructions. */
struct landmark {
    size_t returns, taken;
};

static struct landmark landmark, latest; /* latest: of the actor that runs now */
static size_t returns, steps_wanted;     /* its */
static bool is_series;
static _Thread_local struct actor *self;

/* ---- the turn ---- */

static void pass_to(_Atomic(uint32_t) *turn)
{
    atomic_store(turn, 1);
    syscall(SYS_futex, turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void wait_for(_Atomic(uint32_t) *turn)
{
    while (atomic_load(turn) == 0)
        syscall(SYS_futex, turn, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

/* Come to rest, until the director gives the turn back. */
static void rest(struct actor *actor, enum stage_state state)
{
    int saved = errno;
    actor->state = state;
    atomic_store(&actor->turn, 0);
    pass_to(&directors_turn);
    wait_for(&actor->turn);
    errno = saved;
}

static void let_run(struct actor *actor)
{
    actor->state = STAGE_RUNNING;
    atomic_store(&directors_turn, 0);
    pass_to(&actor->turn);
    wait_for(&directors_turn);
}

static void make_ready(struct actor *actor)
{
    actor->state = STAGE_READY;
    actor->ready_since = ++readies;
}

/* ---- single steps ---- */

#if defined(__x86_64__) && !SANITIZER_ADDRESS && !SANITIZER_THREAD

enum { TRAP_FLAG = 0x100 };

static void on_trap(int number, siginfo_t *info, void *context)
{
    ucontext_t *interrupted = context;
    struct actor *actor = self;
    (void)number, (void)info;
    actor->taken++;
    if (actor->steps > 0 && --actor->steps == 0) {
        actor->is_stepped = false; /* the rest runs freely */
        interrupted->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)TRAP_FLAG;
        actor->was_stopped = true;
        landmark = latest;
        rest(actor, STAGE_STOPPED);
    } else if (actor->taken > STAGE_SPIN_INSTRUCTIONS) {
        rest(actor, STAGE_SPINS);
    }
}

/* The 128 bytes below the stack pointer may be in use. */
static inline void set_trap_flag(void)
{
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\tpushfq\n\torq %0, (%%rsp)\n\tpopfq\n\t"
                     "leaq 128(%%rsp), %%rsp"
                     :
                     : "i"(TRAP_FLAG)
                     : "memory", "cc");
}

static inline void clear_trap_flag(void)
{
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\tpushfq\n\tandq %0, (%%rsp)\n\tpopfq\n\t"
                     "leaq 128(%%rsp), %%rsp"
                     :
                     : "i"(~TRAP_FLAG)
                     : "memory", "cc");
}

static void catch_traps(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO};
    action.sa_sigaction = on_trap;
    sigaction(SIGTRAP, &action, NULL);
}

#else

static void set_trap_flag(void)
{
}

static void clear_trap_flag(void)
{
}

static void catch_traps(void)
{
}

#endif

static void *live(void *argument)
{
    struct actor *actor = argument;
    self = actor;
    wait_for(&actor->turn);
    for (;;) {
        if (actor->is_stepped)
            set_trap_flag();
        actor->function(actor->argument);
        clear_trap_flag();
        rest(actor, STAGE_DONE);
    }
    return NULL;
}

/* ---- directing ---- */

/* A turn that is passed to another core takes ten times as long. Where that is refused, it does. */
static void stay_here(void)
{
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET((size_t)sched_getcpu(), &here);
    sched_setaffinity(0, sizeof(here), &here);
}

void stage_open(void)
{
    if (is_open)
        return;
    is_open = true;
    stay_here();
    catch_traps();
}

void stage_settle(void)
{
    for (;;) {
        struct actor *next = NULL;
        for (int i = 0; i < STAGE_ACTORS; i++)
            if (actors[i].state == STAGE_READY &&
                (!next || actors[i].ready_since < next->ready_since))
                next = &actors[i];
        if (!next)
            return;
        let_run(next);
    }
}

static void begin_thread(struct actor *actor)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, live, actor) != 0)
        abort(); /* the machine's fault: the manifest allows for them */
    pthread_detach(thread);
    actor->has_begun = true;
}

void stage_begin_series(void)
{
    is_series = true;
    landmark = (struct landmark){0};
}

/* What is skipped was stepped through in the plays before. */
static void skip_to_landmark(struct actor *actor)
{
    latest = (struct landmark){0};
    returns = 0;
    steps_wanted = actor->steps;
    if (!is_series || landmark.returns == 0 || landmark.taken >= actor->steps)
        return;
    actor->is_stepped = false;
    actor->is_skipping = true;
}

void stage_start(int number, stage_fn function, void *argument, size_t steps)
{
    struct actor *actor = &actors[number];
    if (actor->state != STAGE_DONE)
        abort(); /* a mistake of the test */
    if (!actor->has_begun)
        begin_thread(actor);
    actor->function = function;
    actor->argument = argument;
    actor->is_stepped = steps != STAGE_FREELY;
    actor->steps = steps == STAGE_FREELY || steps == STAGE_WATCHED ? 0 : steps + 1; /* the call */
    actor->taken = 0;
    actor->was_stopped = actor->is_skipping = false;
    if (actor->steps > 0)
        skip_to_landmark(actor);
    make_ready(actor);
    stage_settle();
}

void stage_go_on(int actor)
{
    if (actors[actor].state == STAGE_STOPPED)
        make_ready(&actors[actor]);
    stage_settle();
}

static void sleep_for_ever(void)
{
    atomic_store(&directors_turn, 0);
    wait_for(&directors_turn);
}

void stage_join(int actor)
{
    stage_settle();
    if (actors[actor].state != STAGE_DONE)
        sleep_for_ever();
}

enum stage_state stage_state(int actor)
{
    return actors[actor].state;
}

bool stage_was_stopped(int actor)
{
    return actors[actor].was_stopped;
}

/* ---- primitives ---- */

bool stage_is_open(void)
{
    return is_open;
}

int stage_self(void)
{
    return self ? (int)(self - actors) : STAGE_NOBODY;
}

void stage_enter(void)
{
    clear_trap_flag();
}

static void pass_landmark(struct actor *actor)
{
    returns++;
    if (actor->is_skipping && returns == landmark.returns) {
        actor->is_skipping = false;
        actor->is_stepped = true;
        actor->steps = steps_wanted - landmark.taken;
    }
    if (actor->is_stepped)
        latest = (struct landmark){returns, steps_wanted - actor->steps};
}

void stage_leave(void)
{
    if (self && self->steps > 0)
        pass_landmark(self);
    if (self && self->is_stepped)
        set_trap_flag();
}

int stage_sleep(const void *channel)
{
    if (!self)
        sleep_for_ever();
    self->channel = channel;
    self->asleep_since = ++sleeps;
    rest(self, STAGE_ASLEEP);
    self->taken = 0;
    return self->result;
}

void stage_wake(int actor, int result)
{
    actors[actor].result = result;
    make_ready(&actors[actor]);
}

void stage_find_newest(bool newest)
{
    finds_newest = newest;
}

int stage_find(const void *channel)
{
    int found = STAGE_NOBODY;
    for (int i = 0; i < STAGE_ACTORS; i++)
        if (actors[i].state == STAGE_ASLEEP && actors[i].channel == channel &&
            (found == STAGE_NOBODY ||
             (actors[i].asleep_since > actors[found].asleep_since) == finds_newest))
            found = i;
    return found;
}
