/* sandbox_guest.c - what the sandbox's tests run inside it: `subject ACT` does one thing. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutexes[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};

static void spin(void)
{
    for (;;)
        __asm__ volatile("");
}

static void nap(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void *lock_both(void *context)
{
    int first = *(int *)context;
    pthread_mutex_lock(&mutexes[first]);
    nap(100);
    pthread_mutex_lock(&mutexes[1 - first]);
    return NULL;
}

static void deadlock(void)
{
    static int which[] = {0, 1};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, lock_both, &which[i]) != 0)
            exit(9);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

/* A child that leaves its session, closes everything and lives on. */
static void leave_orphan(void)
{
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            close(1);
            close(2);
            for (int i = 0; i < 600; i++)
                nap(100);
        }
        _exit(0);
    }
    nap(50);
    puts("left");
}

/* Forks twice, and the last is stopped, which SIGTERM would not end. */
static void leave_stopped(void)
{
    if (fork() == 0) {
        setsid();
        raise(SIGSTOP);
        nap(60000);
    }
    nap(50);
}

static void leave_daemon(void)
{
    if (daemon(0, 1) == 0)
        nap(60000);
}

/* The parent waits in the kernel until its child execs or ends, which it does not. */
static void leave_vforked(void)
{
    if (vfork() == 0)
        for (;;)
            pause();
}

/* Always another process: each forks the next one and ends. */
static void keep_moving(void)
{
    if (fork() == 0) {
        setsid();
        for (;;) {
            if (fork() > 0)
                _exit(0);
            nap(1);
        }
    }
    nap(100);
}

/* 200 MiB that no process maps. */
static void fill_memory_file(void)
{
    static char text[1 << 20];
    int fd = memfd_create("memory", MFD_CLOEXEC);
    for (int i = 0; i < 200; i++)
        if (write(fd, text, sizeof(text)) < 0)
            exit(8);
}

static void kill_self(void)
{
    kill(getpid(), SIGKILL);
}

static void list_descriptors(void)
{
    for (int fd = 0; fd < 256; fd++)
        if (fcntl(fd, F_GETFD) != -1)
            printf("%d ", fd);
    puts("");
}

static void print_error(const char *what, long result)
{
    printf("%s %s\n", what, result < 0 ? strerrorname_np(errno) : "allowed");
}

