/* Sanitizers' reports, as gcc 12 prints them, cut to the student's frames. */
#include <stdio.h>
#include <string.h>

#include "grader/engine/report.h"
#include "tests/support/check_main.h"

static struct report report;

static void tear_down(void)
{
    report_fini(&report);
}

static const char overflow[] =
    "hello\n"
    "=================================================================\n"
    "==2==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000018 at pc 0x555 bp "
    "0x7f "
    "sp 0x7f\n"
    "READ of size 4 at 0x602000000018 thread T0\n"
    "    #0 0x555 in arena_alloc arena.c:57\n"
    "    #1 0x556 in alloc_works /home/x/exercises/tests/test_arena.c:12\n"
    "\n"
    "0x602000000018 is located 0 bytes to the right of 8-byte region "
    "[0x602000000010,0x602000000018)\n"
    "allocated by thread T0 here:\n"
    "    #0 0x7ff in __interceptor_malloc ../../libsanitizer/asan/asan_malloc_linux.cpp:69\n"
    "    #1 0x557 in arena_create /work/arena.c:20:3\n"
    "\n"
    "SUMMARY: AddressSanitizer: heap-buffer-overflow arena.c:57 in arena_alloc\n"
    "Shadow bytes around the buggy address:\n"
    "  0x0c047fff7fb0: 00 00\n"
    "==2==ABORTING\n";

START_TEST(overflow_is_cut_to_the_students_frames)
{
    ck_assert(report_parse(overflow, "arena.c", &report));
    ck_assert_int_eq(report.verdict, VERDICT_UNDEFINED);
    ck_assert_str_eq(report.student_at, "arena.c:57 in arena_alloc");
    ck_assert_str_eq(report.detail.data,
                     "heap-buffer-overflow: read of size 4\n"
                     "  arena.c:57 in arena_alloc\n"
                     "the address is located 0 bytes to the right of 8-byte region\n"
                     "allocated here:\n"
                     "  arena.c:20 in arena_create\n");
    ck_assert_uint_eq(report.begin, strlen("hello\n"));
    ck_assert_uint_eq(report.end, strlen(overflow));
}
END_TEST

START_TEST(undefined_behaviour_has_its_words)
{
    ck_assert(
        report_parse("arena.c:9:12: runtime error: load of misaligned address 0x7ffe01 for type "
                     "'int', which requires 4 byte alignment\n"
                     "0x7ffe01: note: pointer points here\n"
                     "    #0 0x55 in f arena.c:9\n"
                     "    #1 0x56 in test_x test_arena.c:3\n",
                     "arena.c", &report));
    ck_assert_int_eq(report.verdict, VERDICT_UNDEFINED);
    ck_assert_str_eq(report.detail.data,
                     "load of misaligned address for type 'int', which requires 4 byte alignment\n"
                     "  arena.c:9 in f\n");
    ck_assert_str_eq(report.student_at, "arena.c:9 in f");
}
END_TEST

START_TEST(undefined_behaviour_without_stack_has_its_line)
{
    ck_assert(report_parse("arena.c:9:12: runtime error: division by zero\n", "arena.c", &report));
    ck_assert_str_eq(report.student_at, "arena.c:9");
    ck_assert_str_eq(report.detail.data, "division by zero\n  arena.c:9\n");
}
END_TEST

START_TEST(leak_is_a_leak)
{
    ck_assert(report_parse("==5==ERROR: LeakSanitizer: detected memory leaks\n\n"
                           "Direct leak of 62 byte(s) in 1 object(s) allocated from:\n"
                           "    #0 0x7f in __interceptor_malloc asan_malloc_linux.cpp:69\n"
                           "    #1 0x55 in arena_create arena.c:176\n\n"
                           "SUMMARY: AddressSanitizer: 62 byte(s) leaked in 1 allocation(s).\n",
                           "arena.c", &report));
    ck_assert_int_eq(report.verdict, VERDICT_LEAK);
    ck_assert_str_eq(report.detail.data,
                     "detected memory leaks\n"
                     "direct leak of 62 byte(s) in 1 object(s) allocated from:\n"
                     "  arena.c:176 in arena_create\n");
}
END_TEST

