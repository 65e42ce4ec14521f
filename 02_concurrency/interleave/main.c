/* main.c - interleave: run a program in every way that its threads can meet.
 *
 *     interleave [OPTION...] FILE.c ... [-- COMPILER-OPTION...]
 *
 *     --model rc11|sc    the memory model (rc11), or interleavings alone
 *     --executions N     stop after that many (0: no bound)
 *     --random N         N executions at random, for what is too large; --seed S
 *     --pct D            the random ones by priorities that change D - 1 times: finds a bug of depth D more surely
 *     --preemptions N    every schedule in which a thread that could go on is left at most N times; a read of what
 *                        is not the latest counts as one
 *     --symmetry         with these: threads that are created in a row, with the same function and argument, are
 *                        exchangeable (and joined in a row), and begin in that order
 *     --spurious N       how much may happen for no reason in one execution: a weak compare-and-exchange that
 *                        fails, a wait that wakes for nothing, a deadline that comes (1)
 *     --replay SCHEDULE  one execution, as a trace told it
 *     --trace            print each execution
 *     --outcomes         list the distinct values that the program noted (interleave.h)
 *     --weaken           then weaken the memory order of each operation by a step, and see what fails
 *     --jobs N           processes at once (as many as this process may use cores)
 *     --main NAME        begin at that function instead of main
 *     --cc COMPILER      gcc or clang (cc)
 *     --build FILE.so    only compile, into that file; FILE.so in place of FILE.c ... explores it
 *
 * Exit: 0 every execution is fine; 1 one is not; 2 usage, or the program does not compile; 3 no failure was
 * found, but a bound cut the search.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "02_concurrency/interleave/compile.h"
#include "02_concurrency/interleave/machine.h"
#include "02_concurrency/interleave/program.h"
#include "02_concurrency/interleave/search.h"
#include "02_concurrency/interleave/weaken.h"

static struct {
    struct explore_settings explore;
    struct search_settings search;
    const char *replay, *compiler, *entry, *build;
    bool weaken;
} options = {.explore = {.spurious_max = 1}, .compiler = "cc", .entry = "main"};

static void usage(void)
{
    fputs("usage: interleave [--model rc11|sc] [--executions N] [--random N [--seed S] [--pct D]]\n"
          "                  [--preemptions N] [--symmetry] [--spurious N] [--jobs N]\n"
          "                  [--replay SCHEDULE] [--trace] [--outcomes] [--weaken] [--main NAME]\n"
          "                  [--cc COMPILER] [--build FILE.so] FILE.c ... [-- OPTION...]\n",
          stderr);
    exit(2);
}

static unsigned long number(const char *text)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || end == text || *end || *text == '-') {
        fprintf(stderr, "interleave: %s is not a number\n", text);
        exit(2);
    }
    return value;
}

static void set_model(const char *name)
{
    if (strcmp(name, "rc11") == 0)
        options.explore.model = MODEL_RC11;
    else if (strcmp(name, "sc") == 0)
        options.explore.model = MODEL_SC;
    else
        usage();
}

/* Which executions, and how many. Returns: whether it is an option of that kind. */
static bool set_search(int name, const char *value)
{
    switch (name) {
    case 'm':
        set_model(value);
        break;
    case 'e':
        options.search.executions_max = number(value);
        break;
    case 'r':
        options.search.executions_max = number(value);
        options.search.random = options.explore.random = true;
        break;
    case 'd':
        options.explore.depth = (int)number(value);
        break;
    case 'q':
        options.explore.bounded = true;
        options.explore.preemptions = (int)number(value);
        break;
    case 'y':
        options.explore.symmetric = true;
        break;
    case 's':
        options.explore.seed = number(value);
        break;
    case 'w':
        options.explore.spurious_max = (int)number(value);
        break;
    case 'j':
        options.search.jobs = (int)number(value);
        break;
    default:
        return false;
    }
    return true;
}

