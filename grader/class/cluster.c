#include "grader/class/cluster.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "grader/base/hash.h"
#include "grader/base/text.h"
#include "grader/build_config.h"
#include "grader/class/cluster_internal.h"
#include "grader/class/slurm.h"

enum {
    TASKS_WANTED = 64,
    UNITS_A_TASK = 8,
    LOOK_MS = 500,       /* how often for records */
    ASK_MAX_S = 15,      /* how seldom for the job, when nothing comes in */
    PATIENCE_S = 5 * 60, /* how long for a controller that does not answer */
};

void cluster_say(struct cluster *cluster, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (cluster->bulk->say)
        cluster->bulk->say(cluster->bulk->context, line);
}

double cluster_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool is_stopped(const struct cluster *cluster)
{
    return atomic_load(&cluster->bulk->stopped);
}

/* ---- the job ---- */

unsigned cluster_units_a_task(size_t units, unsigned max_array_size, bool again)
{
    size_t wanted = again ? 1 : (units + TASKS_WANTED - 1) / TASKS_WANTED;
    size_t least = (units + max_array_size - 1) / max_array_size;
    wanted = wanted < UNITS_A_TASK ? wanted : UNITS_A_TASK;
    return (unsigned)(wanted > least ? wanted : least);
}

int cluster_compiler_hash(char out[65])
{
    struct hash *hash = hash_begin();
    if (!hash)
        return -ENOMEM;
    int failed = hash_add_file(hash, BUILD_CONFIG_COMPILER);
    hash_end(hash, out);
    return failed;
}

static void draw_name(char job[TRAY_JOB_BYTES])
{
    uint64_t number;
    if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
        number = (uint64_t)(cluster_now_s() * 1e9) ^ (uint64_t)getpid();
    snprintf(job, TRAY_JOB_BYTES, "syslab-%016llx", (unsigned long long)number);
}

/* A word of a shell script, whatever is in it. */
static void append_word(struct text *text, const char *word)
{
    text_append(text, "'");
    for (; *word; word++)
        text_append(text, *word == '\'' ? "'\\''" : "%c", *word);
    text_append(text, "' ");
}

/* To Slurm a percent sign in a path begins a name of its own. */
static void append_pattern(struct text *text, const char *path)
{
    for (; *path; path++)
        text_append(text, *path == '%' ? "%%%%" : "%c", *path);
}

static int submit(struct cluster *cluster, unsigned tasks, char *error, size_t error_bytes)
{
    struct text script = {0}, log = {0};
    text_append(&script, "#!/bin/sh\nexec ");
    append_word(&script, cluster->program);
    text_append(&script, "unit ");
    append_word(&script, cluster->tray.root);
    text_append(&script, "\"$SLURM_ARRAY_TASK_ID\"\n");
    append_pattern(&log, cluster->tray.root);
    text_append(&log, "/logs/%s-%%a.txt", cluster->list.job);
    const struct slurm_request request = {.name = cluster->list.job,
                                          .script = script.data,
                                          .log = log.data,
                                          .tasks = tasks,
                                          .abreast = cluster->bulk->jobs};
    int failed = script.failed || log.failed ? -ENOMEM : 0;
    if (failed)
        snprintf(error, error_bytes, "%s", strerror(ENOMEM));
    else
        failed = slurm_submit(&request, cluster->job, error, error_bytes);
    text_fini(&script);
    text_fini(&log);
    return failed;
}

/* Slurm's own words about a machine that belongs to no cluster are for who runs one. */
static int no_cluster(struct cluster *cluster, const char *error)
{
    char words[700];
    snprintf(words, sizeof(words), "%s. Or grade here with --engine local", error);
    return bulk_fail(cluster->bulk, -EIO, "no Slurm cluster answers", words);
}

/* Before a folder is made for nothing: with one there already, what lies in it comes first. */
static int reach_cluster(struct cluster *cluster)
{
    char error[500];
    unsigned max_array_size;
    struct stat status;
    if (stat(cluster->bulk->share, &status) == 0 ||
        slurm_limit(&max_array_size, error, sizeof(error)) == 0)
        return 0;
    return no_cluster(cluster, error);
}

