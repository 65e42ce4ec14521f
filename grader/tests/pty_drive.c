/* pty_drive.c - runs a program on a terminal of 80 by 24 and does what a person would.
 *
 *     pty_drive PROGRAM [ARGUMENT ...] < script
 *
 * The script, one step a line:
 *     expect TEXT      wait up to 30 s until TEXT has appeared since the last step that consumed it
 *     within MS TEXT   the same, and fail if it took longer than MS from the last save or key
 *     absent TEXT      TEXT has not appeared since then
 *     key C            press a key; ^C and ^Z are control keys
 *     save TO FROM     write the content of FROM into TO in place, as many editors do
 *     burst TO FROM    the same, six times in a row
 *     rename TO FROM   write it under another name and rename that over TO, as others do
 *     run COMMAND      in a shell; must succeed
 *     raw | sane       the terminal hands over single keys | is as a shell left it
 *     kill SIGNAL      by number
 *     exit STATUS      the program ends; 128 + signal as in a shell
 *
 * Escape sequences are taken out of what is compared. Exit: 0, or 1 with the step that failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

enum { SCREEN_MAX_BYTES = 1 << 20, WAIT_MS = 30000, ABSENT_MS = 300 };

static struct {
    int terminal;
    pid_t child;
    char text[SCREEN_MAX_BYTES]; /* all that was printed, without escape sequences */
    size_t length, consumed;
    int escape; /* 0 none, 1 after escape, 2 inside a sequence */
    double acted_ms;
    unsigned step;
} drive;

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void fail(const char *why, const char *what)
{
    fprintf(stderr, "step %u: %s '%s'\n--- since the last step:\n%s\n", drive.step, why, what,
            drive.text + drive.consumed);
    kill(drive.child, SIGKILL);
    exit(1);
}

static void take(const char *bytes, ssize_t count)
{
    for (ssize_t i = 0; i < count; i++) {
        char byte = bytes[i];
        if (drive.escape == 1)
            drive.escape = byte == '[' ? 2 : 0;
        else if (drive.escape == 2)
            drive.escape = byte >= '@' && byte <= '~' ? 0 : 2;
        else if (byte == '\033')
            drive.escape = 1;
        else if (byte != '\r' && drive.length + 1 < sizeof(drive.text))
            drive.text[drive.length++] = byte;
    }
    drive.text[drive.length] = '\0';
}

/* Read what there is within the time. Returns: false when the program has closed the terminal. */
static bool pump(int wait_ms)
{
    char bytes[4096];
    struct pollfd ready = {drive.terminal, POLLIN, 0};
    if (poll(&ready, 1, wait_ms) <= 0)
        return true;
    ssize_t got = read(drive.terminal, bytes, sizeof(bytes));
    if (got <= 0)
        return false;
    take(bytes, got);
    return true;
}

/* limit_ms below 0: none. */
static void expect(const char *text, double limit_ms)
{
    double until = now_ms() + WAIT_MS;
    char *found;
    while (!(found = strstr(drive.text + drive.consumed, text))) {
        if (now_ms() > until || (!pump(20) && !strstr(drive.text + drive.consumed, text)))
            fail("did not see", text);
    }
    double took = now_ms() - drive.acted_ms;
    if (limit_ms >= 0 && took > limit_ms)
        fail("came too late:", text);
    drive.consumed = (size_t)(found - drive.text) + strlen(text);
    if (limit_ms >= 0)
        printf("%s: %.0f ms\n", text, took);
}

static void absent(const char *text)
{
    double until = now_ms() + ABSENT_MS;
    while (now_ms() < until && pump(20))
        continue;
    if (strstr(drive.text + drive.consumed, text))
        fail("saw", text);
}

static void key(const char *name)
{
    char byte = name[0] == '^' && name[1] ? (char)(name[1] & 0x1f) : name[0];
    drive.acted_ms = now_ms();
    if (write(drive.terminal, &byte, 1) != 1)
        fail("could not press", name);
}