static void set_option(int name, const char *value)
{
    switch (name) {
    case 'p':
        options.replay = value;
        options.search.replay = true;
        break;
    case 't':
        options.search.trace = true;
        break;
    case 'k':
        options.weaken = true;
        break;
    case 'f':
        options.entry = value;
        break;
    case 'b':
        options.build = value;
        break;
    case 'o':
        options.search.outcomes = true;
        break;
    case 'c':
        options.compiler = value;
        break;
    default:
        usage();
    }
}

/* Options that say nothing without another one are a mistake, not a wish. */
static void check_options(void)
{
    const struct explore_settings *explore = &options.explore;
    bool scheduled = explore->random || explore->bounded;
    if ((explore->random && explore->bounded) || (explore->depth > 0 && !explore->random) ||
        (explore->symmetric && !scheduled) || (options.search.replay && scheduled))
        usage();
}

static int parse(int argc, char **argv)
{
    static const struct option names[] = {{"model", required_argument, NULL, 'm'},
                                          {"executions", required_argument, NULL, 'e'},
                                          {"random", required_argument, NULL, 'r'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"pct", required_argument, NULL, 'd'},
                                          {"preemptions", required_argument, NULL, 'q'},
                                          {"symmetry", no_argument, NULL, 'y'},
                                          {"spurious", required_argument, NULL, 'w'},
                                          {"replay", required_argument, NULL, 'p'},
                                          {"trace", no_argument, NULL, 't'},
                                          {"cc", required_argument, NULL, 'c'},
                                          {"outcomes", no_argument, NULL, 'o'},
                                          {"main", required_argument, NULL, 'f'},
                                          {"jobs", required_argument, NULL, 'j'},
                                          {"weaken", no_argument, NULL, 'k'},
                                          {"build", required_argument, NULL, 'b'},
                                          {NULL, 0, NULL, 0}};
    for (int name; (name = getopt_long(argc, argv, "+", names, NULL)) != -1;)
        if (!set_search(name, optarg))
            set_option(name, optarg);
    check_options();
    return optind;
}

/* The program, compiled if it is not yet. Returns: 0; -1, and a message on stderr. */
static int load(char **words)
{
    char file_path[4096];
    const char *dot = strrchr(words[0], '.');
    if (dot && strcmp(dot, ".so") == 0)
        return realpath(words[0], file_path) ? program_load(file_path) : program_load(words[0]);
    char path[] = "/tmp/interleave-XXXXXX.so";
    int file = mkstemps(path, 3);
    if (file < 0) {
        fprintf(stderr, "interleave: %s: %s\n", path, strerror(errno));
        return -1;
    }
    close(file);
    interleave_compile(options.compiler, words, path);
    int failed = program_load(path);
    unlink(path);
    return failed;
}

static void run_program(void *function)
{
    static char name[] = "program";
    static char *arguments[] = {name, NULL};
    int (*begin)(int, char **);
    memcpy(&begin, &function, sizeof(begin)); /* C has no word for it; POSIX's dlsym needs it */
    begin(1, arguments);
}

int main(int argc, char **argv)
{
    cpu_set_t cores;
    bool known = sched_getaffinity(0, sizeof(cores), &cores) == 0;
    options.search.jobs = known ? CPU_COUNT(&cores) : 1;
    int first = parse(argc, argv);
    if (first >= argc)
        usage();
    if (options.build) {
        interleave_compile(options.compiler, argv + first, options.build);
        return 0;
    }
    if (load(argv + first) != 0)
        return 2;
    void *function = program_symbol(options.entry);
    if (!function) {
        fprintf(stderr, "interleave: the program has no function %s\n", options.entry);
        return 2;
    }
    /* What the program prints it would print in each execution. */
    FILE *out = fdopen(dup(STDOUT_FILENO), "w");
    if (!out || (!options.search.replay && !freopen("/dev/null", "w", stdout)))
        return 2;
    memory_begin();
    machine_begin(run_program, function, options.replay);
    explore_begin(&options.explore);
    machine_watch();
    enum search_end end = search_run(&options.search, out);
    if (options.weaken && end == SEARCH_FINE)
        end = weaken_each(&options.search, out);
    return fclose(out) == 0 ? (int)end : 2;
}
