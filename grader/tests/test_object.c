/* Objects that the real compiler makes of small sources: what inspection says of them, and that hiding
 * names leaves programs that link and run. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "grader/build_config.h"
#include "grader/inspect/object.h"
#include "tests/support/check_main.h"

static char *interface[] = {(char *)"give", NULL};
static char *symbols[] = {(char *)"strtol", (char *)"printf", NULL};
static const struct manifest manifest = {.exercise = (char *)"01_x/give",
                                         .file = (char *)"give.c",
                                         .interface = interface,
                                         .interface_count = 1,
                                         .symbols = symbols,
                                         .symbol_count = 2,
                                         .limits = {.memory_mib = 64}};

static char folder[] = "/tmp/test_object_XXXXXX";
static struct object object;
static struct object_finding finding;

static int run(const char *format, const char *more)
{
    char command[1200];
    snprintf(command, sizeof(command), "cd %s && %s %s%s", folder, format, more, "");
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void set_up(void)
{
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void)
{
    object_fini(&object);
    ck_assert_int_eq(run("rm -rf", folder), 0);
}

static void write_file(const char *name, const char *text)
{
    char path[100];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

/* Returns: what object_load says. */
static int compile_and_load(const char *source, const char *flags)
{
    char path[100], command[600];
    write_file("give.c", source);
    snprintf(command, sizeof(command), BUILD_CONFIG_COMPILER " %s -w -c give.c -o give.o", flags);
    ck_assert_int_eq(run(command, ""), 0);
    snprintf(path, sizeof(path), "%s/give.o", folder);
    object_fini(&object);
    return object_load(path, &object);
}

static void compile(const char *source, const char *flags)
{
    ck_assert_int_eq(compile_and_load(source, flags), 0);
}

static void inspect(const char *source)
{
    compile(source, BUILD_CONFIG_FLAGS_PLAIN);
    object_inspect(&object, &manifest, BUILD_PLAIN, &finding);
}

static void expect(const char *source, enum verdict verdict, const char *words)
{
    inspect(source);
    ck_assert_msg(finding.verdict == verdict, "%s: %s", verdict_name(finding.verdict),
                  finding.message);
    ck_assert_msg(strstr(finding.message, words) != NULL, "wanted '%s' in: %s", words,
                  finding.message);
}

START_TEST(honest_code_passes_in_every_build)
{
    static const char honest[] =
        "#include <assert.h>\n#include <errno.h>\n#include <stdlib.h>\n#include <string.h>\n"
        "struct big { char text[300]; } table[4]; static _Thread_local int calls;\n"
        "int helper(int x) { return x + 1; }\n"
        "__int128 wide(__int128 a, __int128 b) { return a / b; }\n"
        "int give(int x) { struct big copy = table[x & 3]; assert(x < 100); errno = 0; calls++;\n"
        "  copy.text[x] = (char)strtol(\"7\", NULL, 10); table[0] = copy; return "
        "helper(copy.text[x]); }";
    inspect(honest);
    ck_assert_msg(finding.verdict == VERDICT_PASS, "%s", finding.message);
    compile(honest, BUILD_CONFIG_FLAGS_ASAN);
    object_inspect(&object, &manifest, BUILD_ASAN, &finding);
    ck_assert_msg(finding.verdict == VERDICT_PASS, "%s", finding.message);
    compile(honest, BUILD_CONFIG_FLAGS_TSAN);
    object_inspect(&object, &manifest, BUILD_TSAN, &finding);
    ck_assert_msg(finding.verdict == VERDICT_PASS, "%s", finding.message);
}
END_TEST

START_TEST(missing_and_wrong_definitions_are_named)
{
    expect("int gave(void) { return 0; }", VERDICT_COMPILE_ERROR,
           "give.h declares give, but give.c");
    expect("static int give(void) { return 0; } int (*keep)(void) = give;", VERDICT_COMPILE_ERROR,
           "or defines it static");
    expect("int give = 3;", VERDICT_COMPILE_ERROR, "give has to be a function");
    expect("int give(void) { return 0; } int main(void) { return 0; }", VERDICT_COMPILE_ERROR,
           "its own main");
}
END_TEST

