#include "grader/engine/toolchain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "02_concurrency/interleave/compile.h"
#include "grader/base/spawn.h"
#include "grader/build_config.h"

enum {
    ARGUMENTS_MAX = 96,
    MESSAGES_MAX_BYTES = 6000,
    OUTPUT_MAX_BYTES = 256 << 10, /* what a compiler may say before it is ended */
    DISASSEMBLY_MAX_BYTES = 16 << 20,
    CPU_S = 20,
    WALL_FACTOR = 6, /* a busy machine is not the source's fault */
    MEMORY_BYTES = 1 << 30,
    FILE_BYTES = 64 << 20,
    PROCESSES = 16,
};

static const char *const variables[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", "TMPDIR=" RUNNER_SCRATCH,
                                        NULL};

_Static_assert(sizeof(BUILD_CONFIG_FLAGS_TSAN) <= TOOLCHAIN_FLAGS_BYTES &&
                   sizeof(BUILD_CONFIG_FLAGS_INTERLEAVE) <= TOOLCHAIN_FLAGS_BYTES,
               "the flags fit");

static void split_flags(struct toolchain *toolchain, enum build build, const char *flags)
{
    char *rest = toolchain->flag_text[build];
    size_t count = 0;
    snprintf(rest, sizeof(toolchain->flag_text[build]), "%s", flags);
    snprintf(toolchain->flags_told[build], sizeof(toolchain->flags_told[build]), "%s", flags);
    for (char *word; (word = strsep(&rest, " ")) && count + 1 < TOOLCHAIN_FLAGS_MAX;)
        if (*word)
            toolchain->flags[build][count++] = word;
}

/* A machine that is kept up to date gets a new compiler under the old name: what the course was
 * configured with may be long gone. */
static int ask_version(struct toolchain *toolchain)
{
    static const char configured[] = BUILD_CONFIG_TOOLCHAIN; /* "gcc 12.2.0" */
    const char *const words[] = {toolchain->compiler, "-dumpfullversion", "-dumpversion", NULL};
    char version[32] = "";
    int pair[2], status = -1;
    pid_t child;
    if (pipe2(pair, O_CLOEXEC) != 0)
        return -errno;
    const struct spawn compiler = {words, variables, -1, pair[1], -1, false};
    int failed = spawn_start(&compiler, &child);
    close(pair[1]);
    FILE *words_in = fdopen(pair[0], "r");
    if (!failed && (!words_in || !fgets(version, sizeof(version), words_in)))
        failed = -EIO;
    if (words_in)
        fclose(words_in);
    else
        close(pair[0]);
    if (!failed || failed == -EIO)
        spawn_wait(child, &status);
    version[strcspn(version, "\n")] = '\0';
    snprintf(toolchain->name, sizeof(toolchain->name), "%.*s %s", (int)strcspn(configured, " "),
             configured, version);
    return !failed && (status != 0 || !version[0]) ? -EIO : failed;
}

int toolchain_init(struct toolchain *toolchain, char *error, size_t error_bytes)
{
    memset(toolchain, 0, sizeof(*toolchain));
    /* The sandbox has /usr, and not the links in /etc/alternatives. */
    if (!realpath(BUILD_CONFIG_COMPILER, toolchain->compiler)) {
        snprintf(error, error_bytes,
                 "%s: %s. The course was built with this compiler, and submissions "
                 "are too.",
                 BUILD_CONFIG_COMPILER, strerror(errno));
        return -ENOENT;
    }
    int failed = ask_version(toolchain);
    if (failed) {
        snprintf(error, error_bytes, "%s does not say its version: %s.", toolchain->compiler,
                 strerror(-failed));
        return failed;
    }
    split_flags(toolchain, BUILD_PLAIN, BUILD_CONFIG_FLAGS_PLAIN);
    split_flags(toolchain, BUILD_ASAN, BUILD_CONFIG_FLAGS_ASAN);
    split_flags(toolchain, BUILD_TSAN, BUILD_CONFIG_FLAGS_TSAN);
    split_flags(toolchain, BUILD_INTERLEAVE, BUILD_CONFIG_FLAGS_INTERLEAVE);
    return 0;
}

struct arguments {
    const char *words[ARGUMENTS_MAX];
    size_t count;
};

static void add(struct arguments *arguments, const char *const *words)
{
    for (; *words && arguments->count + 1 < ARGUMENTS_MAX; words++)
        arguments->words[arguments->count++] = *words;
}

