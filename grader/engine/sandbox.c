/* sandbox.c - opens and closes a sandbox; sandbox_run.c runs jobs in it. */
#include "grader/engine/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grader/engine/sandbox_internal.h"

enum { ARGUMENTS_MAX = 96, HELLO_MS = 20000 };

static const char bubblewrap[] = "/usr/bin/bwrap";

/* An argument list under construction. */
struct arguments {
    const char *words[ARGUMENTS_MAX];
    size_t count;
};

static void add(struct arguments *arguments, const char *const *words)
{
    for (; *words && arguments->count + 1 < ARGUMENTS_MAX; words++)
        arguments->words[arguments->count++] = *words;
    arguments->words[arguments->count] = NULL;
}

#define ADD(arguments, ...) add((arguments), (const char *const[]){__VA_ARGS__, NULL})

/* On a merged system /lib is a link into /usr, elsewhere a folder of its own. */
static void add_system_folders(struct arguments *arguments, char links[][64])
{
    static const char *const folders[] = {"/bin", "/lib", "/lib32", "/lib64"};
    ADD(arguments, "--ro-bind", "/usr", "/usr");
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        ssize_t length = readlink(folders[i], links[i], sizeof(links[i]) - 1);
        if (length > 0) {
            links[i][length] = '\0';
            ADD(arguments, "--symlink", links[i], folders[i]);
        } else {
            ADD(arguments, "--ro-bind-try", folders[i], folders[i]);
        }
    }
}

/* folder: where the program starts. */
static int spawn(const char *const *words, const char *folder, int socket, int errors, pid_t *out)
{
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return -failed;
    /* The order matters: each number is taken only after what stood there has moved. */
    failed = posix_spawn_file_actions_adddup2(&actions, errors, 2);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(&actions, socket, RUNNER_CONTROL_FD);
    if (!failed)
        failed = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (!failed)
        failed = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (!failed)
        failed = posix_spawn_file_actions_addclosefrom_np(&actions, RUNNER_CONTROL_FD + 1);
    if (!failed)
        failed = posix_spawn_file_actions_addchdir_np(&actions, folder);
    char *const no_environment[] = {NULL};
    if (!failed)
        failed = posix_spawn(out, words[0], &actions, NULL, (char *const *)words, no_environment);
    posix_spawn_file_actions_destroy(&actions);
    return -failed;
}

static int spawn_runner(struct sandbox *sandbox, int socket, int errors)
{
    struct arguments arguments = {.count = 0};
    char links[4][64], flags[16];
    unsigned without = sandbox->settings->without;
    snprintf(flags, sizeof(flags), "%d",
             (sandbox_has_namespaces(sandbox) ? RUNNER_NAMESPACES : 0) |
                 (without & RUNNER_LAYER_LANDLOCK ? RUNNER_NO_LANDLOCK : 0) |
                 (without & RUNNER_LAYER_SECCOMP ? RUNNER_NO_SECCOMP : 0));
    if (!sandbox_has_namespaces(sandbox)) {
        ADD(&arguments, sandbox->settings->runner, flags, sandbox->work, sandbox->kit);
        return spawn(arguments.words, sandbox->work, socket, errors, &sandbox->pid);
    }
    /* No namespace of control groups: from inside of one, a job could not be born into its own. And no
     * --die-with-parent: it kills bubblewrap also while its child waits to be told of its user ids, and
     * that child then waits forever. When we die our end of the socket closes, and the runner ends. */
    ADD(&arguments, bubblewrap, "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc",
        "--unshare-uts", "--hostname", "syslab", "--new-session", "--as-pid-1", "--uid", "1000",
        "--gid", "1000");
    /* The runner mounts each job's folders; the job itself has no capability. */
    ADD(&arguments, "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN");
    add_system_folders(&arguments, links);
    ADD(&arguments, "--proc", "/proc", "--dir", RUNNER_SCRATCH, "--bind", sandbox->work,
        RUNNER_WORK, "--ro-bind", sandbox->kit, RUNNER_KIT, "--ro-bind", sandbox->settings->runner,
        "/runner", "--remount-ro", "/", "--chdir", RUNNER_WORK, "/runner", flags);
    return spawn(arguments.words, sandbox->work, socket, errors, &sandbox->pid);
}

