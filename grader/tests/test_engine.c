/* The engine on the real exercise 03_memory/arena: what may be handed in, and what may go wrong. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grader/build_config.h"
#include "grader/engine/engine.h"
#include "tests/support/check_main.h"

static char folder[] = "/tmp/test_engine_XXXXXX";
static char path[100];
static struct engine *engine;
static struct manifest *manifest;
static struct record *record;

static struct engine *create(const char *build_root, bool no_sandbox, bool serial)
{
    char error[2048] = "";
    struct engine *made = NULL;
    const struct engine_options options = {.course_root = BUILD_CONFIG_ROOT,
                                           .build_root = build_root,
                                           .no_sandbox = no_sandbox,
                                           .serial_builds = serial};
    int failed = engine_create(&options, &made, error, sizeof(error));
    if (failed == -95) {
        fprintf(stderr, "skipped: %s\n", error);
        exit(77);
    }
    ck_assert_msg(failed == 0, "%s", error);
    return made;
}

static void set_up(void)
{
    char error[1024] = "";
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/arena.c", folder);
    ck_assert_msg(
        manifest_load(BUILD_CONFIG_ROOT, "03_memory/arena", &manifest, error, sizeof(error)) == 0,
        "%s", error);
    engine = create(BUILD_CONFIG_BUILD, false, false);
}

static void tear_down(void)
{
    char command[100];
    record_destroy(record);
    engine_destroy(engine);
    manifest_free(manifest);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static char *read_solution(void)
{
    FILE *file = fopen(BUILD_CONFIG_ROOT "/exercises/03_memory/arena/solution/arena.c", "r");
    ck_assert_ptr_nonnull(file);
    char *text = calloc(1, 1 << 17);
    ck_assert(fread(text, 1, (1 << 17) - 1, file) > 100);
    fclose(file);
    return text;
}

/* Hand in text, and then the reference if with_solution. */
static void hand_in(const char *text, bool with_solution)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    if (with_solution) {
        char *solution = read_solution();
        fputs(solution, file);
        free(solution);
    }
    fclose(file);
}

static void grade(enum verdict verdict, const char *words)
{
    record_destroy(record);
    record = NULL;
    ck_assert_int_eq(engine_grade(engine, manifest, path, NULL, &record), 0);
    ck_assert_msg(record->verdict == verdict, "%s: %s", verdict_name(record->verdict),
                  record->message);
    ck_assert_msg(strstr(record->message, words) != NULL, "wanted '%s' in: %s", words,
                  record->message);
}

START_TEST(reference_passes_with_all_its_fields)
{
    char hash[65];
    hand_in("", true);
    grade(VERDICT_PASS, "");
    ck_assert(record->points == 100 && record->max_points == 100);
    ck_assert_uint_eq(record->test_count, manifest->test_count);
    for (size_t i = 0; i < record->test_count; i++) {
        ck_assert_uint_eq(record->tests[i].run_count, 2);
        ck_assert_int_eq(record->tests[i].runs[0].build, BUILD_PLAIN);
        ck_assert_int_eq(record->tests[i].runs[1].build, BUILD_ASAN);
    }
    engine_submission_hash(path, hash);
    ck_assert_str_eq(record->submission_hash, hash);
    ck_assert_int_eq(engine_suite_hash(engine, manifest, hash), 0);
    ck_assert_str_eq(record->suite_hash, hash);
    ck_assert_str_eq(record->grader_hash, engine_grader_hash(engine));
    ck_assert_ptr_nonnull(strstr(record->layers, "namespaces"));
    ck_assert(record->cpu_ns > 0 && record->wall_ns > 0);
}
END_TEST

START_TEST(crlf_is_accepted)
{
    char *solution = read_solution();
    FILE *file = fopen(path, "w");
    for (const char *at = solution; *at; at++)
        fprintf(file, *at == '\n' ? "\r\n" : "%c", *at);
    fclose(file);
    free(solution);
    grade(VERDICT_PASS, "");
}
END_TEST

START_TEST(warnings_are_shown_and_cost_nothing)
{
    hand_in("static int unused_thing(void) { return 1; }\n", true);
    grade(VERDICT_PASS, "");
    ck_assert_ptr_nonnull(
        strstr(record->warnings, "arena.c:1:12: warning: 'unused_thing' defined"));
    ck_assert(record->points == 100);
}
END_TEST

