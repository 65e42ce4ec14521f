/* main.c - interleave: run a program in every way that its threads can meet.
 *
 *     interleave [OPTION...] FILE.c ... [-- COMPILER-OPTION...]
 *
 *     --model rc11|sc    the memory model (rc11), or interleavings alone
 *     --executions N     stop after that many (0: no bound)
 *     --random N         N executions at random, for what is too large; --seed S
 *     --spurious N       weak compare-and-exchanges that may fail for no reason, in one execution (1)
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
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

extern char **environ;

static void usage(void)
{
    fputs("usage: interleave [--model rc11|sc] [--executions N] [--random N [--seed S]] "
          "[--spurious N]\n"
          "                  [--replay SCHEDULE] [--trace] [--outcomes] [--weaken] [--jobs N] "
          "[--main NAME] "
          "[--cc "
          "COMPILER]\n"
          "                  [--build FILE.so] FILE.c ... [-- OPTION...]\n",
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

static int parse(int argc, char **argv)
{
    static const struct option names[] = {
        {"model", required_argument, NULL, 'm'},    {"executions", required_argument, NULL, 'e'},
        {"random", required_argument, NULL, 'r'},   {"seed", required_argument, NULL, 's'},
        {"spurious", required_argument, NULL, 'w'}, {"replay", required_argument, NULL, 'p'},
        {"trace", no_argument, NULL, 't'},          {"cc", required_argument, NULL, 'c'},
        {"outcomes", no_argument, NULL, 'o'},       {"main", required_argument, NULL, 'f'},
        {"jobs", required_argument, NULL, 'j'},     {"weaken", no_argument, NULL, 'k'},
        {"build", required_argument, NULL, 'b'},    {NULL, 0, NULL, 0}};
    for (int name; (name = getopt_long(argc, argv, "+", names, NULL)) != -1;) {
        switch (name) {
        case 'm':
            set_model(optarg);
            break;
        case 'e':
            options.search.executions_max = number(optarg);
            break;
        case 'r':
            options.search.executions_max = number(optarg);
            options.search.random = options.explore.random = true;
            break;
        case 's':
            options.explore.seed = number(optarg);
            break;
        case 'w':
            options.explore.spurious_max = (int)number(optarg);
            break;
        case 'p':
            options.replay = optarg;
            options.search.replay = true;
            break;
        case 't':
            options.search.trace = true;
            break;
        case 'k':
            options.weaken = true;
            break;
        case 'j':
            options.search.jobs = (int)number(optarg);
            break;
        case 'f':
            options.entry = optarg;
            break;
        case 'b':
            options.build = optarg;
            break;
        case 'o':
            options.search.outcomes = true;
            break;
        case 'c':
            options.compiler = optarg;
            break;
        default:
            usage();
        }
    }
    return optind;
}

/* The calls that go to us instead of the C library. */
static const char wraps[] =
    "-Wl,--wrap=pthread_create,--wrap=pthread_join,--wrap=pthread_detach,--wrap=pthread_self,"
    "--wrap=pthread_equal,--wrap=_exit,--wrap=_Exit,--wrap=quick_exit,--wrap=pthread_spin_init,--"
    "wrap=pthread_spin_lock,"
    "--wrap=pthread_spin_trylock,--wrap=pthread_spin_unlock,--wrap=pthread_rwlock_init,"
    "--wrap=pthread_rwlock_destroy,--wrap=pthread_rwlock_rdlock,--wrap=pthread_rwlock_wrlock,"
    "--wrap=pthread_rwlock_trywrlock,--wrap=pthread_rwlock_unlock,--wrap=pthread_cond_clockwait,"
    "--wrap=cnd_timedwait,--wrap=mtx_timedlock,--wrap=sem_trywait,--wrap=sem_timedwait,"
    "--wrap=pthread_barrier_wait,--wrap=pthread_cancel,--wrap=fork,--wrap=__errno_location,--wrap="
    "pthread_key_create,--wrap=pthread_key_"
    "delete,"
    "--wrap=pthread_setspecific,--wrap=pthread_getspecific,--wrap=pthread_exit,--wrap=thrd_create,-"
    "-wrap=thrd_join,"
    "--wrap=thrd_detach,--wrap=thrd_current,--wrap=thrd_exit,--wrap=sched_yield,--wrap=thrd_yield,"
    "--wrap=thrd_sleep,--wrap=nanosleep,--wrap=usleep,--wrap=sleep,--wrap=clock_gettime,"
    "--wrap=pthread_mutex_init,--wrap=pthread_mutex_destroy,--wrap=pthread_mutex_lock,"
    "--wrap=pthread_mutex_trylock,--wrap=pthread_mutex_timedlock,--wrap=pthread_mutex_unlock,"
    "--wrap=mtx_init,--wrap=mtx_destroy,--wrap=mtx_lock,--wrap=mtx_trylock,--wrap=mtx_unlock,"
    "--wrap=pthread_cond_init,--wrap=pthread_cond_destroy,--wrap=pthread_cond_wait,"
    "--wrap=pthread_cond_timedwait,--wrap=pthread_cond_signal,--wrap=pthread_cond_broadcast,"
    "--wrap=cnd_init,--wrap=cnd_destroy,--wrap=cnd_wait,--wrap=cnd_signal,--wrap=cnd_broadcast,"
    "--wrap=sem_init,--wrap=sem_destroy,--wrap=sem_wait,--wrap=sem_post,--wrap=pthread_once,"
    "--wrap=call_once,--wrap=syscall,--wrap=malloc,--wrap=calloc,--wrap=free,--wrap=realloc,"
    "--wrap=aligned_alloc,--wrap=posix_memalign,--wrap=strdup,--wrap=memcpy,--wrap=memmove,"
    "--wrap=memset,--wrap=__assert_fail,--wrap=abort,--wrap=exit";