START_TEST(forbidden_symbols_are_named_with_their_place)
{
    expect("int rand(void);\n\nint give(void) { return rand(); }", VERDICT_COMPILE_ERROR,
           "uses rand, which this exercise does not allow. Beside its own functions it may use: "
           "strtol, printf.");
    ck_assert_str_eq(finding.section, ".text");
    expect("extern int environ; int give(void) { return environ; }", VERDICT_COMPILE_ERROR,
           "environ");
    expect(
        "__attribute__((weak)) int subject_tests(void); int give(void) { return !subject_tests; }",
        VERDICT_COMPILE_ERROR, "subject_tests");
    expect("int alias(void) __asm__(\"exit\"); int give(void) { return alias(); }",
           VERDICT_COMPILE_ERROR, "uses exit");
    expect("#include <stdio.h>\nint give(void) { return printf(\"x\\n\"); }", VERDICT_PASS, "");
}
END_TEST

START_TEST(honest_excess_is_named)
{
#ifndef __clang__ /* which has no nested functions */
    expect(
        "int use(int (*f)(int)); __attribute__((noinline)) int use(int (*f)(int)) { return f(1); }"
        "int give(int k) { int add(int i) { return i + k; } return use(add); }",
        VERDICT_COMPILE_ERROR, "a nested function whose address is taken");
#endif
    expect("_Thread_local char mine[1 << 29]; int give(int i) { return mine[i]; }",
           VERDICT_COMPILE_ERROR, "thread-local variables of 524288 KiB");
    expect("char all[65 << 20]; int give(int i) { return all[i]; }", VERDICT_COMPILE_ERROR,
           "static variables of 65 MiB. This exercise has 64 MiB");
    expect("_Alignas(1 << 22) char far[64]; int give(int i) { return far[i]; }",
           VERDICT_COMPILE_ERROR, "aligns a variable or function to 4194304 bytes (section .bss)");
    expect("struct two { void *p; long n; }; _Atomic struct two head;"
           "int give(void) { struct two now = head; return now.p != 0; }",
           VERDICT_COMPILE_ERROR, "an atomic object of more than 8 bytes");
    expect("_Thread_local char mine[1 << 19]; char all[60 << 20]; _Alignas(1 << 21) char far[64];"
           "int give(int i) { return mine[i] + all[i] + far[i]; }",
           VERDICT_PASS, "");
    expect("double _Complex give(double _Complex a, double _Complex b) { return a * b / (a + b); }",
           VERDICT_PASS, "");
}
END_TEST

/* volatile: clang runs a simpler constructor itself, and leaves none. */
START_TEST(code_outside_of_calls_is_forged)
{
    expect("volatile int n; __attribute__((constructor)) void f(void) { n = 1; } int give(void) { "
           "return 0; }",
           VERDICT_FORGED, "before or after main");
    expect("volatile int n; __attribute__((destructor)) void f(void) { n = 1; } int give(void) { "
           "return 0; }",
           VERDICT_FORGED, "before or after main");
    expect("void f(void) {} __attribute__((section(\".preinit_array\"), used)) void *p = f;"
           "int give(void) { return 0; }",
           VERDICT_FORGED, ".preinit_array");
    expect("void f(void) {} __attribute__((section(\".ctors\"), used)) void *p = f;"
           "int give(void) { return 0; }",
           VERDICT_FORGED, ".ctors");
    expect("static int g(void) { return 0; } static void *pick(void) { return g; }"
           "int give(void) __attribute__((ifunc(\"pick\")));",
           VERDICT_FORGED, "ifunc");
    expect("__attribute__((section(\".text\"))) const char code[] = {0x0f, 0x05};"
           "int give(void) { return 0; }",
           VERDICT_FORGED, "");
    expect("__attribute__((section(\".mine\"))) int give(void) { return 0; }", VERDICT_FORGED,
           ".mine");
    expect("__attribute__((section(\".interp\"))) char x[] = \"/bin/sh\"; int give(void) { return "
           "0; }",
           VERDICT_COMPILE_ERROR, ".interp");
}
END_TEST

#define IN_SECTION(flags_and_name, rest)                                                           \
    "__attribute__((section(\"" flags_and_name "\"), used)) " rest "int give(void) { return 0; }"

