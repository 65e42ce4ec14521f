#include "grader/course/manifest.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grader/course/course.h"
#include "grader/course/manifest_internal.h"

enum { MANIFEST_MAX_BYTES = 1 << 20, LOG_MAX_BYTES = 4096 };

/* Below this a limit would measure the machine: a page fault, a core that has just woken up. */
enum { LEAST_CPU_MS = 500, LEAST_WALL_MS = 5000, WALL_FACTOR = 10 };

/* libcyaml's own boolean takes any word but "false" and its like for true. */
enum answer { ANSWER_FALSE, ANSWER_TRUE };

/* What libcyaml fills in. The manifest's strings and lists point into it. */
struct raw_test {
    char *name, *requirement, *function, *section;
    unsigned points;
    enum answer leaks, hidden;
    enum build *builds;
    unsigned builds_count;
    struct manifest_times slowest_cpu; /* all zero: none of its own */
};

struct raw_manifest {
    char *title, *file, *lesson;
    char **prerequisites, **interface, **symbols, **hints;
    unsigned prerequisites_count, interface_count, symbols_count, hints_count;
    enum answer threads, assembly;
    struct manifest_limits limits;
    struct raw_test *tests;
    unsigned tests_count;
};

/* The manifest as its users see it, and what it points into. */
struct loaded {
    struct manifest manifest;
    struct raw_manifest *raw;
};

static const char *const build_names[BUILD_COUNT] = {"plain", "asan", "tsan", "interleave"};

static const cyaml_strval_t build_values[] = {{"plain", BUILD_PLAIN},
                                              {"asan", BUILD_ASAN},
                                              {"tsan", BUILD_TSAN},
                                              {"interleave", BUILD_INTERLEAVE}};

static const cyaml_strval_t answer_values[] = {{"false", ANSWER_FALSE}, {"true", ANSWER_TRUE}};

static const cyaml_schema_value_t string_value = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 4000)};

static const cyaml_schema_value_t build_value = {
    CYAML_VALUE_ENUM(CYAML_FLAG_STRICT, enum build, build_values, BUILD_COUNT)};

static const cyaml_schema_field_t time_fields[] = {
    CYAML_FIELD_UINT("plain", CYAML_FLAG_OPTIONAL, struct manifest_times, ms[BUILD_PLAIN]),
    CYAML_FIELD_UINT("asan", CYAML_FLAG_OPTIONAL, struct manifest_times, ms[BUILD_ASAN]),
    CYAML_FIELD_UINT("tsan", CYAML_FLAG_OPTIONAL, struct manifest_times, ms[BUILD_TSAN]),
    CYAML_FIELD_UINT("interleave", CYAML_FLAG_OPTIONAL, struct manifest_times,
                     ms[BUILD_INTERLEAVE]),
    CYAML_FIELD_END};

static const cyaml_schema_field_t limit_fields[] = {
    CYAML_FIELD_MAPPING("slowest_cpu_ms", CYAML_FLAG_DEFAULT, struct manifest_limits, slowest_cpu,
                        time_fields),
    CYAML_FIELD_UINT("margin", CYAML_FLAG_DEFAULT, struct manifest_limits, margin),
    CYAML_FIELD_UINT("memory_mib", CYAML_FLAG_DEFAULT, struct manifest_limits, memory_mib),
    CYAML_FIELD_UINT("processes", CYAML_FLAG_DEFAULT, struct manifest_limits, processes),
    CYAML_FIELD_UINT("file_kib", CYAML_FLAG_DEFAULT, struct manifest_limits, file_kib),
    CYAML_FIELD_UINT("output_kib", CYAML_FLAG_DEFAULT, struct manifest_limits, output_kib),
    CYAML_FIELD_UINT("compile_s", CYAML_FLAG_OPTIONAL, struct manifest_limits, compile_s),
    CYAML_FIELD_END};