/* The words of the compiler's command. words: the files and the options of the user. The caller frees it. */
static const char **command_line(char **words, const char *out)
{
    static const char *const before[] = {"-std=gnu17",
                                         "-g",
                                         "-O1",
                                         "-fPIC",
                                         "-shared",
                                         "-fno-builtin",

                                         "-DSYSLAB_INTERLEAVE",
                                         "-D_GNU_SOURCE",
                                         "-fsanitize=thread"};
    /* Not the sanitizer's own library; and not libgcc.a, which has a __wrap_pthread_create too. */
    static const char *const after[] = {"-nodefaultlibs", "-lc", "-l:libgcc_s.so.1", wraps, "-o"};
    const char *root = getenv("SYSLAB_ROOT"); /* where "02_concurrency/spsc_ring.h" is */
    size_t before_count = sizeof(before) / sizeof(*before), given = 0, count = 0;
    size_t after_count = sizeof(after) / sizeof(*after);
    while (words[given])
        given++;
    const char **line = calloc(given + before_count + after_count + 6, sizeof(*line));
    if (!line)
        exit(2);
    line[count++] = options.compiler;
    line[count++] = "-I";
    line[count++] = root ? root : ".";
    for (size_t index = 0; index < before_count; index++)
        line[count++] = before[index];
    /* clang leaves out what finds a line by its address; gcc warns of fences, which are nothing to warn of here. */
    line[count++] = strstr(options.compiler, "clang") ? "-gdwarf-aranges" : "-Wno-tsan";
    for (size_t index = 0; index < given; index++)
        if (strcmp(words[index], "--") != 0)
            line[count++] = words[index];
    for (size_t index = 0; index < after_count; index++)
        line[count++] = after[index];
    line[count] = out;
    return line;
}

/* Ends the process when it fails: the compiler has said why. */
static void compile(char **words, const char *out)
{
    pid_t child;
    int status = 1;
    const char **line = command_line(words, out);
    int failed = posix_spawnp(&child, line[0], NULL, NULL, (char **)(uintptr_t)line, environ);
    if (failed)
        fprintf(stderr, "interleave: %s: %s\n", line[0], strerror(failed));
    else
        waitpid(child, &status, 0);
    free(line);
    if (status == 0)
        return;
    unlink(out);
    exit(2);
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
    compile(words, path);
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
        compile(argv + first, options.build);
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