START_TEST(sections_have_a_compilers_type_and_flags)
{
    static const char *const wrong[] = {
        IN_SECTION(".rela.dyn", "const long table[3] = {1};"),
        IN_SECTION(".rela.text", "const long table[3] = {1};"),
        IN_SECTION(".relative", "const long table[3] = {1};"),
        IN_SECTION(".symtab.x", "const char x[] = \"x\";"),
        IN_SECTION(".comment", "const char x[] = \"x\";"),
        IN_SECTION(".group", "const char x[] = \"x\";"),
        IN_SECTION(".note.gnu.build-id", "const char x[] = \"x\";"),
        IN_SECTION(".debug_gdb_scripts", "const char x[] = \"\\1x\";"),
        IN_SECTION(".debug_info.x", "const char x[] = \"x\";"),
        IN_SECTION(".eh_frame", "char x[] = \"x\";"),
        IN_SECTION(".eh_frame_hdr", "const char x[] = \"x\";"),
        IN_SECTION(".database", "int x = 1;"),
        IN_SECTION(".rodata.x", "int x = 1;"),
        IN_SECTION(".got", "int x = 1;"),
        IN_SECTION(".dynamic", "int x = 1;"),
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        expect(wrong[i], VERDICT_COMPILE_ERROR, "puts something into section");
    expect(IN_SECTION(".text.zz", "unsigned char code[] = {0x0f, 0x05};"), VERDICT_FORGED,
           "puts data among code (section .text.zz)");
    expect(IN_SECTION(".text", "unsigned char code[] = {0x0f, 0x05};"), VERDICT_FORGED,
           "among code");
}
END_TEST

START_TEST(hidden_references_are_refused)
{
    expect("__attribute__((visibility(\"hidden\"))) int *__errno_location(void);\n"
           "int give(void) { return *__errno_location(); }",
           VERDICT_COMPILE_ERROR, "declares __errno_location with a visibility of its own");
    expect("__attribute__((visibility(\"hidden\"))) int mine = 3; int give(void) { return mine; }",
           VERDICT_PASS, "");
}
END_TEST

START_TEST(sanitizers_add_one_constructor_and_no_more)
{
    compile("volatile int n; __attribute__((constructor)) void f(void) { n = 1; } int x; int "
            "give(void) { "
            "return x; }",
            BUILD_CONFIG_FLAGS_ASAN);
    object_inspect(&object, &manifest, BUILD_ASAN, &finding);
    ck_assert_int_eq(finding.verdict, VERDICT_FORGED);
    compile("void __asan_poison_memory_region(void *, unsigned long);"
            "int give(void *p) { __asan_poison_memory_region(p, 8); return 0; }",
            BUILD_CONFIG_FLAGS_ASAN);
    object_inspect(&object, &manifest, BUILD_ASAN, &finding);
    ck_assert_int_eq(finding.verdict, VERDICT_COMPILE_ERROR);
}
END_TEST

/* The submission's own strtol and helper stay its own; main's are main's. */
static void link_and_run(const char *flags)
{
    char path[100], command[600];
    compile("int helper(void) { return 1; } int strlen(void) { return 2; } int shared = 4;\n"
            "int give(void) { return helper() + strlen() + shared; }",
            flags);
    ck_assert_int_eq(object_hide_names(&object, &manifest), 0);
    snprintf(path, sizeof(path), "%s/give.o", folder);
    ck_assert_int_eq(object_save(&object, path), 0);
    write_file("main.c",
               "#include <string.h>\nint give(void); int shared = 100;\n"
               "int helper(void) { return 50; }\n"
               "int main(int c, char **v) { (void)v; return give() == 7 && helper() == 50 &&"
               " shared == 100 && strlen(c ? \"abc\" : \"\") == 3 ? 0 : 1; }");
    snprintf(command, sizeof(command),
             BUILD_CONFIG_COMPILER " %s -w main.c give.o -o main && ./main", flags);
    ck_assert_int_eq(run(command, ""), 0);
    uint64_t offset;
    ck_assert(object_function(&object, "give", &offset));
    ck_assert(!object_function(&object, "helper", &offset));
}

START_TEST(hidden_names_collide_with_nothing)
{
    link_and_run(BUILD_CONFIG_FLAGS_PLAIN);
    link_and_run(BUILD_CONFIG_FLAGS_ASAN);
    link_and_run(BUILD_CONFIG_FLAGS_TSAN);
}
END_TEST

/* What a source can make of its object. */
START_TEST(monstrous_objects_are_invalid)
{
    ck_assert_int_eq(
        compile_and_load("int give(void) { return 0; }"
                         "__asm__(\".macro s\\n.section .text.s\\\\@,\\\"ax\\\"\\n.byte "
                         "0x90\\n.endm\\n.rept 70000\\ns\\n.endr\\n.text\\n\");",
                         BUILD_CONFIG_FLAGS_PLAIN),
        -EINVAL);
    ck_assert_int_eq(compile_and_load("int give(void) { return 0; }"
                                      "__asm__(\".pushsection .symtab,\\\"\\\",@2\\n.quad 1\\n"
                                      ".popsection\");",
                                      BUILD_CONFIG_FLAGS_PLAIN),
                     -EINVAL);
    /* A name that a thousand symbols share needs 100 KiB; with a prefix each needs its own. */
    compile("int give(void) { return 0; }", BUILD_CONFIG_FLAGS_PLAIN);
    struct object many = object;
    size_t names_size = 100 << 10, symbol_count = 1000;
    Elf64_Sym *table = calloc(symbol_count, sizeof(*table));
    char *names = malloc(names_size);
    ck_assert(table && names);
    memset(names, 'y', names_size);
    names[names_size - 1] = '\0';
    for (size_t i = 1; i < symbol_count; i++) {
        table[i].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
        table[i].st_shndx = 1;
    }
    many.symbols = table, many.symbol_count = symbol_count;
    many.names = names, many.names_size = names_size;
    ck_assert_int_eq(object_hide_names(&many, &manifest), -EINVAL);
    free(table);
    free(names);
}
END_TEST

START_TEST(damaged_objects_are_refused_or_read)
{
    char path[100];
    snprintf(path, sizeof(path), "%s/damaged.o", folder);
    compile("int x; int give(void) { return x; }", BUILD_CONFIG_FLAGS_ASAN);
    struct object whole = object;
    unsigned long long seed = 88172645463325252u;
    for (int round = 0; round < 800; round++) {
        struct object damaged = {.bytes = malloc(whole.size), .size = whole.size};
        memcpy(damaged.bytes, whole.bytes, whole.size);
        for (int i = 0; i < 4; i++) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            /* Mostly the headers: that is where offsets and counts are. */
            size_t at = seed % 3 ? whole.size - 1 - seed % 2300 : seed % whole.size;
            damaged.bytes[round % 5 ? at % whole.size : seed % 64] = (unsigned char)(seed >> 40);
        }
        damaged.size -= round % 7 ? 0 : seed % whole.size;
        ck_assert_int_eq(object_save(&damaged, path), 0);
        free(damaged.bytes);
        if (object_load(path, &damaged) != 0)
            continue;
        object_inspect(&damaged, &manifest, BUILD_ASAN, &finding);
        object_hide_names(&damaged, &manifest);
        object_fini(&damaged);
    }
    ck_assert_int_eq(object_load("/no/such/object", &object), -2);
    object_fini(&whole);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("object");
    TCase *inspection = tcase_create("inspect");
    tcase_add_checked_fixture(inspection, set_up, tear_down);
    tcase_add_test(inspection, honest_code_passes_in_every_build);
    tcase_add_test(inspection, missing_and_wrong_definitions_are_named);
    tcase_add_test(inspection, forbidden_symbols_are_named_with_their_place);
    tcase_add_test(inspection, honest_excess_is_named);
    tcase_add_test(inspection, code_outside_of_calls_is_forged);
    tcase_add_test(inspection, sections_have_a_compilers_type_and_flags);
    tcase_add_test(inspection, hidden_references_are_refused);
    tcase_add_test(inspection, sanitizers_add_one_constructor_and_no_more);
    tcase_set_timeout(inspection, 60);
    suite_add_tcase(suite, inspection);
    TCase *names = tcase_create("hide_names");
    tcase_add_checked_fixture(names, set_up, tear_down);
    tcase_add_test(names, hidden_names_collide_with_nothing);
    tcase_add_test(names, monstrous_objects_are_invalid);
    tcase_add_test(names, damaged_objects_are_refused_or_read);
    tcase_set_timeout(names, 60);
    suite_add_tcase(suite, names);
    return suite;
}
