/* watcher.h - grades in the background while the student goes on typing.
 *
 * One thread grades; it renders each state of the verdict as a page and wakes the loop that draws.
 * A save while it grades is remembered by the loop, which starts again when the run is over: a run
 * that was begun is never cancelled half-way.
 *
 * Threads: all calls from one thread.
 * Interface: watcher_init watcher_fini watcher_start watcher_busy watcher_fd watcher_take
 */
#ifndef SYSLAB_GRADER_WATCHER_H
#define SYSLAB_GRADER_WATCHER_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>

#include "grader/base/terminal.h"
#include "grader/desk/grading.h"

struct watcher {
    struct desk *desk;
    struct engine *engine;
    const struct terminal *terminal; /* the loop's; it may change between runs */
    struct terminal seen;            /* what it was when this run began: the thread's */
    pthread_t thread;
    bool busy;                            /* the thread runs, or has ended and was not joined */
    int wake[2];                          /* pipe: the thread writes a byte for each page */
    const struct desk_exercise *exercise; /* what is graded now */
    char file[PATH_MAX];

    pthread_mutex_t lock;
    char *page;           /* under lock: not yet taken */
    bool over;            /* under lock: the run is over */
    enum verdict verdict; /* under lock */
};

/* Nothing runs yet; what is handed in has to outlive it. Returns: 0 or -errno. */
int watcher_init(struct watcher *watcher, struct desk *desk, struct engine *engine,
                 const struct terminal *terminal);

/* Waits for a run under way. */
void watcher_fini(struct watcher *watcher);

/* Grade the exercise's file. Only when not busy. Returns: 0 or -errno. */
int watcher_start(struct watcher *watcher, const struct desk_exercise *exercise);

/* Whether a run is under way, or over and not taken. */
bool watcher_busy(const struct watcher *watcher);

/* Poll this for reading: there is a page to take. */
int watcher_fd(const struct watcher *watcher);

/* Take the newest page, if any; *over says that its run has ended with *verdict.
 * Owns: the caller frees the page. */
char *watcher_take(struct watcher *watcher, bool *over, enum verdict *verdict);

#endif
