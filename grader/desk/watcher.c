#include "grader/desk/watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "grader/base/prose.h"
#include "grader/base/screen.h"
#include "grader/record/view.h"

enum { ROWS_BELOW = 2 };

/* Returns: the page, or NULL without memory. Owns: the caller frees it. */
static char *render(const struct watcher *watcher, const struct record *record, bool brief)
{
    char *text = NULL;
    size_t size;
    struct view view = {
        .terminal = watcher->seen,
        .manifest = watcher->exercise->manifest,
        .course_root = watcher->desk->course.root,
        .file = watcher->file,
        .brief = brief,
    };
    view.terminal.out = open_memstream(&text, &size);
    if (!view.terminal.out)
        return NULL;
    view_record(&view, record);
    if (watcher->desk->warning[0]) {
        fputs("\nAttention: ", view.terminal.out);
        prose_put(view.terminal.out, watcher->desk->warning, view.terminal.utf8);
        fputc('\n', view.terminal.out);
    }
    return fclose(view.terminal.out) == 0 ? text : NULL;
}

/* With a line for each test where that fits into the window. */
static char *render_to_fit(const struct watcher *watcher, const struct record *record)
{
    char *page = render(watcher, record, false);
    unsigned rows = screen_rows(&watcher->seen);
    if (!page || screen_lines(&watcher->seen, page) + ROWS_BELOW <= rows)
        return page;
    free(page);
    return render(watcher, record, true);
}

static void post(struct watcher *watcher, char *page, bool over, enum verdict verdict)
{
    pthread_mutex_lock(&watcher->lock);
    free(watcher->page);
    watcher->page = page;
    watcher->over = over;
    watcher->verdict = verdict;
    pthread_mutex_unlock(&watcher->lock);
    ssize_t written = write(watcher->wake[1], "", 1); /* full: it is as awake as it can be */
    (void)written;
}

/* What fails plainly stays a failure, so it can be shown at once. A pass is not one yet: the loop
 * keeps saying that it is testing. */
static void plain_done(void *context, enum build build, const struct record *so_far)
{
    struct watcher *watcher = context;
    if (build != BUILD_PLAIN || !watcher->seen.live)
        return;
    for (size_t i = 0; i < so_far->test_count; i++) {
        if (so_far->tests[i].verdict == VERDICT_PASS)
            continue;
        post(watcher, render_to_fit(watcher, so_far), false, so_far->verdict);
        return;
    }
}

static void *grade(void *context)
{
    struct watcher *watcher = context;
    const struct engine_progress progress = {plain_done, watcher};
    struct record *record = NULL;
    enum verdict verdict = VERDICT_GRADER_ERROR;
    char *page = NULL;
    grading_shield();
    if (grading_run(watcher->engine, watcher->desk, watcher->exercise, watcher->file, &progress,
                    &record) == 0) {
        page = render_to_fit(watcher, record);
        verdict = record->verdict;
    }
    record_destroy(record);
    post(watcher, page, true, verdict);
    return NULL;
}

int watcher_init(struct watcher *watcher, struct desk *desk, struct engine *engine,
                 const struct terminal *terminal)
{
    *watcher = (struct watcher){.desk = desk, .engine = engine, .terminal = terminal};
    if (pipe2(watcher->wake, O_CLOEXEC | O_NONBLOCK) != 0)
        return -errno;
    pthread_mutex_init(&watcher->lock, NULL);
    return 0;
}

static void join(struct watcher *watcher)
{
    if (watcher->busy)
        pthread_join(watcher->thread, NULL);
    watcher->busy = false;
}

void watcher_fini(struct watcher *watcher)
{
    join(watcher);
    free(watcher->page);
    close(watcher->wake[0]);
    close(watcher->wake[1]);
    pthread_mutex_destroy(&watcher->lock);
}

int watcher_start(struct watcher *watcher, const struct desk_exercise *exercise)
{
    watcher->exercise = exercise;
    watcher->seen = *watcher->terminal;
    desk_file(watcher->desk, exercise, watcher->file);
    int failed = pthread_create(&watcher->thread, NULL, grade, watcher);
    watcher->busy = failed == 0;
    return -failed;
}

bool watcher_busy(const struct watcher *watcher)
{
    return watcher->busy;
}

int watcher_fd(const struct watcher *watcher)
{
    return watcher->wake[0];
}

char *watcher_take(struct watcher *watcher, bool *over, enum verdict *verdict)
{
    char bytes[16];
    while (read(watcher->wake[0], bytes, sizeof(bytes)) > 0)
        continue;
    pthread_mutex_lock(&watcher->lock);
    char *page = watcher->page;
    watcher->page = NULL;
    *over = watcher->over;
    *verdict = watcher->verdict;
    watcher->over = false;
    pthread_mutex_unlock(&watcher->lock);
    if (*over)
        join(watcher);
    return page;
}