static int publish(struct cluster *cluster, unsigned max_array_size, bool again)
{
    const struct unit **units = calloc(cluster->left + 1, sizeof(struct unit *));
    size_t count = 0;
    if (!units)
        return -ENOMEM;
    for (size_t i = 0; i < cluster->count; i++) {
        if (cluster->slots[i].done)
            continue;
        cluster->slots[i].line = count;
        units[count++] = cluster->slots[i].unit;
    }
    draw_name(cluster->list.job);
    cluster->list.units_a_task = cluster_units_a_task(count, max_array_size, again);
    int failed = tray_publish(&cluster->tray, &cluster->list, units, count);
    free(units);
    return failed;
}

static int hand_out(struct cluster *cluster, bool again)
{
    char error[500];
    unsigned max_array_size;
    if (slurm_limit(&max_array_size, error, sizeof(error)) != 0)
        return no_cluster(cluster, error);
    int failed = publish(cluster, max_array_size, again);
    if (failed)
        return bulk_fail(cluster->bulk, failed, cluster->tray.root, strerror(-failed));
    unsigned each = cluster->list.units_a_task;
    unsigned tasks = (unsigned)((cluster->left + each - 1) / each);
    if (submit(cluster, tasks, error, sizeof(error)) != 0)
        return bulk_fail(cluster->bulk, -EIO, "Slurm", error);
    cluster_say(cluster, "job %s, %s: %zu units in %u tasks, through %s", cluster->job,
                cluster->list.job, cluster->left, tasks, cluster->tray.root);
    return 0;
}

/* ---- following it ---- */

/* What is worth a line while nothing comes in. */
static void tell_state(struct cluster *cluster, const struct slurm_state *before,
                       const struct slurm_state *now)
{
    if (now->running == 0 && now->waiting > 0 && strcmp(now->reason, before->reason) != 0 &&
        strcmp(now->reason, "None") != 0)
        cluster_say(cluster, "job %s waits: %s", now->id, now->reason);
}

/* A controller that does not answer may be about to come back; meanwhile the job counts as alive. */
static int wait_for_answer(struct cluster *cluster, const char *error, double *silent_since_s)
{
    if (*silent_since_s == 0) {
        *silent_since_s = cluster_now_s();
        cluster_say(cluster, "%s. What comes back is collected all the same", error);
    }
    if (cluster_now_s() - *silent_since_s < PATIENCE_S)
        return 1;
    return bulk_fail(cluster->bulk, -EIO, "Slurm", error);
}

/* Returns: 1 while the job is alive, 0 when it is over, or -errno. */
static int ask(struct cluster *cluster, struct slurm_state *state, double *silent_since_s)
{
    char error[500];
    struct slurm_state now;
    int failed = slurm_ask(cluster->list.job, &now, error, sizeof(error));
    if (failed == -EAGAIN)
        return wait_for_answer(cluster, error, silent_since_s);
    if (failed)
        return bulk_fail(cluster->bulk, -EIO, "Slurm", error);
    *silent_since_s = 0;
    tell_state(cluster, state, &now);
    *state = now;
    snprintf(cluster->ends, sizeof(cluster->ends), "%s",
             now.ends[0] ? now.ends : "Slurm has forgotten it");
    return now.running > 0 || now.waiting > 0;
}

static void look_later(void)
{
    nanosleep(&(struct timespec){LOOK_MS / 1000, LOOK_MS % 1000 * 1000000L}, NULL);
}

/* Tasks of an earlier job that would find all of their work done. */
static void cancel_rest(struct cluster *cluster)
{
    char error[500];
    struct slurm_state state;
    int failed = slurm_ask(cluster->list.job, &state, error, sizeof(error));
    if (!failed && state.waiting > 0)
        failed = slurm_cancel(cluster->list.job, error, sizeof(error));
    if (failed)
        cluster_say(cluster, "what is left of the job could not be cancelled: %s", error);
}

/* Until every unit has its grade, the job is over, or the run is to stop. */
static int follow(struct cluster *cluster)
{
    struct slurm_state state = {0};
    double silent_since_s = 0, asked_s = 0;
    int alive = 1;
    cluster->news_s = cluster_now_s();
    while (alive > 0 && cluster->left > 0 && !is_stopped(cluster)) {
        double pause_s = (cluster_now_s() - cluster->news_s) / 2 + 1;
        if (cluster_now_s() - asked_s >= (pause_s < ASK_MAX_S ? pause_s : ASK_MAX_S)) {
            alive = ask(cluster, &state, &silent_since_s);
            asked_s = cluster_now_s();
        }
        /* After the question: what a task wrote before its end is seen before the end counts. */
        int failed = alive < 0 ? alive : cluster_collect(cluster);
        if (failed)
            return failed;
        if (alive && cluster->left > 0)
            look_later();
    }
    if (cluster->left == 0)
        cancel_rest(cluster);
    else if (alive == 0 && state.cancelled > 0)
        return bulk_fail(cluster->bulk, -ECANCELED, "job", "it was cancelled");
    else if (alive == 0)
        cluster_say(cluster, "job %s is over (%s), and %zu units have no grade", cluster->job,
                    cluster->ends, cluster->left);
    return 0;
}