static const cyaml_schema_field_t test_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct raw_test, name, 1, 100),
    CYAML_FIELD_UINT("points", CYAML_FLAG_DEFAULT, struct raw_test, points),
    CYAML_FIELD_STRING_PTR("requirement", CYAML_FLAG_POINTER, struct raw_test, requirement, 1,
                           2000),
    CYAML_FIELD_STRING_PTR("function", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_test,
                           function, 1, 200),
    CYAML_FIELD_STRING_PTR("section", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_test,
                           section, 1, 200),
    CYAML_FIELD_ENUM("leaks", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct raw_test, leaks,
                     answer_values, 2),
    CYAML_FIELD_ENUM("hidden", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct raw_test, hidden,
                     answer_values, 2),
    CYAML_FIELD_SEQUENCE("builds", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_test,
                         builds, &build_value, 1, BUILD_COUNT),
    CYAML_FIELD_MAPPING("slowest_cpu_ms", CYAML_FLAG_OPTIONAL, struct raw_test, slowest_cpu,
                        time_fields),
    CYAML_FIELD_END};

static const cyaml_schema_value_t test_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_test, test_fields)};

#define STRINGS(key, member, flags, min, max)                                                      \
    CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | (flags), struct raw_manifest, member,           \
                         &string_value, min, max)

static const cyaml_schema_field_t manifest_fields[] = {
    CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_POINTER, struct raw_manifest, title, 1, 200),
    CYAML_FIELD_STRING_PTR("file", CYAML_FLAG_POINTER, struct raw_manifest, file, 1, 100),
    CYAML_FIELD_STRING_PTR("lesson", CYAML_FLAG_POINTER, struct raw_manifest, lesson, 1, 200),
    STRINGS("prerequisites", prerequisites, CYAML_FLAG_OPTIONAL, 0, 100),
    STRINGS("interface", interface, CYAML_FLAG_DEFAULT, 1, 200),
    STRINGS("symbols", symbols, CYAML_FLAG_OPTIONAL, 0, 500),
    CYAML_FIELD_ENUM("threads", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct raw_manifest,
                     threads, answer_values, 2),
    CYAML_FIELD_ENUM("assembly", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct raw_manifest,
                     assembly, answer_values, 2),
    CYAML_FIELD_MAPPING("limits", CYAML_FLAG_DEFAULT, struct raw_manifest, limits, limit_fields),
    STRINGS("hints", hints, CYAML_FLAG_DEFAULT, 3, 3),
    CYAML_FIELD_SEQUENCE("tests", CYAML_FLAG_POINTER, struct raw_manifest, tests, &test_value, 1,
                         MANIFEST_TESTS_MAX),
    CYAML_FIELD_END};

static const cyaml_schema_value_t manifest_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_manifest, manifest_fields)};

/* What libcyaml said on its way to failure. */
struct log {
    char text[LOG_MAX_BYTES];
    size_t length;
};

static void collect_log(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct log *log = context;
    if (level < CYAML_LOG_ERROR || log->length >= sizeof(log->text) - 1)
        return;
    int wrote = vsnprintf(log->text + log->length, sizeof(log->text) - log->length, format, args);
    log->length += wrote > 0 ? (size_t)wrote : 0;
}

static void config_init(cyaml_config_t *config, struct log *log)
{
    *config = (cyaml_config_t){
        .log_fn = collect_log,
        .log_ctx = log,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_DEFAULT,
    };
}

void manifest_parse_free(const struct cyaml_schema_value *schema, void *loaded)
{
    struct log log = {.length = 0};
    cyaml_config_t config;
    config_init(&config, &log);
    cyaml_free(&config, schema, loaded, 0);
}