/* What bubblewrap, or the runner, wrote before it gave up. */
static void read_errors(int errors, char *error, size_t error_bytes)
{
    ssize_t got = error_bytes > 0 ? pread(errors, error, error_bytes - 1, 0) : 0;
    while (got > 0 && error[got - 1] == '\n')
        got--;
    if (error_bytes > 0)
        error[got > 0 ? got : 0] = '\0';
}

static int wait_for_hello(struct sandbox *sandbox)
{
    struct pollfd fd = {.fd = sandbox->socket, .events = POLLIN};
    int ready;
    do
        ready = poll(&fd, 1, HELLO_MS);
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return -ETIMEDOUT;
    struct runner_hello hello;
    ssize_t got = recv(sandbox->socket, &hello, sizeof(hello), 0);
    if (got != (ssize_t)sizeof(hello))
        return -ECONNREFUSED;
    sandbox->landlock_abi = hello.landlock_abi;
    return hello.version == RUNNER_VERSION ? 0 : -EPROTO;
}

static int start(struct sandbox *sandbox, char *error, size_t error_bytes)
{
    int pair[2];
    int errors = memfd_create("errors", MFD_CLOEXEC);
    if (errors < 0)
        return -errno;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        close(errors);
        return -errno;
    }
    sandbox->socket = pair[0];
    int failed = spawn_runner(sandbox, pair[1], errors);
    close(pair[1]);
    if (failed)
        snprintf(error, error_bytes, "%s: %s",
                 sandbox_has_namespaces(sandbox) ? bubblewrap : "runner", strerror(-failed));
    else
        failed = wait_for_hello(sandbox);
    if (failed && sandbox->pid > 0)
        read_errors(errors, error, error_bytes);
    close(errors);
    return failed;
}

int sandbox_open(const struct sandbox_settings *settings, const char *work, const char *kit,
                 struct sandbox **out, char *error, size_t error_bytes)
{
    struct sandbox *sandbox = calloc(1, sizeof(*sandbox));
    if (!sandbox)
        return -ENOMEM;
    sandbox->settings = settings;
    sandbox->socket = -1;
    sandbox->layers = UINT32_MAX;
    snprintf(sandbox->work, sizeof(sandbox->work), "%s", work);
    snprintf(sandbox->kit, sizeof(sandbox->kit), "%s", kit);
    int failed = start(sandbox, error, error_bytes);
    if (failed)
        sandbox_close(sandbox);
    else
        *out = sandbox;
    return failed;
}

