/* Every operator on a small source: exactly these mutants, and no others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/verify/mutant.h"
#include "tests/support/check_main.h"

static struct mutants mutants;

static void make(const char *source)
{
    ck_assert_int_eq(mutants_make(source, strlen(source), &mutants), 0);
}

/* Hold the operator's mutants of the source to `wanted`, whole texts in order. */
static void expect_all(const char *source, const char *operator, const char * const * wanted)
{
    make(source);
    size_t next = 0;
    for (size_t i = 0; i < mutants.count; i++) {
        const struct mutant *mutant = &mutants.all[i];
        if (strcmp(mutant->operator, operator) != 0)
            continue;
        char *text = mutant_apply(mutant, source, strlen(source));
        ck_assert_ptr_nonnull(text);
        ck_assert_msg(wanted[next] != NULL, "%s: one too many: %s", operator, text);
        ck_assert_msg(strcmp(text, wanted[next]) == 0, "%s: wanted: %s\nmade: %s", operator,
                      wanted[next], text);
        free(text);
        next++;
    }
    ck_assert_msg(wanted[next] == NULL, "%s: not made: %s", operator, wanted[next]);
    mutants_free(&mutants);
}

#define EXPECT(source, operator, ...)                                                              \
    expect_all((source), (operator), (const char *const[]){__VA_ARGS__, NULL})
#define EXPECT_NONE(source, operator) expect_all((source), (operator), (const char *const[]){NULL})

/* A source with no mutant at all. */
static void expect_nothing(const char *source)
{
    make(source);
    ck_assert_msg(mutants.count == 0, "%s: %s", source, mutants.count ? mutants.all[0].change : "");
    mutants_free(&mutants);
}

/* ---- on tokens ---- */

START_TEST(comparison)
{
    EXPECT("int f(int a) { return a < 2; }", "comparison", "int f(int a) { return a <= 2; }",
           "int f(int a) { return a >= 2; }", "int f(int a) { return a != 2; }");
    EXPECT("int f(int a) { g(a <= b); }", "comparison", "int f(int a) { g(a < b); }",
           "int f(int a) { g(a > b); }", "int f(int a) { g(a == b); }");
    EXPECT("int f(int a) { g(a > b); }", "comparison", "int f(int a) { g(a >= b); }",
           "int f(int a) { g(a <= b); }", "int f(int a) { g(a != b); }");
    EXPECT("int f(int a) { g(a >= b); }", "comparison", "int f(int a) { g(a > b); }",
           "int f(int a) { g(a < b); }", "int f(int a) { g(a == b); }");
    EXPECT("int f(int a) { g(a == b); }", "comparison", "int f(int a) { g(a != b); }",
           "int f(int a) { g(a <= b); }", "int f(int a) { g(a >= b); }");
    EXPECT("int f(int a) { g(a != b); }", "comparison", "int f(int a) { g(a == b); }",
           "int f(int a) { g(a < b); }", "int f(int a) { g(a > b); }");
}
END_TEST

START_TEST(arithmetic)
{
    EXPECT("int f(int a) { g(a + b - c); }", "arithmetic", "int f(int a) { g(a - b - c); }",
           "int f(int a) { g(a + b + c); }");
    EXPECT("int f(int a) { g(a * b / c % d); }", "arithmetic", "int f(int a) { g(a / b / c % d); }",
           "int f(int a) { g(a * b * c % d); }", "int f(int a) { g(a * b / c * d); }");
    EXPECT("void f(void) { a += b; c -= d; }", "arithmetic", "void f(void) { a -= b; c -= d; }",
           "void f(void) { a += b; c += d; }");
    EXPECT("void f(void) { a *= b; a /= b; a %= b; }", "arithmetic",
           "void f(void) { a /= b; a /= b; a %= b; }", "void f(void) { a *= b; a *= b; a %= b; }",
           "void f(void) { a *= b; a /= b; a *= b; }");
    EXPECT("void f(void) { g(-a, (size_t)-b, p[0] - 1); }", "arithmetic",
           "void f(void) { g(a, (size_t)-b, p[0] - 1); }",
           "void f(void) { g(-a, (size_t)b, p[0] - 1); }",
           "void f(void) { g(-a, (size_t)-b, p[0] + 1); }");
    /* Pointers are declared, followed and cast to; sizeof(x) ends an operand. */
    EXPECT_NONE("void f(int *a) { size_t *p = (char *)*q; struct s *r = *p; *r = *(long *)s; "
                "if (a) *a = b; }",
                "arithmetic");
    EXPECT("void f(void) { g(sizeof(a) * b); }", "arithmetic",
           "void f(void) { g(sizeof(a) / b); }");
}
END_TEST

