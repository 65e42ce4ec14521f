/* symbols.c - the undefined symbols of a shared object, against the names that are refused. */
#include "02_concurrency/interleave/symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "02_concurrency/interleave/wrap_list.h"

/* Each name of the list, with the function that has it: one without does not link. */
#define DECLARE(name) void __wrap_##name(void);
#define ENTRY(name)   {"__wrap_" #name, __wrap_##name},
WRAP_LIST(DECLARE)
static const struct {
    const char *name;
    void (*function)(void);
} wrapped[] = {WRAP_LIST(ENTRY)};

/* A name that ends in * stands for all that begin so. */
static const char *const harmless[] = {"pthread_attr_*",
                                       "pthread_mutexattr_*",
                                       "pthread_condattr_*",
                                       "pthread_rwlockattr_*",
                                       "pthread_spinattr*",
                                       "pthread_barrierattr_*",
                                       NULL};

static const struct {
    const char *why;
    const char *names[48];
} refused[] = {
    {"it is not known here, and would act on threads that do not exist",
     {"pthread_*", "_pthread_*", "__pthread_*", "thrd_*", "mtx_*", "cnd_*", "tss_*", "sem_*",
      "sched_setaffinity", "makecontext", "swapcontext", "setcontext", "getcontext"}},
    {"it makes a process",
     {"fork", "_Fork", "vfork", "clone", "clone3", "posix_spawn*", "exec*", "fexecve", "system",
      "popen", "daemon"}},
    {"it waits, and all threads would",
     {"poll",    "__poll_chk", "ppoll",     "__ppoll_chk", "select",         "pselect",
      "epoll_*", "wait",       "wait3",     "wait4",       "waitid",         "waitpid",
      "pause",   "mq_*",       "msgrcv",    "msgsnd",      "semop",          "semtimedop",
      "flock",   "lockf",      "lockf64",   "accept",      "accept4",        "connect",
      "recv",    "recvfrom",   "recvmsg",   "send",        "sendto",         "sendmsg",
      "getchar", "fgets",      "getline",   "scanf",       "__isoc99_scanf", "futex*",
      "aio_*",   "lio_listio", "io_uring*", "eventfd*",    "timerfd_*",      "signalfd*"}},
    {"its time is not the program's",
     {"timer_*", "alarm", "ualarm", "setitimer", "getitimer", "times", "ftime", "clock_getres",
      "getrusage", "timespec_getres"}},
    {"signals come when they like, and here they never do",
     {"signal", "bsd_signal", "sysv_signal", "__sysv_signal", "sigaction", "sigwait*",
      "sigtimedwait", "sigsuspend", "sigprocmask", "sigqueue", "raise", "kill", "killpg",
      "tgkill"}},
    {"a run does not put back what it did", {"open",          "open64",
                                             "openat",        "openat64",
                                             "__open_2",      "__open64_2",
                                             "creat",         "creat64",
                                             "fopen",         "fopen64",
                                             "fdopen",        "freopen",
                                             "freopen64",     "tmpfile",
                                             "mkstemp*",      "mkostemp*",
                                             "read",          "__read_chk",
                                             "pread*",        "readv",
                                             "write",         "pwrite*",
                                             "writev",        "pipe",
                                             "pipe2",         "socket",
                                             "socketpair",    "unlink",
                                             "unlinkat",      "rename",
                                             "mkdir",         "rmdir",
                                             "ftruncate*",    "atexit",
                                             "__cxa_atexit",  "on_exit",
                                             "at_quick_exit", "__cxa_at_quick_exit",
                                             "dlopen",        "setenv",
                                             "putenv"}},
    {"it is another number each time",
     {"rand", "srand", "random", "srandom", "initstate", "setstate", "drand48", "lrand48",
      "mrand48", "srand48", "arc4random*", "getentropy"}},
};

static bool matches(const char *name, const char *pattern)
{
    size_t length = strlen(pattern);
    if (pattern[length - 1] == '*')
        return strncmp(name, pattern, length - 1) == 0;
    return strcmp(name, pattern) == 0;
}

static bool is_among(const char *name, const char *const *patterns)
{
    for (; *patterns; patterns++)
        if (matches(name, *patterns))
            return true;
    return false;
}

/* Returns: why the program cannot call it, or NULL: it can. */
static const char *objection(const char *name)
{
    if (is_among(name, harmless))
        return NULL;
    for (size_t group = 0; group < sizeof(refused) / sizeof(*refused); group++)
        if (is_among(name, refused[group].names))
            return refused[group].why;
    if (strncmp(name, "__wrap_", strlen("__wrap_")) != 0)
        return NULL;
    for (size_t index = 0; index < sizeof(wrapped) / sizeof(*wrapped); index++)
        if (strcmp(name, wrapped[index].name) == 0 && wrapped[index].function)
            return NULL;
    return "it was built by another version of interleave";
}

static int check_section(Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    int objections = 0;
    for (size_t index = 0; data && index < header->sh_size / header->sh_entsize; index++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)index, &symbol) || symbol.st_shndx != SHN_UNDEF)
            continue;
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
        const char *why = name && *name ? objection(name) : NULL;
        if (why)
            fprintf(stderr, "interleave: the program calls %s: %s\n", name, why);
        objections += why != NULL;
    }
    return objections;
}

int symbols_check(const char *path)
{
    int objections = 0, file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        fprintf(stderr, "interleave: %s: %s\n", path, strerror(errno));
        return -1;
    }
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(file, ELF_C_READ, NULL);
    for (Elf_Scn *section = NULL; elf && (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_DYNSYM && header.sh_entsize > 0)
            objections += check_section(elf, section, &header);
    }
    if (elf)
        elf_end(elf);
    close(file);
    return objections > 0 ? -1 : 0;
}