static void copy(const char *to, const char *from)
{
    char bytes[65536];
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ssize_t got;
    if (source < 0 || target < 0)
        fail("cannot copy", from);
    while ((got = read(source, bytes, sizeof(bytes))) > 0)
        if (write(target, bytes, (size_t)got) != got)
            fail("cannot write", to);
    close(source);
    close(target);
}

enum manner { IN_PLACE, BY_RENAME, BURST };

static void save(char *arguments, enum manner manner)
{
    char temporary[4096];
    char *from = strchr(arguments, ' ');
    if (!from)
        fail("save wants two files", arguments);
    *from++ = '\0';
    snprintf(temporary, sizeof(temporary), "%s.new", arguments);
    for (int i = 0; i < (manner == BURST ? 6 : 1); i++)
        copy(manner == BY_RENAME ? temporary : arguments, from);
    drive.acted_ms = now_ms();
    if (manner == BY_RENAME && rename(temporary, arguments) != 0)
        fail("cannot rename", temporary);
}

static void check_mode(bool raw)
{
    struct termios mode;
    tcgetattr(drive.terminal, &mode);
    bool is_raw = !(mode.c_lflag & (ICANON | ECHO));
    bool is_sane = (mode.c_lflag & ICANON) && (mode.c_lflag & ECHO);
    if (raw ? !is_raw : !is_sane)
        fail("the terminal's mode is not", raw ? "raw" : "sane");
}

static void expect_exit(int status)
{
    int ended = 0;
    double until = now_ms() + WAIT_MS;
    while (waitpid(drive.child, &ended, WNOHANG) == 0) {
        if (now_ms() > until)
            fail("did not end", "");
        pump(20);
    }
    int got = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
    char text[32];
    snprintf(text, sizeof(text), "%d", got);
    if (got != status)
        fail("ended with", text);
}

static void do_step(char *line)
{
    char *argument = strchr(line, ' ');
    if (argument)
        *argument++ = '\0';
    else
        argument = line + strlen(line);
    if (strcmp(line, "expect") == 0) {
        expect(argument, -1);
    } else if (strcmp(line, "within") == 0) {
        char *text;
        double limit = strtod(argument, &text);
        expect(text + 1, limit);
    } else if (strcmp(line, "absent") == 0) {
        absent(argument);
    } else if (strcmp(line, "key") == 0) {
        key(argument);
    } else if (strcmp(line, "save") == 0) {
        save(argument, IN_PLACE);
    } else if (strcmp(line, "rename") == 0) {
        save(argument, BY_RENAME);
    } else if (strcmp(line, "burst") == 0) {
        save(argument, BURST);
    } else if (strcmp(line, "run") == 0) {
        drive.acted_ms = now_ms();
        if (system(argument) != 0)
            fail("failed:", argument);
    } else if (strcmp(line, "raw") == 0 || strcmp(line, "sane") == 0) {
        check_mode(line[0] == 'r');
    } else if (strcmp(line, "kill") == 0) {
        kill(drive.child, (int)strtol(argument, NULL, 10));
    } else if (strcmp(line, "exit") == 0) {
        expect_exit((int)strtol(argument, NULL, 10));
    } else {
        fail("no such step:", line);
    }
}

int main(int argc, char **argv)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    char line[4096];
    if (argc < 2)
        return 2;
    /* Open until the end, so that the terminal's mode can be read when the program has gone. */
    int held;
    if (openpty(&drive.terminal, &held, NULL, NULL, &size) != 0)
        return 77;
    drive.child = fork();
    if (drive.child == 0) {
        close(drive.terminal);
        login_tty(held);
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    while (fgets(line, sizeof(line), stdin)) {
        drive.step++;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] && line[0] != '#')
            do_step(line);
    }
    kill(drive.child, SIGKILL);
    return 0;
}