START_TEST(bitwise)
{
    EXPECT("void f(void) { g(a & b | c ^ d); }", "bitwise", "void f(void) { g(a | b | c ^ d); }",
           "void f(void) { g(a & b & c ^ d); }", "void f(void) { g(a & b | c & d); }");
    EXPECT("void f(void) { g(a << b >> c); }", "bitwise", "void f(void) { g(a >> b >> c); }",
           "void f(void) { g(a << b << c); }");
    EXPECT("void f(void) { a &= b; a |= b; a ^= b; }", "bitwise",
           "void f(void) { a |= b; a |= b; a ^= b; }", "void f(void) { a &= b; a &= b; a ^= b; }",
           "void f(void) { a &= b; a |= b; a &= b; }");
    EXPECT("void f(void) { a <<= b; a >>= ~b; }", "bitwise", "void f(void) { a >>= b; a >>= ~b; }",
           "void f(void) { a <<= b; a <<= ~b; }", "void f(void) { a <<= b; a >>= b; }");
    EXPECT_NONE("void f(void) { g(&a, &(struct s){b}, (char *)&c); return &d; }", "bitwise");
}
END_TEST

START_TEST(logical)
{
    EXPECT("void f(void) { g(a && b); }", "logical", "void f(void) { g(a || b); }",
           "void f(void) { g( b); }", "void f(void) { g(a ); }");
    EXPECT("void f(void) { g(a || b || c); }", "logical", "void f(void) { g(a && b || c); }",
           "void f(void) { g( b || c); }", "void f(void) { g(a || b && c); }",
           "void f(void) { g(a ||  c); }", "void f(void) { g(a || b ); }");
    EXPECT("void f(void) { x = h(a) && b[1] || c; }", "logical",
           "void f(void) { x = h(a) || b[1] || c; }", "void f(void) { x =  b[1] || c; }",
           "void f(void) { x = h(a)  || c; }", "void f(void) { x = h(a) && b[1] && c; }",
           "void f(void) { x =  c; }", "void f(void) { x = h(a) && b[1] ; }");
    EXPECT("void f(void) { g(!a != b); }", "logical", "void f(void) { g(a != b); }");
}
END_TEST

START_TEST(constant)
{
    EXPECT("int f(void) { g(7); }", "constant", "int f(void) { g(8); }", "int f(void) { g(6); }");
    EXPECT("int f(void) { g(0); }", "constant", "int f(void) { g(1); }",
           "int f(void) { g((-1)); }");
    EXPECT("int f(void) { g(0xFul, 010); }", "constant", "int f(void) { g(0x10ul, 010); }",
           "int f(void) { g(0xeul, 010); }", "int f(void) { g(0xFul, 011); }",
           "int f(void) { g(0xFul, 07); }");
    EXPECT("int f(void) { g('a', true, false); }", "constant",
           "int f(void) { g(('a' + 1), true, false); }",
           "int f(void) { g(('a' - 1), true, false); }", "int f(void) { g('a', false, false); }",
           "int f(void) { g('a', true, true); }");
    EXPECT_NONE("int f(void) { g(1.5, 1e3, \"7\", sizeof(int[7]), x7); }", "constant");
}
END_TEST

START_TEST(increment)
{
    EXPECT("void f(void) { g(a++, --b); }", "increment", "void f(void) { g(a--, --b); }",
           "void f(void) { g(a++, ++b); }");
}
END_TEST