void sandbox_close(struct sandbox *sandbox)
{
    if (!sandbox)
        return;
    /* The runner leaves when its socket ends; bubblewrap goes with it. A broken one is killed. */
    if (sandbox->socket >= 0)
        close(sandbox->socket);
    if (sandbox->pid > 0) {
        if (sandbox->broken)
            kill(sandbox->pid, SIGKILL);
        while (waitpid(sandbox->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    free(sandbox);
}

const char *sandbox_folder(const struct sandbox *sandbox, const char *name)
{
    if (sandbox_has_namespaces(sandbox))
        return name;
    return strcmp(name, RUNNER_KIT) == 0 ? sandbox->kit : sandbox->work;
}

uint32_t sandbox_layers(const struct sandbox *sandbox)
{
    return sandbox->layers;
}

/* In the order of a record. */
static const struct {
    const char *name;
    enum runner_layer layer;
    bool can_lack; /* some machines do */
} known_layers[] = {
    {"namespaces", RUNNER_LAYER_NAMESPACES, true},
    {"seccomp", RUNNER_LAYER_SECCOMP, true},
    {"landlock", RUNNER_LAYER_LANDLOCK, true},
    {"no_new_privs", RUNNER_LAYER_NO_NEW_PRIVS, false},
    {"rlimits", RUNNER_LAYER_RLIMITS, false},
    {"cgroup", RUNNER_LAYER_CGROUP, true},
};

enum { LAYERS_COUNT = sizeof(known_layers) / sizeof(known_layers[0]) };

void sandbox_name_layers(const struct sandbox_settings *settings, uint32_t layers,
                         char out[SANDBOX_LAYERS_BYTES])
{
    static const char *const versions[] = {"", "_v1", "_v2"};
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < LAYERS_COUNT; i++) {
        bool versioned = known_layers[i].layer == RUNNER_LAYER_CGROUP;
        if (layers & known_layers[i].layer)
            used += (size_t)snprintf(out + used, SANDBOX_LAYERS_BYTES - used, "%s%s%s",
                                     used ? "," : "", known_layers[i].name,
                                     versioned ? versions[settings->cgroups.version] : "");
    }
    for (size_t i = 0; i < LAYERS_COUNT; i++)
        if (settings->without & known_layers[i].layer)
            used += (size_t)snprintf(out + used, SANDBOX_LAYERS_BYTES - used, "%swithout_%s",
                                     used ? "," : "", known_layers[i].name);
}

enum runner_layer sandbox_layer(const char *name)
{
    for (size_t i = 0; i < LAYERS_COUNT; i++)
        if (known_layers[i].can_lack && strcmp(name, known_layers[i].name) == 0)
            return known_layers[i].layer;
    return 0;
}

/* Start and end one sandbox, and run a program in it, so that a machine that cannot is found out
 * before any submission is graded. */
static int try_once(struct sandbox_settings *settings, char *error, size_t error_bytes)
{
    struct sandbox *sandbox;
    char work[] = "/tmp/syslab_try_XXXXXX";
    if (!mkdtemp(work))
        return -errno;
    int failed = sandbox_open(settings, work, work, &sandbox, error, error_bytes);
    if (!failed) {
        struct sandbox_result result;
        const struct sandbox_job job = {
            .stage = RUNNER_COMPILE,
            .arguments = (const char *const[]){"/usr/bin/true", NULL},
            .variables = (const char *const[]){NULL},
            .wall_ns = UINT64_C(10000000000),
            .cpu_ns = UINT64_C(5000000000),
            .process_count = 16,
            .file_bytes = 4096,
            .resident_bytes = 1 << 28,
            .output_bytes = 4096,
        };
        failed = sandbox_run(sandbox, &job, &result);
        if (!failed && (result.end != RUNNER_END_ITSELF || result.status != 0)) {
            snprintf(error, error_bytes, "a first program in it failed: %s", result.fault);
            failed = -ENOTSUP;
        }
        sandbox_result_fini(&result);
        settings->layers = sandbox->layers;
        settings->landlock_abi = sandbox->landlock_abi;
        sandbox_close(sandbox);
    }
    rmdir(work);
    return failed;
}

/* Where groups can be made, and processes be put into them: else none is made from now on. */
static void check_cgroups(struct sandbox_settings *settings)
{
    struct cgroup_base *base = &settings->cgroups;
    if (base->version == 0 || settings->layers & RUNNER_LAYER_CGROUP)
        return;
    cgroup_base_fini(base);
    base->version = 0;
    snprintf(base->reason, sizeof(base->reason), "a job could not join its group");
}

int sandbox_settings_init(struct sandbox_settings *settings, const char *build_root,
                          unsigned without, char *error, size_t error_bytes)
{
    char reason[512] = "";
    memset(settings, 0, sizeof(*settings));
    settings->without = without;
    snprintf(settings->runner, sizeof(settings->runner), "%s/grader/runner", build_root);
    if (access(settings->runner, X_OK) != 0) {
        snprintf(error, error_bytes, "%s: %s. Build the course first.", settings->runner,
                 strerror(errno));
        return -ENOENT;
    }
    if (!(without & RUNNER_LAYER_CGROUP))
        cgroup_base_init(&settings->cgroups);
    int failed = filter_set_create(&settings->filters);
    if (!failed)
        failed = try_once(settings, reason, sizeof(reason));
    if (!failed) {
        check_cgroups(settings);
        return 0;
    }
    sandbox_settings_fini(settings);
    snprintf(
        error, error_bytes,
        "No sandbox on this machine (%s). It needs bubblewrap (apt-get install bubblewrap) and "
        "user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
        "user.max_user_namespaces above 0). --no-sandbox grades without one: only for code "
        "that you trust.",
        reason[0] ? reason : strerror(-failed));
    return -ENOTSUP;
}

void sandbox_settings_fini(struct sandbox_settings *settings)
{
    filter_set_destroy(&settings->filters);
    cgroup_base_fini(&settings->cgroups);
}
