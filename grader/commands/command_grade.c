/* command_grade.c - syslab grade DIR: a class into a SQLite gradebook, on all cores or a cluster,
 * resumable.
 *
 * SIGINT and SIGTERM let the submissions under way finish. SIGKILL loses those and nothing else. On
 * a cluster neither loses anything. A
 * lock beside the database keeps a second run out: it would grade the same submissions again.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "grader/base/options.h"
#include "grader/class/bulk_terminal.h"
#include "grader/commands/commands.h"
#include "grader/desk/grading.h"
#include "grader/store/gradebook.h"

struct request {
    const char *folder, *db, *exercise, *engine, *share;
    unsigned jobs;
    bool no_sandbox;
};

/* What lives as long as one run. */
struct run {
    char folder[PATH_MAX]; /* absolute: a cluster's machines have it too */
    char share[PATH_MAX];  /* "" where this machine grades */
    struct desk desk;
    struct submissions submissions;
    struct engine *engine;
    struct units units;
    struct store *store;
    struct bulk bulk;
    int lock_fd;
    double started_s;
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_s(void)
{
    double total = 0;
    static const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    for (size_t i = 0; i < 2; i++) {
        struct rusage used;
        getrusage(whose[i], &used);
        total += (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6 +
                 (double)used.ru_stime.tv_sec + (double)used.ru_stime.tv_usec / 1e6;
    }
    return total;
}

static void warn(const struct submissions *found)
{
    for (size_t i = 0; i < found->unknown_count; i++)
        options_complain("not an exercise: %s", found->unknown[i]);
    if (found->loose_count)
        options_complain("%zu files lie beside the students' folders, the first: %s. An archive "
                         "must be unpacked in a folder with the student's name",
                         found->loose_count, found->loose);
}

/* Each by name: someone has to unpack it as a folder before its student has a grade. */
static int complain_of_links(const struct submissions *found)
{
    for (size_t i = 0; i < found->link_count; i++)
        options_complain("not graded: %s is a symbolic link, which could lead to another student's "
                         "work. Put the folder itself there",
                         found->links[i]);
    return found->link_count ? COMMAND_USAGE : COMMAND_PASSED;
}

/* Each by name: nobody can say what its student has handed in. */
static int complain_of_unreadable(const struct submissions *found)
{
    for (size_t i = 0; i < found->unreadable_count; i++)
        options_complain("not graded, through no fault of the student's: %s", found->unreadable[i]);
    return found->unreadable_count ? COMMAND_GRADER_ERROR : COMMAND_PASSED;
}

static int find_submissions(struct run *run, const struct request *request)
{
    const struct desk_exercise *only = NULL;
    if (request->exercise && !(only = desk_choose(&run->desk, request->exercise)))
        return COMMAND_USAGE;
    int failed = realpath(request->folder, run->folder) ? 0 : -errno;
    if (!failed)
        failed = submissions_find(run->folder, &run->desk, only, &run->submissions);
    if (failed) {
        options_complain("%s: %s", request->folder, strerror(-failed));
        return COMMAND_USAGE;
    }
    warn(&run->submissions);
    if (run->submissions.count > 0)
        return COMMAND_PASSED;
    complain_of_links(&run->submissions);
    int status = complain_of_unreadable(&run->submissions);
    if (status)
        return status;
    options_complain("%s has no <student>/<chapter>/<exercise> folder in it", request->folder);
    return COMMAND_USAGE;
}

static int open_db(struct run *run, const struct request *request)
{
    char path[PATH_MAX], error[PATH_MAX + 400];
    int length = request->db ? snprintf(path, sizeof(path), "%s", request->db)
                             : snprintf(path, sizeof(path), "%s/grades.sqlite", request->folder);
    if (length >= (int)sizeof(path)) {
        options_complain("%s: %s", request->folder, strerror(ENAMETOOLONG));
        return COMMAND_USAGE;
    }
    int status = grading_lock_db(path, &run->lock_fd);
    if (status)
        return status;
    if (store_open(path, &run->store, error, sizeof(error)) == 0)
        return COMMAND_PASSED;
    options_complain("%s", error);
    return COMMAND_USAGE;
}

static int list_units(struct run *run)
{
    char error[400];
    if (units_list(run->engine, &run->submissions, &run->units, error, sizeof(error)) == 0)
        return COMMAND_PASSED;
    options_complain("%s. Build the course", error);
    return COMMAND_USAGE;
}

static int note_students(struct run *run)
{
    for (size_t i = 0; i < run->submissions.student_count; i++) {
        if (store_add_student(run->store, run->submissions.students[i]) == 0)
            continue;
        options_complain("the grades' database: %s", store_error());
        return COMMAND_USAGE;
    }
    return COMMAND_PASSED;
}

/* How many current grades have each verdict; then the run's own figures. */
static void print_counts(const struct run *run, const struct gradebook *book)
{
    size_t counts[VERDICT_COUNT] = {0};
    for (size_t i = 0; i < book->cell_count; i++)
        counts[book->cells[i].verdict]++;
    printf("\n%zu students, %zu grades:", book->student_count, book->cell_count);
    const char *comma = "";
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
        if (counts[verdict] == 0)
            continue;
        printf("%s %zu %s", comma, counts[verdict], verdict_name((enum verdict)verdict));
        comma = ",";
    }
    double seconds = now_s() - run->started_s, cpu = cpu_s();
    printf("\n%zu graded now, %zu graded before; %.1f s, %.1f s of CPU", run->bulk.graded,
           run->bulk.skipped, seconds, cpu);
    if (run->bulk.graded)
        printf(" (%.2f s a submission)", cpu / (double)run->bulk.graded);
    putchar('\n');
}

static void print_grader_errors(const struct gradebook *book)
{
    for (size_t i = 0; i < book->cell_count; i++) {
        const struct gradebook_cell *cell = &book->cells[i];
        if (cell->verdict == VERDICT_GRADER_ERROR)
            options_complain("no grade, through no fault of the student's: %s %s. Run 'grade' "
                             "again to try again",
                             book->students[cell->student], book->exercises[cell->exercise]);
    }
}

static int print_results(const struct run *run)
{
    struct gradebook book;
    struct terminal terminal;
    int failed = gradebook_load(run->store, NULL, &book);
    if (failed) {
        options_complain("the gradebook cannot be read: %s", store_error());
        return COMMAND_USAGE;
    }
    terminal_init(&terminal, stdout);
    gradebook_print(&book, &terminal);
    print_counts(run, &book);
    fflush(stdout);
    print_grader_errors(&book);
    gradebook_free(&book);
    int status = complain_of_links(&run->submissions);
    int unreadable = complain_of_unreadable(&run->submissions);
    return run->bulk.grader_errors ? COMMAND_GRADER_ERROR : unreadable ? unreadable : status;
}

static int grade_all(struct run *run, const struct request *request)
{
    struct bulk *bulk = &run->bulk;
    *bulk = (struct bulk){
        .units = &run->units,
        .engine = run->engine,
        .store = run->store,
        .jobs = request->jobs,
        .no_sandbox = request->no_sandbox,
        .share = run->share[0] ? run->share : NULL,
        .course_root = run->desk.course.root,
        .build_root = run->desk.course.build,
    };
    int failed = bulk_run_watched(bulk);
    if (failed) {
        options_complain("stopped after %zu of %zu: %s. What was graded is kept; the next run "
                         "goes on from here",
                         bulk->finished, run->units.count, bulk->error);
        return COMMAND_USAGE;
    }
    if (bulk->finished < run->units.count) {
        options_complain("interrupted after %zu of %zu; the next run goes on from here",
                         bulk->finished, run->units.count);
        return COMMAND_USAGE;
    }
    return print_results(run);
}

/* Beside the submissions unless another place is named: those have to be shared as well. */
static int choose_engine(struct run *run, const struct request *request)
{
    bool slurm = strcmp(request->engine, "slurm") == 0;
    if (!slurm && strcmp(request->engine, "local") != 0) {
        options_complain("grade --engine is local or slurm, not '%s'", request->engine);
        return COMMAND_USAGE;
    }
    if (!slurm && request->share) {
        options_complain("grade --share goes with --engine slurm");
        return COMMAND_USAGE;
    }
    const char *suffix = request->share ? "" : "/.units";
    const char *place = request->share ? request->share : request->folder;
    if (slurm && snprintf(run->share, PATH_MAX, "%s%s", place, suffix) >= PATH_MAX) {
        options_complain("%s: %s", place, strerror(ENAMETOOLONG));
        return COMMAND_USAGE;
    }
    return COMMAND_PASSED;
}

static int run_grade(const struct request *request)
{
    struct run run = {.lock_fd = -1, .started_s = now_s()};
    int status = choose_engine(&run, request);
    if (!status)
        status = desk_open(&run.desk, false);
    if (status)
        return status;
    status = find_submissions(&run, request);
    if (!status)
        status = open_db(&run, request);
    if (!status)
        status = note_students(&run);
    if (!status)
        status = grading_open_bulk(&run.desk, request->no_sandbox, &run.engine);
    if (!status)
        status = list_units(&run);
    if (!status)
        status = grade_all(&run, request);
    if (run.engine)
        engine_destroy(run.engine);
    units_free(&run.units);
    store_close(run.store);
    if (run.lock_fd >= 0)
        close(run.lock_fd);
    submissions_free(&run.submissions);
    desk_close(&run.desk);
    return status;
}

static const char notes[] =
    "\n"
    "DIR/<student>/<chapter>/<exercise>/<file> is what `syslab submit` packs,\n"
    "unpacked. A symbolic link in the place of a folder is not followed, for it\n"
    "could lead to another student's work: it is listed as an error, the others are\n"
    "graded, and the exit status is 2.\n"
    "\n"
    "--engine slurm grades on a cluster. DIR, the course, its build and FOLDER\n"
    "(DIR/.units) have the same paths on all of its machines. SBATCH_PARTITION,\n"
    "SBATCH_ACCOUNT, ... say where; --jobs N, how many units at once. Ctrl-C leaves\n"
    "the job running: the same command again collects.\n"
    "\n"
    "Exit status: 0 all have a grade, whatever it is; 2 usage, machine or links;\n"
    "3 where the grader itself failed, or a folder cannot be looked into: that\n"
    "submission has no grade, and the next run tries it again.\n";

int command_grade(int argc, char **argv)
{
    int status;
    struct request request = {.engine = "local"};
    const struct option_rule rules[] = {{"--db", OPTION_TEXT, &request.db},
                                        {"--jobs", OPTION_COUNT, &request.jobs},
                                        {"--engine", OPTION_TEXT, &request.engine},
                                        {"--share", OPTION_TEXT, &request.share},
                                        {"--exercise", OPTION_TEXT, &request.exercise},
                                        {"--no-sandbox", OPTION_FLAG, &request.no_sandbox},
                                        {0}};
    const struct options options = {argv[0],
                                    "grade DIR [--db FILE] [--jobs N] [--exercise EX] "
                                    "[--no-sandbox] [--engine local|slurm] [--share FOLDER]",
                                    rules, &request.folder, 1};
    if (!options_parse(&options, argc, argv, &status)) {
        if (status == COMMAND_PASSED) /* it was --help */
            fputs(notes, stdout);
        return status;
    }
    if (request.folder)
        return run_grade(&request);
    options_complain("grade wants a folder of submissions. Usage: ./syslab %s", options.usage);
    return COMMAND_USAGE;
}
