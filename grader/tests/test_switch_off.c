/* Names that switch a sanitizer off, and what only looks like them. */
#include "grader/inspect/switch_off.h"
#include "tests/support/check_main.h"

static char name[26];

static void expect(const char *text, const char *wanted)
{
    ck_assert_msg(switch_off_find(text, name, sizeof(name)), "not found: %s", text);
    ck_assert_str_eq(name, wanted);
}

START_TEST(every_spelling_is_found)
{
    expect("__attribute__((no_sanitize(\"thread\"))) int f(void);", "no_sanitize");
    expect("__attribute__((__no_sanitize__(\"thread\"))) int f(void);", "__no_sanitize__");
    expect("[[gnu::no_sanitize_thread]] int f(void);", "no_sanitize_thread");
    expect("__attribute__((no_address_safety_analysis))", "no_address_safety_analysi");
    expect("__attribute__((disable_sanitizer_instrumentation))", "disable_sanitizer_instrum");
    expect("int a = 'x', b = '\\'';\n__attribute__((no_sanitize", "no_sanitize");
    expect("char *s = \"\\\\\";__attribute__((no_sanitize", "no_sanitize");
    expect("#pragma it's\n__attribute__((no_sanitize_address))", "no_sanitize_address");
    expect("#pragma \"\\\n[[gnu::no_sanitize_thread]]", "no_sanitize_thread");
    expect("[\n\n# 9 \"a.c\"\n[gnu::__no_sanitize_thread__]] int f(void);",
           "__no_sanitize_thread__");
    expect("<: <:gnu::no_sanitize_address:>:> int f(void);", "no_sanitize_address");
    expect("__attribute__((noinline, no_sanitize_undefined)) void f(void);",
           "no_sanitize_undefined");
    expect("#pragma clang attribute push(__attribute__((no_sanitize(\"thread\"))))", "no_sanitize");
}
END_TEST

START_TEST(what_no_sanitizer_sees_is_found)
{
    expect("v16 v = __builtin_ia32_lddqu(p);", "__builtin_ia32_lddqu");
    expect("char c = *(char __seg_gs *)p;", "__seg_gs");
    expect("char c = *(char __seg_fs *)p;", "__seg_fs");
    expect("#pragma GCC target(\"sse3\")\n", "target");
    expect("\n#pragma GCC  target (\"sse3\")\n", "target");
    expect("__attribute__((target(\"avx2\"))) void f(void);", "target");
    expect("__attribute__((__target_clones__ (\"avx2\"))) void f(void);", "__target_clones__");
    expect("v16 f(char *) __asm__(\"llvm.x86.sse3.ldu.dq\");", "\"llvm.x86.sse3.ldu.dq\"");
    expect("v16 f(char *) __asm__(\"ll\" \"vm.x86.sse3.ldu.dq\");", "\"vm.x86.sse3.ldu.dq\"");
}
END_TEST

START_TEST(the_sanitizers_own_functions_are_found)
{
    expect("void __asan_unpoison_memory_region(void *, long);", "__asan_unpoison_memory_re");
    expect("int __tsan_atomic32_fetch_add(int *, int, int);", "__tsan_atomic32_fetch_add");
    expect("void __lsan_disable(void);", "__lsan_disable");
    expect("const char *__ubsan_default_options(void);", "__ubsan_default_options");
    expect("void __sanitizer_set_death_callback(void (*)(void));", "__sanitizer_set_death_cal");
    expect("void f(void *) __asm__(\"__asan_set_shadow_00\");", "\"__asan_set_shadow_00\"");
    expect("void f(void *) __asm__(\"__as\" \"an_set_shadow_00\");", "\"an_set_shadow_00\"");
}
END_TEST

START_TEST(other_words_are_left_alone)
{
    static const char *const texts[] = {
        "",
        "no_sanitise",
        "int sanitize, my_no_sanitize, no_san, no_sanitize;",
        "int no_sanitizer_needed(int a) { return a; } int x = no_sanitizer_needed(1);",
        "__attribute__((cleanup(no_sanitizer_needed))) int y;",
        "__attribute__((noinline)) int f(void); int no_sanitize_thread(void);",
        "char *s = \"no_sanitize\", *t = \"\\\"no_sanitize\";",
        "__attribute__((deprecated(\"no_sanitize\"))) int f(void);",
        "__attribute__((deprecated(\"llvm.x86\"))) int f(void);",
        "int c = 'no_sanitize';",
        "int sanitizer_instrumentation; \"unfinished no_sanitize",
        "for (;;) __builtin_ia32_pause(); __builtin_memcpy(a, b, 4);",
        "#pragma GCC optimize(\"O3\")\n#pragma GCC diagnostic push\nint target, optimize;",
        "__attribute__((cleanup(target))) int *p; int __segment;",
        "int asan_, __asan, my__asan_call; const char *s = \"__asan_load4\";",
        "int __tsan_atomic128_compare_exchange_strong(volatile void *, void *);",
        "int f(int) __asm__(\"\" \"__isoc99_sscanf\"); const char *s = \"llvm.x86\";",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        ck_assert_msg(!switch_off_find(texts[i], name, sizeof(name)), "found: %s", texts[i]);
}
END_TEST

START_TEST(copies_in_place_are_found)
{
    static const char *const found[] = {"f(); __builtin_memcpy(a, b, 32);",
                                        "__builtin_bzero(a, 8);",
                                        "__builtin___memset_chk(a, 0, 8, -1);"};
    static const char *const innocent[] = {"memcpy(a, b, 32);",
                                           "__builtin_bswap32(a) + __builtin_strlen(b);",
                                           "\"__builtin_memcpy\"; my__builtin_memcpy(a, b, 2);"};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_msg(switch_off_find_copies(found[i], name, sizeof(name)), "not found: %s",
                      found[i]);
        ck_assert_msg(!switch_off_find_copies(innocent[i], name, sizeof(name)), "found: %s",
                      innocent[i]);
    }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("switch_off");
    TCase *names = tcase_create("names");
    tcase_add_test(names, every_spelling_is_found);
    tcase_add_test(names, what_no_sanitizer_sees_is_found);
    tcase_add_test(names, the_sanitizers_own_functions_are_found);
    tcase_add_test(names, other_words_are_left_alone);
    tcase_add_test(names, copies_in_place_are_found);
    suite_add_tcase(suite, names);
    return suite;
}