START_TEST(memory_order)
{
    EXPECT("void f(void) { g(&a, memory_order_acquire); }", "memory_order",
           "void f(void) { g(&a, memory_order_relaxed); }");
    EXPECT("void f(void) { g(memory_order_acq_rel, memory_order_release); }", "memory_order",
           "void f(void) { g(memory_order_relaxed, memory_order_release); }",
           "void f(void) { g(memory_order_acquire, memory_order_release); }",
           "void f(void) { g(memory_order_release, memory_order_release); }",
           "void f(void) { g(memory_order_acq_rel, memory_order_relaxed); }");
    EXPECT("void f(void) { x = atomic_load(&a); atomic_store(&a, 0x1); }", "memory_order",
           "void f(void) { x = atomic_load_explicit(&a, memory_order_relaxed); "
           "atomic_store(&a, 0x1); }",
           "void f(void) { x = atomic_load(&a); "
           "atomic_store_explicit(&a, 0x1, memory_order_relaxed); }");
    EXPECT("void f(void) { atomic_compare_exchange_weak(p, q, r); }", "memory_order",
           "void f(void) { atomic_compare_exchange_weak_explicit(p, q, r, memory_order_relaxed, "
           "memory_order_relaxed); }");
    EXPECT_NONE("void f(void) { g(memory_order_relaxed); }", "memory_order");
}
END_TEST

START_TEST(instruction)
{
    EXPECT("__asm__(\"f:\\n\" \".cfi_startproc\\n\" \"\\tnop\\n\" \"1: nop\\n\" \"  ret\\n\");",
           "instruction",
           "__asm__(\"f:\\n\" \".cfi_startproc\\n\" \"\" \"1: nop\\n\" \"  ret\\n\");",
           "__asm__(\"f:\\n\" \".cfi_startproc\\n\" \"\\tnop\\n\" \"1: nop\\n\" \"\");");
    EXPECT(
        "void f(void) { asm volatile (\"mov %0, %1\" : \"=m\"(a[i ? 1 : 2]) : \"r\"(b) : \"memory "
        "x\"); }",
        "instruction",
        "void f(void) { asm volatile (\"\" : \"=m\"(a[i ? 1 : 2]) : \"r\"(b) : \"memory x\"); }");
    EXPECT_NONE("int f(void) __asm__(\"g x\"); void h(void) { puts(\"add a\"); }", "instruction");
    EXPECT("__asm__(\"\" \"\\n\\t\" \"f_1:\" \"nop\");", "instruction",
           "__asm__(\"\" \"\\n\\t\" \"f_1:\" \"\");");
}
END_TEST

/* ---- on statements ---- */

START_TEST(condition)
{
    EXPECT("void f(void) { if (a) b(); }", "condition", "void f(void) { if (!(a)) b(); }",
           "void f(void) { if (0) b(); }", "void f(void) { if (1) b(); }");
    EXPECT("void f(void) { while (a) b(); }", "condition", "void f(void) { while (!(a)) b(); }",
           "void f(void) { while (0) b(); }");
    EXPECT("void f(void) { do b(); while (a); }", "condition",
           "void f(void) { do b(); while (!(a)); }", "void f(void) { do b(); while (0); }");
    EXPECT("void f(void) { for (i = a(;;); b; c) d(); }", "condition",
           "void f(void) { for (i = a(;;); !(b); c) d(); }",
           "void f(void) { for (i = a(;;); 0; c) d(); }");
    EXPECT_NONE("void f(void) { for (;;) d(); }", "condition");
    EXPECT("void f(void) { x = a || b ? c : d; }", "condition",
           "void f(void) { x = !(a || b) ? c : d; }", "void f(void) { x = 0 ? c : d; }",
           "void f(void) { x = 1 ? c : d; }");
    EXPECT_NONE("void f(void) { switch (a) { default: b(); } }", "condition");
}
END_TEST