/* The messages before the backtrace, without their "Load: ", joined. Returns: the backtrace. */
static const char *join_messages(const char *at, char *what, size_t what_bytes)
{
    what[0] = '\0';
    while (*at && strncmp(at, "Load: Backtrace", 15) != 0) {
        const char *text = strncmp(at, "Load: ", 6) == 0 ? at + 6 : at;
        size_t used = strlen(what);
        snprintf(what + used, what_bytes - used, "%s%.*s", used ? "; " : "",
                 (int)strcspn(text, "\n"), text);
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return at;
}

/* The first line, from `line` on, that has `key:`. libcyaml meets a key that it does not know
 * before it moves its position there. */
static unsigned find_key(const char *text, unsigned line, const char *key)
{
    char pattern[520];
    snprintf(pattern, sizeof(pattern), "%s:", key);
    for (unsigned skip = 1; skip < line && text; skip++) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    const char *found = text ? strstr(text, pattern) : NULL;
    for (const char *at = text; found && at < found; at++)
        line += *at == '\n';
    return line;
}

/* libcyaml logs "Load: Unexpected key: leak", then a backtrace, innermost first, of lines such as
 * "  in mapping field 'tests' (line: 12, column: 3)". */
static void explain_log(const struct log *log, const struct manifest_complaint *to)
{
    static const char unexpected[] = "Unexpected key: ";
    char what[512];
    char field[128] = "";
    const char *trace = join_messages(log->text, what, sizeof(what));
    const char *position = strstr(trace, "line: ");
    unsigned line = position ? (unsigned)strtoul(position + 6, NULL, 10) : 1;
    line = line ? line : 1;
    const char *in = strstr(trace, "in mapping field '");
    if (strncmp(what, unexpected, strlen(unexpected)) == 0) {
        line = find_key(to->text, line, what + strlen(unexpected));
    } else if (in && strncmp(what, "Missing", 7) != 0) {
        in += strlen("in mapping field '");
        snprintf(field, sizeof(field), " (in '%.*s')", (int)strcspn(in, "'"), in);
    }
    snprintf(to->error, to->error_bytes, "%s:%u: %s%s. %s lists the keys and what each must be",
             to->path, line, what, field, to->keys);
}

/* Returns: the file as a string, or NULL with the reason in errno. */
static char *read_text(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return NULL;
    if (!S_ISREG(status.st_mode) || status.st_size > MANIFEST_MAX_BYTES) {
        errno = EINVAL;
        return NULL;
    }
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    char *text = malloc((size_t)status.st_size + 1);
    size_t length = text ? fread(text, 1, (size_t)status.st_size, file) : 0;
    fclose(file);
    if (text)
        text[length] = '\0';
    else
        errno = ENOMEM;
    return text;
}

static void fill_test(struct manifest_test *test, const struct raw_test *raw, bool threads)
{
    static const struct manifest_times none;
    *test = (struct manifest_test){
        .name = raw->name,
        .points = raw->points,
        .requirement = raw->requirement,
        .function = raw->function,
        .section = raw->section,
        .leaks = raw->leaks == ANSWER_TRUE,
        .hidden = raw->hidden == ANSWER_TRUE,
        .builds = {true, true, threads},
        .slow = memcmp(&raw->slowest_cpu, &none, sizeof(none)) != 0,
        .slowest_cpu = raw->slowest_cpu,
    };
    if (raw->builds_count > 0)
        memset(test->builds, 0, sizeof(test->builds));
    for (unsigned i = 0; i < raw->builds_count; i++)
        test->builds[raw->builds[i]] = true;
}

enum { COMPILE_S = 20 };

static int fill(struct manifest *manifest, const struct raw_manifest *raw, const char *exercise)
{
    *manifest = (struct manifest){
        .exercise = strdup(exercise),
        .title = raw->title,
        .file = raw->file,
        .lesson = raw->lesson,
        .prerequisites = raw->prerequisites,
        .prerequisite_count = raw->prerequisites_count,
        .interface = raw->interface,
        .interface_count = raw->interface_count,
        .symbols = raw->symbols,
        .symbol_count = raw->symbols_count,
        .threads = raw->threads == ANSWER_TRUE,
        .assembly = raw->assembly == ANSWER_TRUE,
        .limits = raw->limits,
        .hints = raw->hints,
        .hint_count = raw->hints_count,
        .tests = calloc(raw->tests_count, sizeof(*manifest->tests)),
        .test_count = raw->tests_count,
    };
    if (!manifest->exercise || !manifest->tests)
        return -ENOMEM;
    if (manifest->limits.compile_s == 0)
        manifest->limits.compile_s = COMPILE_S;
    for (unsigned i = 0; i < raw->tests_count; i++) {
        fill_test(&manifest->tests[i], &raw->tests[i], manifest->threads);
        if (!manifest->tests[i].slow)
            manifest->tests[i].slowest_cpu = raw->limits.slowest_cpu;
        manifest->max_points += raw->tests[i].points;
    }
    return 0;
}

/* A student's tree has no sources of hidden tests: only their points are left. */
static void drop_hidden(struct manifest *manifest)
{
    size_t kept = 0;
    for (size_t i = 0; i < manifest->test_count; i++) {
        if (manifest->tests[i].hidden)
            manifest->instructor_points += manifest->tests[i].points;
        else
            manifest->tests[kept++] = manifest->tests[i];
    }
    manifest->test_count = kept;
    manifest->max_points -= manifest->instructor_points;
}

int manifest_parse(const struct manifest_complaint *complaint,
                   const struct cyaml_schema_value *schema, void **out)
{
    struct log log = {.length = 0};
    cyaml_config_t config;
    config_init(&config, &log);
    cyaml_err_t failed = cyaml_load_data((const uint8_t *)complaint->text, strlen(complaint->text),
                                         &config, schema, out, NULL);
    if (failed == CYAML_OK && *out)
        return 0;
    if (failed == CYAML_OK) {
        snprintf(complaint->error, complaint->error_bytes,
                 "%s:1: expected a manifest, found nothing", complaint->path);
        return -EINVAL;
    }
    if (failed == CYAML_ERR_OOM) {
        snprintf(complaint->error, complaint->error_bytes, "%s: out of memory", complaint->path);
        return -ENOMEM;
    }
    if (log.length == 0)
        snprintf(log.text, sizeof(log.text), "%s\n", cyaml_strerror(failed));
    explain_log(&log, complaint);
    return -EINVAL;
}

static int load_text(const char *exercise, const struct manifest_complaint *complaint,
                     struct manifest **out)
{
    struct raw_manifest *raw = NULL;
    int failed = manifest_parse(complaint, &manifest_value, (void **)&raw);
    if (failed)
        return failed;
    struct loaded *loaded = calloc(1, sizeof(*loaded));
    if (!loaded) {
        manifest_parse_free(&manifest_value, raw);
        return -ENOMEM;
    }
    loaded->raw = raw;
    failed = fill(&loaded->manifest, raw, exercise);
    if (!failed)
        failed = manifest_check(&loaded->manifest, complaint);
    if (failed)
        manifest_free(&loaded->manifest);
    else
        *out = &loaded->manifest;
    return failed;
}

int manifest_load(const char *root, const char *exercise, struct manifest **out, char *error,
                  size_t error_bytes)
{
    char path[PATH_MAX];
    char shown[PATH_MAX];
    *out = NULL;
    if (error_bytes > 0)
        error[0] = '\0';
    snprintf(shown, sizeof(shown), "exercises/%s/exercise.yaml", exercise);
    if (snprintf(path, sizeof(path), "%s/%s", root, shown) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    char *text = read_text(path);
    if (!text) {
        int failed = -errno;
        snprintf(error, error_bytes, "%s: %s", path, strerror(-failed));
        return failed;
    }
    int failed = load_text(
        exercise,
        &(struct manifest_complaint){shown, text, error, error_bytes, "grader/course/manifest.h"},
        out);
    free(text);
    if (!failed && course_is_release(root))
        drop_hidden(*out);
    return failed;
}

void manifest_free(struct manifest *manifest)
{
    if (!manifest)
        return;
    struct loaded *loaded = (struct loaded *)manifest; /* the manifest is its first field */
    free(manifest->exercise);
    free(manifest->tests);
    manifest_parse_free(&manifest_value, loaded->raw);
    free(loaded);
}

const struct manifest_test *manifest_test(const struct manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->test_count; i++)
        if (strcmp(manifest->tests[i].name, name) == 0)
            return &manifest->tests[i];
    return NULL;
}

const char *manifest_build_name(enum build build)
{
    return (unsigned)build < BUILD_COUNT ? build_names[build] : "unknown";
}

bool manifest_has_build(const struct manifest *manifest, enum build build)
{
    bool named = false;
    for (size_t i = 0; i < manifest->test_count && !named; i++)
        named = manifest->tests[i].builds[build];
    return build == BUILD_INTERLEAVE ? named : build != BUILD_TSAN || manifest->threads;
}

uint64_t manifest_cpu_ns(const struct manifest *manifest, const struct manifest_test *test,
                         enum build build)
{
    uint64_t ms = (uint64_t)test->slowest_cpu.ms[build] * manifest->limits.margin;
    ms = ms < LEAST_CPU_MS ? LEAST_CPU_MS : (ms + 99) / 100 * 100;
    return ms * 1000000;
}

uint64_t manifest_wall_ns(const struct manifest *manifest, const struct manifest_test *test,
                          enum build build)
{
    uint64_t ns = WALL_FACTOR * manifest_cpu_ns(manifest, test, build);
    return ns < LEAST_WALL_MS * UINT64_C(1000000) ? LEAST_WALL_MS * UINT64_C(1000000) : ns;
}
