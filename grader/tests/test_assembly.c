#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "grader/inspect/assembly.h"
#include "tests/support/check_main.h"

static int find(const char *text, unsigned *line)
{
    char path[] = "/tmp/test_assembly_XXXXXX";
    int file = mkstemp(path);
    FILE *stream = fdopen(file, "w");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    fclose(stream);
    int found = assembly_find(path, line);
    unlink(path);
    return found;
}

START_TEST(asm_statements_are_found_with_their_line)
{
    unsigned line = 99;
    ck_assert_int_eq(find("\t.loc 1 12 5 view .LVU1\n\tret\n", &line), 0);
    ck_assert_int_eq(find("\t.loc 1 3 1\n\t.loc 1 12 5 view -0\n#APP\n# 12 \"a.c\" 1\n", &line), 1);
    ck_assert_uint_eq(line, 12);
    ck_assert_int_eq(find("\t#APP\n\tnop\n", &line), 1); /* clang's hand, outside of a function */
    ck_assert_uint_eq(line, 0);
    ck_assert_int_eq(find("\t.string \"#APP\\n#APP\"\n", &line), 0);
    ck_assert_int_eq(assembly_find("/no/such/file", &line), -2);
}
END_TEST

START_TEST(names_that_are_more_than_names_are_found)
{
    static const char *const wrong[] = {
        "int f(int) __asm__(\"g;\\tsyscall\");",
        "int f(int) __asm (\"g\" \"\\n.byte 1\");",
        "__attribute__((section(\".text\\n.byte 0x90\"))) int f(void) { return 0; }",
        "[[gnu::section(\"x\\012y\")]] int f(void);",
        "<:<:gnu::section(\"x;y\"):>:> int f(void);",
        "__attribute\n# 3 \"a.c\"\n((alias(\"x # y\"))) int f(void);",
        "__attribute__((deprecated(\"a\"), section(\"x;y\"))) int f(void);",
        "[ \n# 3 \"a.c\"\n [gnu::section(\"x;y\")]] int f(void);",
    };
    static const char *const right[] = {
        "int f(int) __asm__(\"\" \"__isoc99_sscanf\"); const char *s = \"a;b\\n\";",
        "__attribute__((deprecated(\"use g\"))) int f(void); char c = '\\n', q = '\"';",
        "__attribute__((deprecated(\"use arena_alloc; it aligns\"))) int f(void);",
        "__attribute__ ((__warning__ (\"no #1;\" \"\\n\"), noinline)) int f(void);",
        "[[nodiscard(\"it's yours; free it\")]] int f(void);",
        "int a[2], b[2]; int f(void) { return a[b[0]] + puts(\"x;\\n\"); }",
        "extern int f(void) __attribute__((nothrow)); int g(void) { return f() + h(\"#;\\\"\"); }",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        ck_assert_msg(assembly_find_in_names(wrong[i]) && assembly_may_be_named(wrong[i]), "%s",
                      wrong[i]);
    for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++)
        ck_assert_msg(!assembly_find_in_names(right[i]), "%s", right[i]);
    ck_assert(assembly_may_be_named("#include <immintrin.h>\n"));
    ck_assert(assembly_may_be_named("#pragma GCC target(\"sse3\")\n"));
    ck_assert(!assembly_may_be_named("#include \"arena.h\"\nint f(void) { return 1; }\n"));
}
END_TEST

START_TEST(functions_that_reach_into_frames_are_found)
{
    char name[30];
    static const char *const wrong[] = {"__builtin_return_address", "__builtin_frame_address",
                                        "__builtin_longjmp", "__builtin_eh_return"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        char text[80];
        snprintf(text, sizeof(text), "void *p = %s (0);", wrong[i]);
        ck_assert(assembly_find_frames(text, name, sizeof(name)) && assembly_may_be_named(text));
        ck_assert_str_eq(name, wrong[i]);
    }
    static const char *const right[] = {
        "int frame_address, __builtin_, x = __builtin_memcpy(a, b, 4) + __builtin_ctz(8);",
        "const char *s = \"__builtin_return_address\"; int builtin_return_address;",
        "int __builtin_returns;",
    };
    for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++)
        ck_assert_msg(!assembly_find_frames(right[i], name, sizeof(name)), "%s", right[i]);
}
END_TEST

START_TEST(chosen_sections_are_found)
{
    static const char *const wrong[] = {
        "__attribute__((section(\".data.x\"))) int x;",
        "__attribute__((used, __section__ (\".eh_frame\"))) int x;",
        "[[gnu::section(\"x\")]] int x;",
        "#pragma clang section bss=\"x\"\n",
    };
    static const char *const right[] = {
        "int section(int x); int y = section(3);",
        "__attribute__((cleanup(section))) int x;",
        "__attribute__((deprecated(\"section(\"))) int x;",
        "__attribute__((aligned(8))) int x; struct section { int section; };",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        ck_assert_msg(assembly_chooses_section(wrong[i]) && assembly_may_be_named(wrong[i]), "%s",
                      wrong[i]);
    for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++)
        ck_assert_msg(!assembly_chooses_section(right[i]), "%s", right[i]);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("assembly");
    TCase *statements = tcase_create("statements");
    tcase_add_test(statements, asm_statements_are_found_with_their_line);
    suite_add_tcase(suite, statements);
    TCase *names = tcase_create("names");
    tcase_add_test(names, names_that_are_more_than_names_are_found);
    tcase_add_test(names, functions_that_reach_into_frames_are_found);
    tcase_add_test(names, chosen_sections_are_found);
    suite_add_tcase(suite, names);
    return suite;
}