START_TEST(error_check)
{
    EXPECT("void f(void) { if (a) return 1; }", "error_check", "void f(void) { if (0) return 1; }");
    EXPECT("void f(void) { if (a) { b(); goto out; } }", "error_check",
           "void f(void) { if (0) { b(); goto out; } }");
    EXPECT_NONE("void f(void) { if (a) return 1; else b(); }", "error_check");
    EXPECT_NONE("void f(void) { if (a) { return 1; } else b(); }", "error_check");
    EXPECT("void f(void) { if (a) { if (b) return 1; c(); } }", "error_check",
           "void f(void) { if (a) { if (0) return 1; c(); } }");
}
END_TEST

START_TEST(statement)
{
    EXPECT("void f(void) { a = b; c(); d++; }", "statement", "void f(void) { ; c(); d++; }",
           "void f(void) { a = b; c(); ; }");
    EXPECT("void f(void) { while (a) { if (b) break; continue; } return; }", "statement",
           "void f(void) { while (a) { if (b) ; continue; } return; }",
           "void f(void) { while (a) { if (b) break; ; } return; }",
           "void f(void) { while (a) { if (b) break; continue; } ; }");
    EXPECT("void f(void) { switch (a) { case B: c = d; break; default: e = 1; } out: g = 2; }",
           "statement",
           "void f(void) { switch (a) { case B: ; break; default: e = 1; } out: g = 2; }",
           "void f(void) { switch (a) { case B: c = d; ; default: e = 1; } out: g = 2; }",
           "void f(void) { switch (a) { case B: c = d; break; default: ; } out: g = 2; }",
           "void f(void) { switch (a) { case B: c = d; break; default: e = 1; } out: ; }");
    /* Ends of lines stay, so that the lines below keep their numbers. */
    EXPECT("void f(void) {\n *a =\n b;\n}", "statement", "void f(void) {\n \n;\n}");
    EXPECT_NONE("int f(void) { int a = b; size_t c = d; struct s e = {.a = f}; node *g = h; "
                "enum { I = J }; return a; }",
                "statement");
}
END_TEST

START_TEST(call)
{
    EXPECT("void f(void) { a(b); (void)c(d); e = g(); }", "call",
           "void f(void) { ; (void)c(d); e = g(); }", "void f(void) { a(b); ; e = g(); }");
    EXPECT("void f(void) { if (x) a(); else b(); }", "call", "void f(void) { if (x) ; else b(); }",
           "void f(void) { if (x) a(); else ; }");
}
END_TEST

START_TEST(return_value)
{
    EXPECT("int f(void) { return a; }", "return_value", "int f(void) { return 0; }",
           "int f(void) { return (a) + 1; }");
    EXPECT("int f(void) { return 0; }", "return_value", "int f(void) { return (0) + 1; }");
    EXPECT("static char *f(void) { return a; }", "return_value",
           "static char *f(void) { return 0; }");
    EXPECT_NONE("char *f(void) { return NULL; }", "return_value");
    EXPECT("bool f(void) { return a == b; }", "return_value", "bool f(void) { return !(a == b); }");
    EXPECT_NONE("bool f(void) { return true; }", "return_value"); /* the constant is changed */
    EXPECT("struct s f(struct t *a) { return *a; }", "return_value",
           "struct s f(struct t *a) { return (struct s){0}; }");
    EXPECT_NONE("void f(void) { return; }", "return_value");
}
END_TEST

/* ---- what is left alone; names ---- */

START_TEST(left_alone)
{
    expect_nothing("");
    expect_nothing("/* a + 1 */ // b - 2\n#define X (a + 1)\n#if 1 < 2\n#endif\n");
    expect_nothing("int f(int a, char *b);\nstruct s { int a : 3; };\ntypedef int t;\n");
    expect_nothing("_Static_assert(sizeof(int) == 4, \"x\");\nextern int g;\n");
    expect_nothing("__attribute__((aligned(16))) int g;\n");
    expect_nothing("void f(void) { ASSERT(a < b + 1); assert(!c); char d[sizeof(int[4])]; }");
    expect_nothing("void f(void) { _Alignas(16) char d; g: ; }");
    EXPECT("enum e { A = 3 };\nint v[5] = {h + 6};\nstruct s { int a[B - C]; };", "constant",
           "enum e { A = 4 };\nint v[5] = {h + 6};\nstruct s { int a[B - C]; };",
           "enum e { A = 2 };\nint v[5] = {h + 6};\nstruct s { int a[B - C]; };",
           "enum e { A = 3 };\nint v[6] = {h + 6};\nstruct s { int a[B - C]; };",
           "enum e { A = 3 };\nint v[4] = {h + 6};\nstruct s { int a[B - C]; };",
           "enum e { A = 3 };\nint v[5] = {h + 7};\nstruct s { int a[B - C]; };",
           "enum e { A = 3 };\nint v[5] = {h + 5};\nstruct s { int a[B - C]; };");
    EXPECT("int v[5] = {h + 6};\nstruct s { int a[B - C]; };", "arithmetic",
           "int v[5] = {h - 6};\nstruct s { int a[B - C]; };",
           "int v[5] = {h + 6};\nstruct s { int a[B + C]; };");
}
END_TEST

