/* command_watch.c - syslab watch [EX]: grades the file within moments of each save.
 *
 * One loop waits for four things at once: a save, a page from the grading thread, a key, a signal.
 * All state is the loop's; the thread only hands pages over (watcher.h).
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/folder.h"
#include "grader/base/keyboard.h"
#include "grader/base/options.h"
#include "grader/base/screen.h"
#include "grader/commands/commands.h"
#include "grader/desk/desk_view.h"
#include "grader/desk/watcher.h"

struct watch {
    struct desk desk;
    struct terminal terminal;
    struct watcher watcher;
    struct folder folder;
    struct desk_exercise *exercise;
    char *verdict_page; /* the last verdict's */
    char *page;         /* shown instead: hints or the list; NULL for none */
    bool changed;       /* a save or `r` asks for another run */
    bool next_wanted;
    bool held; /* n was asked for, and this one is not passed */
    bool quit;
};

static void draw(struct watch *watch)
{
    static const char keys[] = "n next  h hint  l list  r run again  q quit";
    const struct terminal *terminal = &watch->terminal;
    const char *body = watch->page ? watch->page : watch->verdict_page;
    char status[256];
    const char *state = watch->quit                      ? "finishing this run ..."
                        : watcher_busy(&watch->watcher)  ? "testing ..."
                        : watch->held                    ? "not passed yet: n goes on after a pass"
                        : folder_is_gone(&watch->folder) ? "the folder is gone; waiting for it"
                                                         : "waiting for a save";
    snprintf(status, sizeof(status), "%s%s%s%s%s%s", terminal_style(terminal, STYLE_STRONG), state,
             terminal_style(terminal, STYLE_PLAIN), terminal_style(terminal, STYLE_FAINT),
             keyboard_fd() >= 0 ? "   " : "", keyboard_fd() >= 0 ? keys : "");
    strcat(status, terminal_style(terminal, STYLE_PLAIN));
    screen_draw(terminal, body ? body : "", status);
}

/* Where nothing can be redrawn, only what is new is printed. */
static void redraw(struct watch *watch)
{
    if (watch->terminal.live)
        draw(watch);
}

static void set_page(struct watch *watch, char *page)
{
    free(watch->page);
    watch->page = page;
}

enum page { PAGE_LIST, PAGE_HINTS };

static char *render_page(struct watch *watch, enum page page)
{
    char *text = NULL;
    size_t size;
    struct terminal terminal = watch->terminal;
    terminal.out = open_memstream(&text, &size);
    if (!terminal.out)
        return NULL;
    if (page == PAGE_LIST && desk_refresh(&watch->desk) == 0)
        desk_view_list(&terminal, &watch->desk);
    if (page == PAGE_HINTS)
        desk_view_hints(&terminal, &watch->desk, watch->exercise);
    return fclose(terminal.out) == 0 ? text : NULL;
}

/* The one that is not passed after this one in the course's order, round and round. */
static struct desk_exercise *find_next(struct watch *watch)
{
    struct desk *desk = &watch->desk;
    size_t here = (size_t)(watch->exercise - desk->exercises);
    desk_refresh(desk);
    for (size_t i = 1; i <= desk->count; i++) {
        struct desk_exercise *other = &desk->exercises[(here + i) % desk->count];
        if (other->manifest && other->state != DESK_PASSED)
            return other;
    }
    return NULL;
}

static int enter(struct watch *watch, struct desk_exercise *exercise)
{
    char file[PATH_MAX], where[PATH_MAX] = "";
    unsigned created = 0;
    int failed = work_fill(&watch->desk.workspace, exercise->manifest, &created, where);
    desk_file(&watch->desk, exercise, file);
    struct folder folder = {.fd = -1};
    /* On a disk that cannot be written, files that are there can be watched all the same. */
    int opened = folder_open(&folder, file);
    if (opened) {
        options_complain("%s: %s", failed ? where : file, strerror(failed ? -failed : -opened));
        return COMMAND_USAGE;
    }
    folder_close(&watch->folder);
    watch->folder = folder;
    watch->exercise = exercise;
    watch->changed = true;
    set_page(watch, NULL);
    return COMMAND_PASSED;
}

static void go_next(struct watch *watch)
{
    struct desk_exercise *next = find_next(watch);
    watch->next_wanted = false;
    watch->held = watch->exercise->state != DESK_PASSED; /* find_next has looked again */
    if (watch->held)
        ;
    else if (!next)
        set_page(watch, strdup("Every exercise is passed. ./syslab submit packs them.\n"));
    else
        enter(watch, next);
    redraw(watch);
}

static void handle_key(struct watch *watch, char key)
{
    watch->held = false;
    switch (key) {
    case 'n':
        watch->next_wanted = true;
        break;
    case 'r':
        watch->changed = true;
        set_page(watch, NULL);
        break;
    case 'h':
        set_page(watch, render_page(watch, PAGE_HINTS));
        break;
    case 'l':
        set_page(watch, render_page(watch, PAGE_LIST));
        break;
    case 'q':
        watch->quit = true;
        break;
    case '\n':
        set_page(watch, NULL);
        break;
    default:
        return;
    }
    redraw(watch);
}