static void try_refused(void)
{
    print_error("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
    print_error("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
    print_error("unshare", unshare(CLONE_NEWUSER));
    print_error("socket", socket(AF_INET, SOCK_STREAM, 0));
    print_error("fork", fork());
    print_error("keyctl", syscall(SYS_keyctl, 0, 0, 0, 0, 0));
    print_error("clone3", syscall(SYS_clone3, NULL, 0));
    print_error("kill init", kill(1, SIGSTOP));
    print_error("setuid", setuid(0));
}

static void list_files(void)
{
    const char *const paths[] = {"/work/secret", "/kit/kit", "/etc/passwd", "/proc/self/maps",
                                 "/runner",      "/home",    "/dev/null"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        print_error(paths[i], open(paths[i], O_RDONLY));
    print_error("write /usr", open("/usr/x", O_CREAT | O_WRONLY, 0600));
    print_error("write /", open("/x", O_CREAT | O_WRONLY, 0600));
    print_error("write subject", open("/tmp/subject", O_WRONLY));
    print_error("scratch left", open("/tmp/left", O_RDONLY));
    print_error("write scratch", open("/tmp/left", O_CREAT | O_WRONLY, 0600));
}

/* What its kit shows to a test. */
static void look_at_shown(void)
{
    int file = open("files/one", O_RDONLY);
    print_error("read files", file);
    void *code = mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
    print_error("map files", code == MAP_FAILED ? -1 : 0);
    print_error("change files", open("files/one", O_WRONLY));
    print_error("create in files", open("files/two", O_CREAT | O_WRONLY, 0600));
    print_error("beside files", open("files/../kit", O_RDONLY));
}

/* What Landlock has rules for. The work folder is the one above scratch, where there are no mounts. */
static void try_landlock(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
    print_error("read /etc/passwd", open("/etc/passwd", O_RDONLY));
    print_error("list /", open("/", O_RDONLY | O_DIRECTORY));
    print_error("read work", open("../secret", O_RDONLY));
    print_error("write work", open("../secret", O_WRONLY));
    print_error("truncate work", truncate("../secret", 0));
    print_error("create in work", open("../new", O_CREAT | O_WRONLY, 0600));
    print_error("folder in work", mkdir("../folder", 0700));
    print_error("link in work", symlink("x", "../link"));
    print_error("fifo in work", mkfifo("../fifo", 0600));
    print_error("remove in work", unlink("../secret"));
    print_error("write scratch", open("own", O_CREAT | O_WRONLY, 0700));
    print_error("folder in scratch", mkdir("own_folder", 0700));
    print_error("device in scratch", mknod("device", S_IFCHR | 0600, makedev(1, 3)));
    int server = socket(AF_INET, SOCK_STREAM, 0);
    print_error("bind", bind(server, (struct sockaddr *)&address, sizeof(address)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    print_error("connect", connect(server, (struct sockaddr *)&address, sizeof(address)));
    print_error("signal above", kill(getppid(), 0));
    char *const arguments[] = {"true", NULL};
    print_error("execute scratch", execve("own", arguments, arguments + 1));
    print_error("execute /usr/bin/true", execve("/usr/bin/true", arguments, arguments + 1));
}

static void allocate(int touch)
{
    for (;;) {
        char *block = malloc(1 << 20);
        if (!block)
            exit(7);
        for (int i = 0; touch && i < 1 << 20; i += 4096)
            ((volatile char *)block)[i] = 1;
    }
}

static void fork_bomb(void)
{
    int children = 0;
    for (int i = 0; i < 1000; i++) {
        pid_t child = fork();
        if (child == 0)
            for (;;)
                pause();
        children += child > 0;
    }
    printf("%d\n", children);
}

static void write_forever(int fd)
{
    static char text[4096];
    memset(text, 'x', sizeof(text));
    for (;;)
        if (write(fd, text, sizeof(text)) < 0)
            exit(8);
}

static void write_file(void)
{
    int fd = open("big", O_CREAT | O_WRONLY, 0600);
    write_forever(fd);
}

static void echo_nonce(void)
{
    char nonce[64];
    ssize_t got = read(4, nonce, sizeof(nonce));
    if (got > 0)
        dprintf(3, "nonce %.*s", (int)got, nonce);
    printf("%zd\n", got);
}

int main(int argc, char **argv)
{
    const char *act = argc > 1 ? argv[1] : "";
    const struct {
        const char *name;
        void (*run)(void);
    } acts[] = {
        {"spin", spin},
        {"deadlock", deadlock},
        {"orphan", leave_orphan},
        {"descriptors", list_descriptors},
        {"refused", try_refused},
        {"files", list_files},
        {"shown", look_at_shown},
        {"fork_bomb", fork_bomb},
        {"write_file", write_file},
        {"nonce", echo_nonce},
        {"abort", abort},
        {"kill_self", kill_self},
        {"landlock", try_landlock},
        {"stopped", leave_stopped},
        {"daemon", leave_daemon},
        {"vforked", leave_vforked},
        {"moving", keep_moving},
        {"memory_file", fill_memory_file},
    };
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        if (strcmp(act, acts[i].name) == 0)
            acts[i].run();
    if (strcmp(act, "sleep") == 0)
        nap(60000);
    if (strcmp(act, "allocate") == 0 || strcmp(act, "touch") == 0)
        allocate(act[0] == 't');
    if (strcmp(act, "output") == 0 || strcmp(act, "record") == 0)
        write_forever(act[0] == 'o' ? 1 : 3);
    if (strcmp(act, "environment") == 0)
        for (char **at = environ; *at; at++)
            puts(*at);
    return strcmp(act, "exit3") == 0 ? 3 : 0;
}