static const struct record_run *run_of(const char *test)
{
    for (size_t i = 0; i < record->test_count; i++)
        if (strcmp(record->tests[i].name, test) == 0)
            return &record->tests[i].runs[BUILD_PLAIN];
    ck_abort_msg("no test %s", test);
}

/* The tests of strdup are about arena_strdup, which is where a wrong result comes from, and not where a
 * program was when its time was up. */
START_TEST(line_is_shown_only_where_it_is_known)
{
    static const char wrong[] = "#include \"arena.h\"\n"
                                "char *arena_strdup(struct arena *arena, const char *text)\n"
                                "{ (void)arena, (void)text; %s return (char *)0; }\n"
                                "#define arena_strdup other_strdup\n";
    char text[sizeof(wrong) + 100];
    snprintf(text, sizeof(text), wrong, "");
    hand_in(text, true);
    grade(VERDICT_FAIL, "");
    ck_assert_str_eq(run_of("strings_are_copied")->student_at, "arena.c:3 in arena_strdup");
    snprintf(text, sizeof(text), wrong, "for (volatile int go = 1; go;) ;");
    hand_in(text, true);
    grade(VERDICT_TIMEOUT_CPU, "");
    ck_assert_str_eq(run_of("strings_are_copied")->student_at, "");
}
END_TEST

START_TEST(files_that_are_no_answer_are_explained)
{
    grade(VERDICT_COMPILE_ERROR, "arena.c is missing");
    ck_assert_int_eq(mkdir(path, 0700), 0);
    grade(VERDICT_COMPILE_ERROR, "arena.c is a folder");
    rmdir(path);
    hand_in("", false);
    grade(VERDICT_COMPILE_ERROR, "arena.c is empty");
    hand_in("this is no C\n", false);
    grade(VERDICT_COMPILE_ERROR, "arena.c:1:1: error");
    hand_in("int main(void) { return 0; }\n", true);
    grade(VERDICT_COMPILE_ERROR, "arena.c defines its own main");
    hand_in("#include <stdio.h>\nvoid f(void)\n{\n    puts(\"x\");\n}\n", true);
    grade(VERDICT_COMPILE_ERROR,
          "arena.c:4: arena.c prints: printf, puts, putchar and the like are not allowed here");
    hand_in("__attribute__((constructor)) static void f(void) { __builtin_trap(); }\n", true);
    grade(VERDICT_FORGED, "before or after main");
    ck_assert(record->points == 0 && record->tests[0].run_count == 0);
    ck_assert_int_eq(record->tests[0].verdict, VERDICT_SKIPPED);
}
END_TEST

/* What assembly may not do where it may be. */
START_TEST(assembly_is_for_exercises_about_it)
{
    static const char harmless[] = "__asm__(\".text\\n\\tnop; # nothing\\n\");\n";
    hand_in(harmless, true);
    grade(VERDICT_COMPILE_ERROR, "assembly is not allowed here");
    manifest->assembly = true;
    grade(VERDICT_PASS, "");
    hand_in("void leave(void) { __asm__(\"mov $60, %eax\\n\\tsyscall\"); }\n", true);
    grade(VERDICT_FORGED, "system call of its own");
    hand_in("__asm__(\".section .init_array,\\\"aw\\\"\\n.quad 0\\n.text\");\n", true);
    grade(VERDICT_FORGED, "before or after main");
    hand_in("__asm__(\".pushsection .mine,\\\"ax\\\"\\nnop\\n.popsection\");\n", true);
    grade(VERDICT_FORGED, "a section of its own");
    hand_in("__asm__(\"call puts\");\n", true);
    grade(VERDICT_COMPILE_ERROR, "arena.c prints");
    hand_in("__asm__(\".incbin \\\"/etc/passwd\\\"\");\n", true);
    grade(VERDICT_COMPILE_ERROR, "file not found");
    hand_in("#define arena_reset other_reset\n", true); /* the file's own name becomes another's */
    grade(VERDICT_COMPILE_ERROR, "does not define it");
    hand_in("__asm__(\".globl arena_reset\\narena_reset: ret\");\n"
            "#define arena_reset other_reset\n",
            true);
    grade(VERDICT_COMPILE_ERROR, ".type NAME, @function");
}
END_TEST

