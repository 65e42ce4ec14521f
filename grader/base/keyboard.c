#include "grader/base/keyboard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

static struct {
    int signals[2]; /* pipe: a handler writes, the loop reads */
    int fd;         /* stdin, or -1 */
    struct termios before, raw;
    volatile sig_atomic_t taken;
} keyboard = {.signals = {-1, -1}, .fd = -1};

/* A handler may only call what is async-signal-safe; write and tcsetattr are. */
static void note_signal(int signal)
{
    int saved = errno;
    unsigned char byte = (unsigned char)signal;
    ssize_t written = write(keyboard.signals[1], &byte, 1); /* full: it is as awake as it can be */
    (void)written;
    errno = saved;
}

static void restore(void)
{
    if (keyboard.taken)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &keyboard.before);
    keyboard.taken = 0;
}

static void restore_and_die(int signal)
{
    restore();
    raise(signal); /* SA_RESETHAND: this time it kills */
}

static void take(void)
{
    if (keyboard.fd < 0)
        return;
    keyboard.taken = 1;
    tcsetattr(keyboard.fd, TCSADRAIN, &keyboard.raw);
}

static void handle_signals(void)
{
    struct sigaction note = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    struct sigaction die = {.sa_handler = restore_and_die, .sa_flags = (int)SA_RESETHAND};
    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
        sigaction(caught[i], &note, NULL);
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
        sigaction(fatal[i], &die, NULL);
    /* Giving the terminal back while in the background must not stop us half-way. */
    signal(SIGTTOU, SIG_IGN);
}

int keyboard_open(void)
{
    static bool at_exit;
    if (pipe2(keyboard.signals, O_CLOEXEC | O_NONBLOCK) != 0)
        return -errno;
    handle_signals();
    if (!at_exit)
        atexit(restore);
    at_exit = true;
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &keyboard.before) != 0)
        return 0;
    keyboard.fd = STDIN_FILENO;
    keyboard.raw = keyboard.before;
    keyboard.raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    keyboard.raw.c_cc[VMIN] = 1;
    keyboard.raw.c_cc[VTIME] = 0;
    take();
    return 0;
}

void keyboard_close(void)
{
    restore();
    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
        signal(caught[i], SIG_DFL);
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
        signal(fatal[i], SIG_DFL);
    signal(SIGTTOU, SIG_DFL);
    for (int i = 0; i < 2; i++) {
        if (keyboard.signals[i] >= 0)
            close(keyboard.signals[i]);
        keyboard.signals[i] = -1;
    }
    keyboard.fd = -1;
}

int keyboard_fd(void)
{
    return keyboard.fd;
}

int keyboard_signal_fd(void)
{
    return keyboard.signals[0];
}

char keyboard_key(void)
{
    char key;
    if (keyboard.fd < 0)
        return 0;
    ssize_t got = read(keyboard.fd, &key, 1);
    if (got == 1)
        return key;
    if (got == 0 || errno != EINTR)
        keyboard.fd = -1; /* the terminal is gone; go on without keys until a signal ends us */
    return 0;
}

int keyboard_signal(void)
{
    unsigned char byte;
    return read(keyboard.signals[0], &byte, 1) == 1 ? byte : 0;
}

void keyboard_stop(void)
{
    restore();
    raise(SIGSTOP);
    take();
}