/* A job of an earlier run that may still be at work. */
static int find_job(struct cluster *cluster)
{
    char error[500];
    struct slurm_state state;
    int failed = tray_job(&cluster->tray, cluster->list.job);
    if (failed == -ENOENT || failed == -EINVAL)
        return 0;
    if (failed)
        return bulk_fail(cluster->bulk, failed, cluster->tray.root, tray_reason(failed));
    if (slurm_ask(cluster->list.job, &state, error, sizeof(error)) != 0)
        return bulk_fail(cluster->bulk, -EIO, "Slurm", error);
    if (!state.id[0])
        return 0;
    snprintf(cluster->job, sizeof(cluster->job), "%s", state.id);
    cluster_say(cluster, "job %s, %s, of an earlier run is still at work", state.id,
                cluster->list.job);
    return follow(cluster);
}

/* ---- the whole ---- */

static int run_jobs(struct cluster *cluster)
{
    int failed = cluster_collect(cluster);
    if (!failed && cluster->left > 0)
        failed = find_job(cluster);
    bool again = false;
    for (unsigned fruitless = 0; fruitless < CLUSTER_TRIES && cluster->left > 0; again = true) {
        size_t before = cluster->left;
        if (failed || is_stopped(cluster))
            return failed;
        failed = hand_out(cluster, again);
        if (!failed)
            failed = follow(cluster);
        fruitless = cluster->left < before ? 0 : fruitless + 1;
    }
    return failed || is_stopped(cluster) ? failed : cluster_give_up(cluster);
}

static int open_tray(struct cluster *cluster)
{
    char where[PATH_MAX];
    int failed = tray_open(cluster->bulk->share, &cluster->tray, where);
    if (failed)
        return bulk_fail(cluster->bulk, failed, where, tray_reason(failed));
    failed = cluster_compiler_hash(cluster->list.compiler_hash);
    return failed ? bulk_fail(cluster->bulk, failed, BUILD_CONFIG_COMPILER, strerror(-failed)) : 0;
}

/* Where this program lies. A course that is built again meanwhile replaces it, and to the kernel the one that
 * runs then lies at "... (deleted)": so it is asked once, before there is anything to wait for. */
static int find_program(struct cluster *cluster)
{
    ssize_t length = readlink("/proc/self/exe", cluster->program, sizeof(cluster->program) - 1);
    cluster->program[length > 0 ? length : 0] = '\0';
    return length > 0 ? 0 : bulk_fail(cluster->bulk, -errno, "/proc/self/exe", strerror(errno));
}

int cluster_run(struct bulk *bulk)
{
    struct cluster cluster = {.bulk = bulk};
    struct tray_list *list = &cluster.list;
    snprintf(list->course_root, PATH_MAX, "%s", bulk->course_root);
    snprintf(list->build_root, PATH_MAX, "%s", bulk->build_root);
    snprintf(list->grader_hash, sizeof(list->grader_hash), "%s", engine_grader_hash(bulk->engine));
    snprintf(list->toolchain, sizeof(list->toolchain), "%s", engine_toolchain(bulk->engine));
    list->no_sandbox = bulk->no_sandbox;
    bulk_begin(bulk);
    int failed = find_program(&cluster);
    if (!failed)
        failed = cluster_plan(&cluster);
    if (!failed && cluster.left > 0)
        failed = reach_cluster(&cluster);
    if (!failed && cluster.left > 0)
        failed = open_tray(&cluster);
    if (!failed && cluster.left > 0)
        failed = run_jobs(&cluster);
    if (cluster.count > 0 && cluster.left == 0)
        tray_clear(&cluster.tray);
    tray_close(&cluster.tray);
    for (size_t i = 0; i < cluster.count; i++)
        free(cluster.slots[i].fault);
    free(cluster.slots);
    bulk_end(bulk);
    return failed;
}