#define ADD(arguments, ...) add((arguments), (const char *const[]){__VA_ARGS__, NULL})

/* ---- a tool's words, made readable ---- */

/* Skip "/work/include/" and "/work/": a reader knows files by their names. */
static const char *skip_folder(const char *at, const char *end, const char *folder)
{
    size_t length = strlen(folder);
    if ((size_t)(end - at) > length && memcmp(at, folder, length) == 0 && at[length] == '/') {
        at += length + 1;
        if (end - at > 8 && memcmp(at, "include/", 8) == 0)
            at += 8;
    }
    return at;
}

/* Returns: how many bytes were left out. */
static size_t clean_messages(const struct sandbox_result *run, const char *folder, struct text *out)
{
    char *clean = text_clean(run->output, run->output_length);
    const char *end = clean ? clean + strlen(clean) : NULL;
    size_t cut = run->output_cut_bytes;
    for (const char *at = clean; at && *at;) {
        const char *stop = strchr(at, '\n');
        stop = stop ? stop + 1 : end;
        if (out->length + (size_t)(stop - at) > MESSAGES_MAX_BYTES) {
            cut += (size_t)(end - at);
            break;
        }
        for (const char *from = at; from < stop;) {
            from = skip_folder(from, stop, folder);
            text_append_bytes(out, from, 1);
            from++;
        }
        at = stop;
    }
    if (cut > 0)
        text_append(out, "... (%zu bytes more)\n", cut);
    free(clean);
    return cut;
}

/* A program of the toolchain's and what it may use. */
struct step {
    enum runner_stage stage;
    const char *const *arguments;
    const char *tool; /* as it is called in words */
    unsigned cpu_s;
    size_t output_bytes;
};

static void explain(const struct sandbox_result *run, const struct step *step,
                    struct toolchain_result *result)
{
    const char *tool = step->tool;
    struct text *out = &result->messages;
    if (run->over_wall || run->end == RUNNER_END_CPU ||
        (WIFSIGNALED(run->status) && WTERMSIG(run->status) == SIGXCPU))
        text_append(out, "%s did not finish within %u s of CPU and %u s in all.\n", tool,
                    step->cpu_s, WALL_FACTOR * step->cpu_s);
    else if (run->end == RUNNER_END_MEMORY)
        text_append(out, "%s needed more than %d MiB of memory.\n", tool, MEMORY_BYTES >> 20);
    else if (run->over_output)
        text_append(out, "%s printed more than %d KiB of messages.\n", tool,
                    OUTPUT_MAX_BYTES >> 10);
    else if (WIFSIGNALED(run->status))
        text_append(out, "%s was ended by signal %d (%s).\n", tool, WTERMSIG(run->status),
                    sigdescr_np(WTERMSIG(run->status)));
}

static int run_tool(struct sandbox *sandbox, const struct step *step, struct sandbox_result *run)
{
    const struct sandbox_job job = {
        .stage = step->stage,
        .arguments = step->arguments,
        .variables = variables,
        .allow = FILTER_PROCESSES | FILTER_THREADS,
        .wall_ns = WALL_FACTOR * step->cpu_s * UINT64_C(1000000000),
        .cpu_ns = step->cpu_s * UINT64_C(1000000000),
        .process_count = PROCESSES,
        .file_bytes = FILE_BYTES,
        .resident_bytes = MEMORY_BYTES,
        .output_bytes = step->output_bytes,
    };
    int failed = sandbox_run(sandbox, &job, run);
    if (!failed && run->end == RUNNER_END_FAULT)
        failed = -EIO;
    return failed;
}

static int run_step(struct sandbox *sandbox, const struct step *step,
                    struct toolchain_result *result)
{
    struct sandbox_result run;
    *result = (struct toolchain_result){.done = false};
    text_append_bytes(&result->messages, "", 0);
    int failed = run_tool(sandbox, step, &run);
    if (!failed) {
        result->done = run.end == RUNNER_END_ITSELF && run.status == 0 && !run.over_output;
        result->cpu_ns = run.cpu_ns;
        result->cut_bytes =
            clean_messages(&run, sandbox_folder(sandbox, RUNNER_WORK), &result->messages);
        if (!result->done)
            explain(&run, step, result);
    }
    sandbox_result_fini(&run);
    if (!failed && result->messages.failed)
        failed = -ENOMEM;
    if (failed)
        text_fini(&result->messages);
    return failed;
}