START_TEST(race_names_both_sides)
{
    ck_assert(report_parse("==================\n"
                           "WARNING: ThreadSanitizer: data race (pid=2)\n"
                           "  Write of size 8 at 0x7b0400000010 by thread T2:\n"
                           "    #0 push queue.c:12 (subject_tsan+0x123)\n"
                           "    #1 worker test_queue.c:80 (subject_tsan+0x456)\n\n"
                           "  Previous read of size 8 at 0x7b0400000010 by thread T1:\n"
                           "    #0 pop queue.c:30 (subject_tsan+0x124)\n\n"
                           "SUMMARY: ThreadSanitizer: data race queue.c:12 in push\n"
                           "==================\n",
                           "queue.c", &report));
    ck_assert_int_eq(report.verdict, VERDICT_RACE);
    ck_assert_str_eq(report.detail.data, "data race\n"
                                         "write of size 8:\n"
                                         "  queue.c:12 in push\n"
                                         "previous read of size 8:\n"
                                         "  queue.c:30 in pop\n");
    ck_assert_str_eq(report.student_at, "queue.c:12 in push");
    ck_assert_uint_eq(report.begin, 0);
}
END_TEST

START_TEST(other_kinds_have_their_verdicts)
{
    const struct {
        const char *line;
        enum verdict verdict;
    } all[] = {
        {"WARNING: ThreadSanitizer: lock-order-inversion (potential deadlock) (pid=1)",
         VERDICT_DEADLOCK},
        {"WARNING: ThreadSanitizer: thread leak (pid=1)", VERDICT_LEAK},
        {"WARNING: ThreadSanitizer: unlock of an unlocked mutex (pid=1)", VERDICT_UNDEFINED},
        {"==1==ERROR: ThreadSanitizer: SEGV on unknown address 0x0 (pc 0x1)", VERDICT_UNDEFINED},
        {"==1==ERROR: AddressSanitizer: allocation-size-too-big", VERDICT_MEMORY_LIMIT},
        {"==1==ERROR: AddressSanitizer: stack-overflow on address 0x1", VERDICT_UNDEFINED},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        ck_assert(report_parse(all[i].line, "x.c", &report));
        ck_assert_int_eq(report.verdict, all[i].verdict);
        report_fini(&report);
    }
    ck_assert(!report_parse("ERROR: no such thing\n", "x.c", &report));
}
END_TEST

START_TEST(fault_of_a_sanitizer_is_told_apart)
{
    const char text[] = "x\n==1==LeakSanitizer has encountered a fatal error.\n"
                        "==1==HINT: LeakSanitizer does not work under ptrace\n";
    ck_assert(report_of_fault(text) == text + 7);
    ck_assert_ptr_null(report_of_fault(overflow));
}
END_TEST

START_TEST(every_cut_of_a_report_is_read)
{
    char text[sizeof(overflow)];
    for (size_t cut = 0; cut < strlen(overflow); cut++) {
        memcpy(text, overflow, cut);
        text[cut] = '\0';
        if (report_parse(text, "arena.c", &report))
            ck_assert(report.begin <= report.end && report.end <= cut);
        report_fini(&report);
    }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *all = tcase_create("sanitizers");
    tcase_add_checked_fixture(all, NULL, tear_down);
    tcase_add_test(all, overflow_is_cut_to_the_students_frames);
    tcase_add_test(all, undefined_behaviour_has_its_words);
    tcase_add_test(all, undefined_behaviour_without_stack_has_its_line);
    tcase_add_test(all, leak_is_a_leak);
    tcase_add_test(all, race_names_both_sides);
    tcase_add_test(all, other_kinds_have_their_verdicts);
    tcase_add_test(all, fault_of_a_sanitizer_is_told_apart);
    tcase_add_test(all, every_cut_of_a_report_is_read);
    suite_add_tcase(suite, all);
    return suite;
}