START_TEST(names_are_stable)
{
    make("int f(int a)\n{\n    if (a < 1)   \n        a++;\n  if (a < 1)\n a++; return\n a; }\n");
    const struct mutant *first = NULL, *second = NULL, *value = NULL;
    for (size_t i = 0; i < mutants.count; i++) {
        if (strcmp(mutants.all[i].change, "< -> <=") == 0)
            *(first ? &second : &first) = &mutants.all[i];
        if (strcmp(mutants.all[i].operator, "return_value") == 0 && !value)
            value = &mutants.all[i];
    }
    ck_assert(first && second && value);
    ck_assert_str_eq(first->text, "if (a < 1)");
    ck_assert_uint_eq(first->line, 3);
    ck_assert_uint_eq(first->occurrence, 1);
    ck_assert_str_eq(second->text, "if (a < 1)");
    ck_assert_uint_eq(second->line, 5);
    ck_assert_uint_eq(second->occurrence, 2);
    ck_assert_str_eq(value->text, "a; }");
    ck_assert_str_eq(value->change, "a -> 0");
    mutants_free(&mutants);
}
END_TEST

/* Whatever the tokens, there are mutants or none, and each can be applied. */
START_TEST(any_source_is_taken)
{
    static const char *const words[] = {"if",     "(",           ")",
                                        "{",      "}",           "[",
                                        "]",      ";",           "?",
                                        ":",      "a",           "=",
                                        "*",      "return",      "&&",
                                        "||",     "1",           "!",
                                        "struct", "enum",        "for",
                                        "while",  "else",        "do",
                                        "case",   ",",           "-",
                                        "\n",     "#",           "sizeof",
                                        "bool",   "atomic_load", "memory_order_acq_rel"};
    srand(1);
    for (int round = 0; round < 3000; round++) {
        char source[400] = "";
        for (int i = 0; i < 30; i++) {
            strcat(source, words[(size_t)rand() % (sizeof(words) / sizeof(words[0]))]);
            strcat(source, " ");
        }
        make(source);
        for (size_t i = 0; i < mutants.count; i++) {
            char *text = mutant_apply(&mutants.all[i], source, strlen(source));
            ck_assert_ptr_nonnull(text);
            free(text);
        }
        mutants_free(&mutants);
    }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("mutant");
    TCase *tokens = tcase_create("tokens");
    tcase_add_test(tokens, comparison);
    tcase_add_test(tokens, arithmetic);
    tcase_add_test(tokens, bitwise);
    tcase_add_test(tokens, logical);
    tcase_add_test(tokens, constant);
    tcase_add_test(tokens, increment);
    tcase_add_test(tokens, memory_order);
    tcase_add_test(tokens, instruction);
    suite_add_tcase(suite, tokens);
    TCase *statements = tcase_create("statements");
    tcase_add_test(statements, condition);
    tcase_add_test(statements, error_check);
    tcase_add_test(statements, statement);
    tcase_add_test(statements, call);
    tcase_add_test(statements, return_value);
    suite_add_tcase(suite, statements);
    TCase *names = tcase_create("names");
    tcase_add_test(names, left_alone);
    tcase_add_test(names, names_are_stable);
    tcase_add_test(names, any_source_is_taken);
    suite_add_tcase(suite, names);
    return suite;
}