/* No macro tells a submission which build it is in. */
#define ALIKE                                                                                      \
    "-U__SANITIZE_ADDRESS__", "-U__SANITIZE_HWADDRESS__", "-U__SANITIZE_THREAD__",                 \
        "-U__SANITIZE_UNDEFINED__"

/* The compiler's own part, up to what `stop` (-E or -S) says. */
static void add_translation(struct arguments *arguments, const struct toolchain *toolchain,
                            enum build build, const char *stop, bool preprocesses)
{
    ADD(arguments, toolchain->compiler);
    add(arguments, toolchain->flags[build]);
    if (preprocesses)
        ADD(arguments, ALIKE, "-D_GNU_SOURCE", "-Iinclude");
    ADD(arguments, "-Wall", "-Wextra", "-fdiagnostics-color=never", stop);
}

static int translate(struct sandbox *sandbox, const struct manifest *manifest,
                     const struct arguments *arguments, struct toolchain_result *result)
{
    const struct step step = {RUNNER_COMPILE, arguments->words, "The compiler",
                              manifest->limits.compile_s, OUTPUT_MAX_BYTES};
    return run_step(sandbox, &step, result);
}

int toolchain_preprocess(const struct toolchain *toolchain, struct sandbox *sandbox,
                         const struct manifest *manifest, enum build build,
                         struct toolchain_result *result)
{
    char output[32];
    struct arguments arguments = {.count = 0};
    snprintf(output, sizeof(output), "%s.i", manifest_build_name(build));
    add_translation(&arguments, toolchain, build, "-E", true);
    ADD(&arguments, "-o", output, manifest->file);
    return translate(sandbox, manifest, &arguments, result);
}

int toolchain_compile(const struct toolchain *toolchain, struct sandbox *sandbox,
                      const struct manifest *manifest, enum build build, bool preprocessed,
                      struct toolchain_result *result)
{
    char output[32], input[32];
    struct arguments arguments = {.count = 0};
    snprintf(output, sizeof(output), "%s.s", manifest_build_name(build));
    snprintf(input, sizeof(input), "%s.i", manifest_build_name(build));
    add_translation(&arguments, toolchain, build, "-S", !preprocessed);
    ADD(&arguments, "-o", output, preprocessed ? input : manifest->file);
    return translate(sandbox, manifest, &arguments, result);
}

int toolchain_assemble(const struct toolchain *toolchain, struct sandbox *sandbox, enum build build,
                       struct toolchain_result *result)
{
    char assembly[32], object[32];
    struct arguments arguments = {.count = 0};
    snprintf(assembly, sizeof(assembly), "%s.s", manifest_build_name(build));
    snprintf(object, sizeof(object), "%s.o", manifest_build_name(build));
    ADD(&arguments, toolchain->compiler, "-c", "-o", object, assembly);
    const struct step step = {RUNNER_COMPILE, arguments.words, "The assembler", CPU_S,
                              OUTPUT_MAX_BYTES};
    return run_step(sandbox, &step, result);
}

/* What the dynamic linker fills in, functions' addresses above all, is filled in before main and cannot be
 * written to afterwards: a submission would put its own in the place of what the harness calls. */
#define SEALED "-Wl,-z,relro,-z,now"

static int link_with_kit(const struct toolchain *toolchain, struct sandbox *sandbox,
                         const char *input, enum build build, struct toolchain_result *result)
{
    char subject[32], kit[PATH_MAX + 32];
    struct arguments arguments = {.count = 0};
    snprintf(subject, sizeof(subject), "subject_%s", manifest_build_name(build));
    snprintf(kit, sizeof(kit), "%s/%s.a", sandbox_folder(sandbox, RUNNER_KIT),
             manifest_build_name(build));
    ADD(&arguments, toolchain->compiler);
    if (build == BUILD_INTERLEAVE) { /* not with the sanitizer's library: see compile.h */
        ADD(&arguments, "-shared", "-Wl,-Bsymbolic,-u,subject_tests", INTERLEAVE_WRAPS, SEALED,
            "-o", subject, input, kit, "-nodefaultlibs", "-lm", "-lc", "-l:libgcc_s.so.1");
    } else {
        add(&arguments, toolchain->flags[build]);
        ADD(&arguments, "-pthread", SEALED, "-o", subject, input, kit, "-lm");
    }
    const struct step step = {RUNNER_LINK, arguments.words, "The linker", CPU_S, OUTPUT_MAX_BYTES};
    return run_step(sandbox, &step, result);
}