/* A call that hides in an operand: no disassembler sees it, and the guard does. */
START_TEST(hidden_system_call_is_ended)
{
    manifest->assembly = true;
    hand_in("#include \"arena.h\"\n"
            "void arena_reset(struct arena *arena)\n"
            "{ (void)arena; __asm__ volatile(\"mov $231, %eax\\n\\txor %edi, %edi\\n\\t\"\n"
            "  \"jmp 1f + 1\\n1:\\tmov $0x9090050f, %ebx\"); }\n"
            "#define arena_reset other_reset\n",
            true);
    grade(VERDICT_FORGED, "");
    ck_assert_int_eq(run_of("reset_drops_everything")->verdict, VERDICT_FORGED);
}
END_TEST

START_TEST(compiler_reads_nothing_of_the_course_or_the_machine)
{
    hand_in("#include \"/etc/passwd\"\n", false);
    grade(VERDICT_COMPILE_ERROR, "/etc/passwd: No such file");
    hand_in("#include \"" BUILD_CONFIG_ROOT "/exercises/03_memory/arena/tests/test_arena.c\"\n",
            false);
    grade(VERDICT_COMPILE_ERROR, "No such file");
    hand_in("#include \"/kit/plain.a\"\n", false);
    grade(VERDICT_COMPILE_ERROR, "No such file");
    hand_in("__asm__(\".incbin \\\"/etc/passwd\\\"\");\n", true);
    grade(VERDICT_COMPILE_ERROR, "");
}
END_TEST

START_TEST(faults_of_the_machine_are_the_graders)
{
    char command[300];
    hand_in("", true);
    setenv("TMPDIR", "/proc", 1); /* nobody can make a folder there */
    grade(VERDICT_GRADER_ERROR, "no place to work in");
    ck_assert(record->points == 0);
    unsetenv("TMPDIR");
    engine_destroy(engine); /* a build folder that has the runner and no kits */
    snprintf(command, sizeof(command), "mkdir -p %s/b/grader && cp %s/grader/runner %s/b/grader/",
             folder, BUILD_CONFIG_BUILD, folder);
    ck_assert_int_eq(system(command), 0);
    snprintf(command, sizeof(command), "%s/b", folder);
    engine = create(command, false, false);
    grade(VERDICT_GRADER_ERROR, "are not built");
    snprintf(command, sizeof(command), "rm %s/b/grader/runner", folder);
    ck_assert_int_eq(system(command), 0);
    struct engine *none = NULL;
    char error[1024];
    const struct engine_options options = {.course_root = folder, .build_root = folder};
    ck_assert_int_eq(engine_create(&options, &none, error, sizeof(error)), -2);
    ck_assert_ptr_nonnull(strstr(error, "Build the course first"));
}
END_TEST

/* A killed grader leaves its folder: the next one removes it, whoever has its number by now, and no
 * folder that is new or of a living grader. */
