#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "grader/course/manifest_internal.h"

/* The first line on which the key stands, followed by the value if there is one; 1 if nowhere,
 * which happens for a value in a shape that this search does not know (a quoted or folded string).
 */
static unsigned line_of(const char *text, const char *key, const char *value)
{
    unsigned line = 1;
    for (const char *at = text; *at; line++) {
        size_t length = strcspn(at, "\n");
        const char *start = at + strspn(at, " -");
        size_t key_length = strlen(key);
        if (strncmp(start, key, key_length) == 0 && start[key_length] == ':') {
            const char *found = value ? strstr(start, value) : start;
            if (found && found <= at + length)
                return line;
        }
        at += length + (at[length] == '\n');
    }
    return 1;
}

__attribute__((format(printf, 4, 5))) static int complain(const struct manifest_complaint *to,
                                                          const char *key, const char *value,
                                                          const char *format, ...)
{
    char what[512];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    snprintf(to->error, to->error_bytes, "%s:%u: %s", to->path, line_of(to->text, key, value),
             what);
    return -EINVAL;
}

static bool is_identifier(const char *name)
{
    if (!isalpha((unsigned char)name[0]) && name[0] != '_')
        return false;
    for (const char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '_')
            return false;
    return true;
}

static bool contains(char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static int check_names(char *const *names, size_t count, const char *key,
                       const struct manifest_complaint *to)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_identifier(names[i]))
            return complain(to, key, NULL, "%s: expected the name of a C function, found '%s'", key,
                            names[i]);
        if (contains(names, i, names[i]))
            return complain(to, key, NULL, "%s: '%s' is listed twice", key, names[i]);
    }
    return 0;
}

/* The longest that a test of an accepted solution may take is what a watching student would bear. */
enum { SLOWEST_MAX_MS = 60000 };

static int check_times(const struct manifest *manifest, const struct manifest_complaint *to)
{
    for (int build = 0; build < BUILD_COUNT; build++) {
        unsigned ms = manifest->limits.slowest_cpu.ms[build];
        const char *name = manifest_build_name((enum build)build);
        bool graded = manifest_has_build(manifest, (enum build)build);
        if (graded && (ms < 1 || ms > SLOWEST_MAX_MS))
            return complain(to, "limits", NULL,
                            "limits: slowest_cpu_ms: %s: expected 1 to %d, found %u", name,
                            SLOWEST_MAX_MS, ms);
        if (!graded && ms > 0)
            return complain(to, "limits", NULL,
                            build == BUILD_TSAN
                                ? "limits: slowest_cpu_ms: %s needs 'threads: true' in the exercise"
                                : "limits: slowest_cpu_ms: %s is no test's build",
                            name);
    }
    return 0;
}

static int check_limits(const struct manifest_limits *limits, const struct manifest_complaint *to)
{
    const struct {
        const char *name;
        unsigned value, max;
    } all[] = {
        {"margin", limits->margin, 1000},
        {"memory_mib", limits->memory_mib, 65536},
        {"processes", limits->processes, 4096},
        {"file_kib", limits->file_kib, 1 << 20},
        {"output_kib", limits->output_kib, 1 << 16},
        {"compile_s", limits->compile_s, 600},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i].value < 1 || all[i].value > all[i].max)
            return complain(to, "limits", NULL, "limits: %s: expected 1 to %u, found %u",
                            all[i].name, all[i].max, all[i].value);
    return 0;
}

static int check_builds(const struct manifest *manifest, const struct manifest_test *test,
                        const struct manifest_complaint *to)
{
    if (test->builds[BUILD_TSAN] && !manifest->threads)
        return complain(to, "name", test->name,
                        "test '%s': builds: tsan needs 'threads: true' in the exercise",
                        test->name);
    if (test->hidden && test->builds[BUILD_INTERLEAVE])
        return complain(to, "name", test->name, "test '%s': builds: interleave has no hidden tests",
                        test->name);
    if (test->leaks && !test->builds[BUILD_ASAN])
        return complain(to, "name", test->name,
                        "test '%s': leaks: expected asan among its builds, which looks for them",
                        test->name);
    for (int build = 0; build < BUILD_COUNT && test->slow; build++) {
        unsigned ms = test->slowest_cpu.ms[build];
        const char *name = manifest_build_name((enum build)build);
        if (test->builds[build] && (ms < 1 || ms > SLOWEST_MAX_MS))
            return complain(to, "name", test->name,
                            "test '%s': slowest_cpu_ms: %s: expected 1 to %d, found %u", test->name,
                            name, SLOWEST_MAX_MS, ms);
        if (!test->builds[build] && ms > 0)
            return complain(to, "name", test->name,
                            "test '%s': slowest_cpu_ms: %s is not among its builds", test->name,
                            name);
    }
    return 0;
}

static int check_test(const struct manifest *manifest, size_t index,
                      const struct manifest_complaint *to)
{
    const struct manifest_test *test = &manifest->tests[index];
    if (!is_identifier(test->name))
        return complain(to, "name", test->name,
                        "test '%s': name: expected letters, digits and underscores", test->name);
    for (size_t i = 0; i < index; i++)
        if (strcmp(manifest->tests[i].name, test->name) == 0)
            return complain(to, "name", test->name, "test '%s' is listed twice", test->name);
    if (test->function && !contains(manifest->interface, manifest->interface_count, test->function))
        return complain(to, "function", test->function,
                        "test '%s': function: expected a name from 'interface', found '%s'",
                        test->name, test->function);
    return check_builds(manifest, test, to);
}

static int check_points(const struct manifest *manifest, const struct manifest_complaint *to)
{
    unsigned long sum = 0;
    bool visible = false;
    for (size_t i = 0; i < manifest->test_count; i++) {
        sum += manifest->tests[i].points;
        visible = visible || !manifest->tests[i].hidden;
    }
    if (!visible)
        return complain(to, "tests", NULL, "tests: expected one at least that is not hidden");
    if (sum != 100)
        return complain(to, "tests", NULL, "tests: expected points that sum to 100, found %lu",
                        sum);
    return 0;
}

/* The file is one name, and a C source: it becomes part of paths and messages. */
static int check_file(const struct manifest *manifest, const struct manifest_complaint *to)
{
    size_t length = strlen(manifest->file);
    bool source = length > 2 && strcmp(manifest->file + length - 2, ".c") == 0;
    for (size_t i = 0; source && i < length - 2; i++)
        source = isalnum((unsigned char)manifest->file[i]) || manifest->file[i] == '_';
    return source ? 0
                  : complain(to, "file", NULL, "file: expected a name such as arena.c, found '%s'",
                             manifest->file);
}

int manifest_check(const struct manifest *manifest, const struct manifest_complaint *to)
{
    int failed = check_file(manifest, to);
    if (!failed)
        failed = check_names(manifest->interface, manifest->interface_count, "interface", to);
    if (!failed)
        failed = check_names(manifest->symbols, manifest->symbol_count, "symbols", to);
    if (!failed)
        failed = check_limits(&manifest->limits, to);
    for (size_t i = 0; i < manifest->test_count && !failed; i++)
        failed = check_test(manifest, i, to);
    if (!failed) /* which of them are needed depends on the tests */
        failed = check_times(manifest, to);
    return failed ? failed : check_points(manifest, to);
}