int toolchain_link(const struct toolchain *toolchain, struct sandbox *sandbox, enum build build,
                   struct toolchain_result *result)
{
    char object[32];
    snprintf(object, sizeof(object), "%s.o", manifest_build_name(build));
    return link_with_kit(toolchain, sandbox, object, build, result);
}

/* Every name of the interface is another name of the harness's: no object is needed. */
int toolchain_link_kit(const struct toolchain *toolchain, struct sandbox *sandbox,
                       const struct manifest *manifest, enum build build,
                       struct toolchain_result *result)
{
    struct text names = {.data = NULL};
    text_append(&names, "-Wl");
    for (size_t i = 0; i < manifest->interface_count; i++)
        text_append(&names, ",--defsym=%s=subject_tests", manifest->interface[i]);
    int failed =
        names.failed ? -ENOMEM : link_with_kit(toolchain, sandbox, names.data, build, result);
    text_fini(&names);
    return failed;
}

/* "arena.c:57" or "??:0", one for each offset. */
static void parse_lines(const char *output, unsigned *lines, size_t count)
{
    for (size_t i = 0; i < count && output && *output; i++) {
        size_t length = strcspn(output, "\n");
        const char *colon = memrchr(output, ':', length);
        lines[i] = colon ? (unsigned)strtoul(colon + 1, NULL, 10) : 0;
        output += length + (output[length] == '\n');
    }
}

int toolchain_lines(struct sandbox *sandbox, enum build build, const char *section,
                    const uint64_t *offsets, unsigned *lines, size_t count)
{
    enum { OFFSETS_MAX = 40 };
    char object[32], numbers[OFFSETS_MAX][24];
    struct arguments arguments = {.count = 0};
    struct sandbox_result run;
    snprintf(object, sizeof(object), "%s.o", manifest_build_name(build));
    ADD(&arguments, "/usr/bin/addr2line", "-e", object, "-j", section);
    memset(lines, 0, count * sizeof(*lines));
    count = count < OFFSETS_MAX ? count : OFFSETS_MAX;
    for (size_t i = 0; i < count; i++) {
        snprintf(numbers[i], sizeof(numbers[i]), "%#llx", (unsigned long long)offsets[i]);
        ADD(&arguments, numbers[i]);
    }
    const struct step step = {RUNNER_COMPILE, arguments.words, "addr2line", CPU_S,
                              OUTPUT_MAX_BYTES};
    int failed = run_tool(sandbox, &step, &run);
    if (!failed)
        parse_lines(run.output, lines, count);
    sandbox_result_fini(&run);
    return failed;
}

/* Lines such as "  12:\tsyscall", with the offset in front. */
static bool is_system_call(const char *line, size_t length)
{
    static const char *const mnemonics[] = {"\tsyscall", "\tsysenter", "\tint    $0x80"};
    for (size_t i = 0; i < sizeof(mnemonics) / sizeof(mnemonics[0]); i++)
        if (memmem(line, length, mnemonics[i], strlen(mnemonics[i])))
            return true;
    return false;
}

int toolchain_find_system_call(struct sandbox *sandbox, enum build build, const char *section,
                               uint64_t *offset)
{
    char object[32];
    struct arguments arguments = {.count = 0};
    struct sandbox_result run;
    snprintf(object, sizeof(object), "%s.o", manifest_build_name(build));
    ADD(&arguments, "/usr/bin/objdump", "-d", "--no-show-raw-insn", "-j", section, object);
    const struct step step = {RUNNER_COMPILE, arguments.words, "objdump", CPU_S,
                              DISASSEMBLY_MAX_BYTES};
    int failed = run_tool(sandbox, &step, &run);
    if (!failed && (run.end != RUNNER_END_ITSELF || run.status != 0 || run.over_output))
        failed = -EFBIG;
    bool found = false;
    for (const char *at = failed ? NULL : run.output; at && *at && !found;) {
        size_t length = strcspn(at, "\n");
        found = is_system_call(at, length);
        *offset = strtoull(at, NULL, 16);
        at += length + (at[length] == '\n');
    }
    sandbox_result_fini(&run);
    return failed ? failed : found ? 0 : -ENOENT;
}