static void handle_signal(struct watch *watch, int signal)
{
    if (signal == SIGTSTP) {
        screen_leave(&watch->terminal);
        keyboard_stop();
    } else if (signal == SIGWINCH) {
        struct terminal fresh;
        terminal_init(&fresh, watch->terminal.out);
        watch->terminal.columns = fresh.columns;
    } else if (watch->quit) {
        /* Asked twice: do not wait for the run. */
        keyboard_close();
        screen_leave(&watch->terminal);
        _Exit(128 + signal);
    } else {
        watch->quit = true;
    }
    redraw(watch);
}

static void handle_page(struct watch *watch)
{
    bool over;
    enum verdict verdict;
    char *page = watcher_take(&watch->watcher, &over, &verdict);
    if (page) {
        free(watch->verdict_page);
        watch->verdict_page = page;
        set_page(watch, NULL);
    }
    if (page || (over && watch->terminal.live))
        draw(watch);
}

/* Start what was asked for while a run was under way. */
static void start_pending(struct watch *watch)
{
    if (watcher_busy(&watch->watcher) || watch->quit)
        return;
    if (watch->next_wanted)
        go_next(watch);
    if (!watch->changed)
        return;
    watch->changed = watch->held = false;
    int failed = watcher_start(&watch->watcher, watch->exercise);
    if (failed)
        options_complain("no thread to grade with: %s", strerror(-failed));
    redraw(watch);
}

static int wait_for_events(struct watch *watch, bool settling)
{
    struct pollfd events[] = {{keyboard_fd(), POLLIN, 0},
                              {keyboard_signal_fd(), POLLIN, 0},
                              {watcher_fd(&watch->watcher), POLLIN, 0},
                              {folder_fd(&watch->folder), POLLIN, 0}};
    int wait = settling ? FOLDER_SETTLE_MS : folder_is_gone(&watch->folder) ? FOLDER_RETRY_MS : -1;
    int ready = poll(events, sizeof(events) / sizeof(events[0]), wait);
    if (ready < 0)
        return errno == EINTR ? 1 : -errno;
    int signal;
    while ((signal = keyboard_signal()) != 0)
        handle_signal(watch, signal);
    if (events[0].revents)
        handle_key(watch, keyboard_key());
    if (events[2].revents)
        handle_page(watch);
    return ready;
}

/* A burst of events is one save: a run starts when the folder has been quiet for a moment. */
static int loop(struct watch *watch)
{
    bool settling = false;
    while (!watch->quit || watcher_busy(&watch->watcher)) {
        if (!settling)
            start_pending(watch);
        int ready = wait_for_events(watch, settling);
        if (ready < 0)
            return COMMAND_GRADER_ERROR;
        bool saved = folder_saved(&watch->folder);
        if (settling && !saved && ready == 0) {
            settling = false;
            watch->changed = true;
        }
        settling = settling || saved;
    }
    return COMMAND_PASSED;
}

static int run(struct watch *watch, struct engine *engine)
{
    int failed = watcher_init(&watch->watcher, &watch->desk, engine, &watch->terminal);
    if (failed) {
        options_complain("%s", strerror(-failed));
        return COMMAND_USAGE;
    }
    int status = enter(watch, watch->exercise);
    if (status == COMMAND_PASSED && keyboard_open() == 0) {
        if (watch->terminal.live)
            fputs("\033[H\033[2J", watch->terminal.out);
        status = loop(watch);
        keyboard_close();
        screen_leave(&watch->terminal);
    }
    watcher_fini(&watch->watcher);
    folder_close(&watch->folder);
    free(watch->verdict_page);
    free(watch->page);
    return status;
}

int command_watch(int argc, char **argv)
{
    int status;
    bool no_sandbox = false;
    const char *name = NULL;
    struct engine *engine;
    struct watch watch = {.folder = {.fd = -1}};
    const struct option_rule rules[] = {{"--no-sandbox", OPTION_FLAG, &no_sandbox}, {0}};
    const struct options options = {argv[0], "watch [EX] [--no-sandbox]", rules, &name, 1};
    if (!options_parse(&options, argc, argv, &status))
        return status;
    status = desk_open(&watch.desk, true);
    if (status)
        return status;
    terminal_init(&watch.terminal, stdout);
    watch.exercise = desk_choose(&watch.desk, name);
    status = watch.exercise ? grading_open(&watch.desk, no_sandbox, NULL, &engine) : COMMAND_USAGE;
    if (status == COMMAND_PASSED) {
        status = run(&watch, engine);
        engine_destroy(engine);
    }
    desk_close(&watch.desk);
    return status;
}