START_TEST(folders_of_killed_graders_are_swept)
{
    char stale[200], held[200], fresh[200], command[1600];
    setenv("TMPDIR", folder, 1);
    snprintf(stale, sizeof(stale), "%s/syslab_%d_AbCdEf", folder, (int)getpid());
    snprintf(held, sizeof(held), "%s/syslab_%d_GhIjKl", folder, (int)getpid());
    snprintf(fresh, sizeof(fresh), "%s/syslab_%d_MnOpQr", folder, (int)getpid());
    snprintf(command, sizeof(command),
             "mkdir -p %s/include %s %s && touch %s/x.c && touch -d '20 seconds ago' %s %s", stale,
             held, fresh, stale, stale, held);
    ck_assert_int_eq(system(command), 0);
    pid_t child = fork();
    if (child == 0) { /* a grader that is killed lets go of its folder */
        int lock = open(stale, O_RDONLY | O_DIRECTORY);
        flock(lock, LOCK_EX);
        raise(SIGKILL);
    }
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    int lock = open(held, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_eq(flock(lock, LOCK_EX), 0);
    engine_destroy(engine);
    engine = create(BUILD_CONFIG_BUILD, false, false);
    ck_assert_int_ne(access(stale, F_OK), 0);
    ck_assert_int_eq(access(held, F_OK), 0);
    ck_assert_int_eq(access(fresh, F_OK), 0);
    hand_in("", true);
    grade(VERDICT_PASS, ""); /* and a grading leaves nothing */
    snprintf(command, sizeof(command), "test $(ls -d %s/syslab_* | wc -l) = 2", folder);
    ck_assert_int_eq(system(command), 0);
    close(lock);
    unsetenv("TMPDIR");
}
END_TEST

/* Replaces the runner under the engine's hands: what the sandbox cannot do is nobody's zero. */
START_TEST(broken_sandbox_is_the_graders)
{
    char command[400];
    hand_in("", true);
    engine_destroy(engine);
    snprintf(command, sizeof(command),
             "mkdir -p %s/b/grader && cp %s/grader/runner %s/b/grader/ && ln -s %s/kits %s/b/kits",
             folder, BUILD_CONFIG_BUILD, folder, BUILD_CONFIG_BUILD, folder);
    ck_assert_int_eq(system(command), 0);
    snprintf(command, sizeof(command), "%s/b", folder);
    engine = create(command, false, false);
    snprintf(command, sizeof(command), "cp -f /bin/false %s/b/grader/runner", folder);
    ck_assert_int_eq(system(command), 0);
    grade(VERDICT_GRADER_ERROR, "");
    ck_assert(record->points == 0 && record->message[0]);
}
END_TEST

START_TEST(no_sandbox_is_said_aloud)
{
    engine_destroy(engine);
    engine = create(BUILD_CONFIG_BUILD, true, true);
    hand_in("", true);
    grade(VERDICT_PASS, "");
    ck_assert(!record_was_sandboxed(record->layers));
    ck_assert_ptr_nonnull(strstr(record->layers, "seccomp"));
    ck_assert_ptr_nonnull(strstr(record->layers, "without_namespaces"));
}
END_TEST

struct seen {
    int count;
    enum build builds[BUILD_COUNT];
    unsigned runs[BUILD_COUNT];
};

static void note_build(void *context, enum build build, const struct record *so_far)
{
    struct seen *seen = context;
    seen->builds[seen->count] = build;
    seen->runs[seen->count++] = so_far->tests[0].run_count;
}

START_TEST(progress_comes_in_the_order_of_builds)
{
    struct seen seen = {.count = 0};
    const struct engine_progress progress = {note_build, &seen};
    hand_in("", true);
    ck_assert_int_eq(engine_grade(engine, manifest, path, &progress, &record), 0);
    ck_assert_int_eq(seen.count, 2);
    ck_assert(seen.builds[0] == BUILD_PLAIN && seen.runs[0] == 1);
    ck_assert(seen.builds[1] == BUILD_ASAN && seen.runs[1] == 2);
}
END_TEST

static void *grade_beside(void *context)
{
    struct record **out = context;
    engine_grade(engine, manifest, path, NULL, out);
    return NULL;
}

START_TEST(many_grade_at_once)
{
    enum { MANY = 4 };
    pthread_t threads[MANY];
    struct record *records[MANY] = {NULL};
    hand_in("", true);
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, grade_beside, &records[i]), 0);
    for (int i = 0; i < MANY; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < MANY; i++) {
        ck_assert_ptr_nonnull(records[i]);
        ck_assert_msg(records[i]->verdict == VERDICT_PASS, "%s", records[i]->message);
        record_destroy(records[i]);
    }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("engine");
    TCase *records = tcase_create("records");
    tcase_add_checked_fixture(records, set_up, tear_down);
    tcase_add_test(records, reference_passes_with_all_its_fields);
    tcase_add_test(records, crlf_is_accepted);
    tcase_add_test(records, warnings_are_shown_and_cost_nothing);
    tcase_add_test(records, line_is_shown_only_where_it_is_known);
    tcase_add_test(records, progress_comes_in_the_order_of_builds);
    tcase_add_test(records, no_sandbox_is_said_aloud);
    tcase_add_test(records, many_grade_at_once);
    TCase *refusals = tcase_create("refusals");
    tcase_add_checked_fixture(refusals, set_up, tear_down);
    tcase_add_test(refusals, files_that_are_no_answer_are_explained);
    tcase_add_test(refusals, assembly_is_for_exercises_about_it);
    tcase_add_test(refusals, hidden_system_call_is_ended);
    tcase_add_test(refusals, compiler_reads_nothing_of_the_course_or_the_machine);
    TCase *faults = tcase_create("faults");
    tcase_add_checked_fixture(faults, set_up, tear_down);
    tcase_add_test(faults, faults_of_the_machine_are_the_graders);
    tcase_add_test(faults, broken_sandbox_is_the_graders);
    tcase_add_test(faults, folders_of_killed_graders_are_swept);
    TCase *const all[] = {records, refusals, faults};
    for (int i = 0; i < 3; i++) {
        tcase_set_timeout(all[i], 60);
        suite_add_tcase(suite, all[i]);
    }
    return suite;
}
