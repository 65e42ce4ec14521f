/* engine_make.c - from a submission's source to a subject: preprocessed, compiled, assembled, inspected,
 * linked; and why not, in words for its author. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "grader/engine/engine_internal.h"
#include "grader/inspect/assembly.h"
#include "grader/inspect/switch_off.h"

/* A step of the toolchain's is over. */
static void add_step(struct build_work *work, const struct toolchain_result *result)
{
    struct grading *grading = work->grading;
    work->made_cpu_ns += result->cpu_ns;
    pthread_mutex_lock(&grading->lock);
    grading->record->cpu_ns += result->cpu_ns;
    grading->record->messages_cut_bytes += result->cut_bytes;
    pthread_mutex_unlock(&grading->lock);
}

/* Of what a build leaves in the work folder: "o" its object. */
static void output_path(const struct build_work *work, const char *suffix, char *out,
                        size_t out_bytes)
{
    snprintf(out, out_bytes, "%s/%s.%s", work->grading->work, manifest_build_name(work->build),
             suffix);
}

/* Whether a tool failed for want of room. Anyone can print the words, in an #error; only a disk that is
 * full has no room. */
static bool is_disk_full(const struct build_work *work, const char *messages)
{
    enum { ENOUGH_BYTES = 64 << 20 }; /* the largest file that a tool may write */
    struct statvfs disk;
    return strstr(messages, "No space left on device") &&
           statvfs(work->grading->work, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < ENOUGH_BYTES;
}

/* A tool has failed: the source's doing, unless the machine has no room for what the tool writes. */
static void refuse_source(struct build_work *work, const char *messages)
{
    char message[PATH_MAX + 80];
    if (!is_disk_full(work, messages)) {
        engine_stop(work->grading, VERDICT_COMPILE_ERROR, messages);
        return;
    }
    const char *folder = work->grading->work;
    snprintf(message, sizeof(message), "The grader's disk is full (%.*s; TMPDIR names another): %s",
             (int)(strrchr(folder, '/') - folder), folder, strerror(ENOSPC));
    engine_stop(work->grading, VERDICT_GRADER_ERROR, message);
}

static void refuse_assembly(struct build_work *work, unsigned line)
{
    char message[ENGINE_MESSAGE_BYTES], at[32] = "";
    if (line)
        snprintf(at, sizeof(at), ":%u", line);
    snprintf(message, sizeof(message), "%s%s: assembly is not allowed here",
             work->grading->manifest->file, at);
    engine_stop(work->grading, VERDICT_COMPILE_ERROR, message);
}

/* A file of the work folder as a string. Returns: NULL, and the fault is told. */
static char *read_output(struct build_work *work, const char *suffix)
{
    char path[PATH_MAX + 16], *text = NULL;
    size_t capacity = 0;
    output_path(work, suffix, path, sizeof(path));
    FILE *file = fopen(path, "re");
    ssize_t length = file ? getdelim(&text, &capacity, '\0', file) : -1;
    if (length < 0)
        engine_stop_for_fault(work->grading, "The compiler's output could not be read", -errno);
    if (file)
        fclose(file);
    if (length >= 0)
        return text;
    free(text);
    return NULL;
}

static void refuse_word(struct build_work *work, const char *name, const char *why)
{
    char message[ENGINE_MESSAGE_BYTES];
    snprintf(message, sizeof(message),
             "%s uses %s, itself or by a header that it includes, which %s",
             work->grading->manifest->file, name, why);
    engine_stop(work->grading, VERDICT_COMPILE_ERROR, message);
}

/* Whether a preprocessed source holds nothing that keeps what it does out of the other looks' sight. */
static bool is_plain(struct build_work *work, const char *text)
{
    char name[80];
    bool assembly = work->grading->manifest->assembly;
    if (!assembly && assembly_find_in_names(text))
        refuse_assembly(work, 0);
    else if (!assembly && assembly_find_frames(text, name, sizeof(name)))
        refuse_word(
            work, name,
            "reaches into the frames of its callers. A submission returns to whoever called "
            "it: leave it out.");
    else if (switch_off_find(text, name, sizeof(name)))
        refuse_word(work, name,
                    "keeps memory out of a sanitizer's sight. A submission is graded with all of "
                    "them: leave it out.");
    else if ((work->build == BUILD_TSAN || work->build == BUILD_INTERLEAVE) &&
             switch_off_find_copies(text, name, sizeof(name)))
        refuse_word(work, name,
                    "reaches memory out of the thread sanitizer's sight. Call the function of "
                    "string.h by its own name: the compiler makes the same of it.");
    else
        return true;
    return false;
}

/* Look at the preprocessed text: labels and attributes put their strings into the assembly as they
 * are, and attributes switch sanitizers off. */
static bool preprocess(struct build_work *work)
{
    struct toolchain_result result;
    int failed = toolchain_preprocess(&work->grading->engine->toolchain, work->sandbox,
                                      work->grading->manifest, work->build, &result);
    if (failed) {
        engine_stop_for_fault(work->grading, "The compiler could not be run", failed);
        return false;
    }
    add_step(work, &result);
    bool right = result.done;
    if (!result.done)
        refuse_source(work, result.messages.data);
    text_fini(&result.messages);
    char *text = right ? read_output(work, "i") : NULL;
    right = text && is_plain(work, text);
    work->chooses_section = text && assembly_chooses_section(text);
    free(text);
    return right;
}

/* What was preprocessed is compiled as it was looked at, not read a second time: __has_include could
 * tell the times apart. */
static bool compile(struct build_work *work)
{
    struct grading *grading = work->grading;
    struct toolchain_result result;
    int failed = toolchain_compile(&grading->engine->toolchain, work->sandbox, grading->manifest,
                                   work->build, grading->preprocess, &result);
    if (failed) {
        engine_stop_for_fault(grading, "The compiler could not be run", failed);
        return false;
    }
    add_step(work, &result);
    if (!result.done)
        refuse_source(work, result.messages.data);
    if (result.done && work->build == BUILD_PLAIN) {
        pthread_mutex_lock(&grading->lock);
        record_set(&grading->record->warnings, result.messages.data);
        pthread_mutex_unlock(&grading->lock);
    }
    text_fini(&result.messages);
    return result.done;
}

/* From the compiler's assembly to the object, unless the submission wrote some of it and may not. */
static bool assemble(struct build_work *work)
{
    struct grading *grading = work->grading;
    struct toolchain_result result;
    char path[PATH_MAX + 16];
    unsigned line;
    output_path(work, "s", path, sizeof(path));
    int found = grading->manifest->assembly ? 0 : assembly_find(path, &line);
    if (found < 0)
        engine_stop_for_fault(grading, "The compiler's assembly could not be read", found);
    if (found > 0)
        refuse_assembly(work, line);
    if (found != 0)
        return false;
    int failed =
        toolchain_assemble(&grading->engine->toolchain, work->sandbox, work->build, &result);
    if (failed) {
        engine_stop_for_fault(grading, "The assembler could not be run", failed);
        return false;
    }
    add_step(work, &result);
    if (!result.done)
        refuse_source(work, result.messages.data);
    text_fini(&result.messages);
    return result.done;
}

static void refuse(struct build_work *work, const struct object_finding *finding)
{
    char message[ENGINE_MESSAGE_BYTES];
    unsigned line = 0;
    if (finding->section[0])
        toolchain_lines(work->sandbox, work->build, finding->section, &finding->offset, &line, 1);
    if (line)
        snprintf(message, sizeof(message), "%s:%u: %s", work->grading->manifest->file, line,
                 finding->message);
    else
        snprintf(message, sizeof(message), "%s", finding->message);
    engine_stop(work->grading, finding->verdict, message);
}

/* A system call of its own would leave, or forge a record, without a symbol to show for it. */
static void look_for_system_calls(struct build_work *work, struct object_finding *finding)
{
    if (!object_may_call_system(&work->object, finding))
        return;
    int missing =
        toolchain_find_system_call(work->sandbox, work->build, finding->section, &finding->offset);
    if (missing == -ENOENT)
        return;
    if (missing == -EFBIG) {
        finding->verdict = VERDICT_COMPILE_ERROR;
        snprintf(finding->message, sizeof(finding->message),
                 "%s is compiled to more code than the grader can check for system calls (section "
                 "%s). Make it smaller.",
                 work->grading->manifest->file, finding->section);
        finding->section[0] = '\0'; /* a line would take as long to find */
        return;
    }
    if (missing) {
        engine_stop_for_fault(work->grading, "The code could not be disassembled", missing);
        return;
    }
    finding->verdict = VERDICT_FORGED;
    snprintf(finding->message, sizeof(finding->message),
             "%s makes a system call of its own, by assembly. A submission reaches the kernel only "
             "through the functions that its exercise allows.",
             work->grading->manifest->file);
}

/* The compiler wrote the object as the source told it to: one that is malformed, or larger than any
 * honest one, is the source's doing. */
static void refuse_object(struct build_work *work)
{
    char message[ENGINE_MESSAGE_BYTES];
    snprintf(
        message, sizeof(message),
        "%s is compiled to an object that the grader does not take: it has more than 65,000 "
        "sections, names of more than 64 MiB, or tables that contradict each other. Plain C of a "
        "sensible size does none of this.",
        work->grading->manifest->file);
    engine_stop(work->grading, VERDICT_COMPILE_ERROR, message);
}

/* Some sections that a source can choose are told from a compiler's own by nothing in the object. Those
 * that run code have been found before, and have a verdict of their own. */
static void refuse_section(struct build_work *work)
{
    char message[ENGINE_MESSAGE_BYTES];
    snprintf(message, sizeof(message),
             "%s puts something into a section of its choice. Leave that to the compiler.",
             work->grading->manifest->file);
    engine_stop(work->grading, VERDICT_COMPILE_ERROR, message);
}

static bool inspect(struct build_work *work)
{
    char path[PATH_MAX + 16];
    struct object_finding finding;
    output_path(work, "o", path, sizeof(path));
    int failed = object_load(path, &work->object);
    if (failed == -EINVAL) {
        refuse_object(work);
        return false;
    }
    if (failed) {
        engine_stop_for_fault(work->grading, "The compiler's object could not be read", failed);
        return false;
    }
    object_inspect(&work->object, work->grading->manifest, work->build, &finding);
    if (finding.verdict == VERDICT_PASS)
        look_for_system_calls(work, &finding);
    if (finding.verdict != VERDICT_PASS) {
        refuse(work, &finding);
        return false;
    }
    if (work->chooses_section) {
        refuse_section(work);
        return false;
    }
    failed = object_hide_names(&work->object, work->grading->manifest);
    if (failed == -EINVAL) {
        refuse_object(work);
        return false;
    }
    if (!failed)
        failed = object_save(&work->object, path);
    if (failed)
        engine_stop_for_fault(work->grading, "The object could not be rewritten", failed);
    return !failed;
}

/* Whether the kit cannot be linked with a subject of its interface's names and nothing else: it was
 * damaged since it was built. The linker's words about a submission say nothing: a source can have it
 * print any. Returns: 1 and the linker's words, which are the caller's; 0; -errno. */
static int is_kit_damaged(struct build_work *work, struct text *words)
{
    const struct grading *grading = work->grading;
    struct toolchain_result result;
    int failed = toolchain_link_kit(&grading->engine->toolchain, work->sandbox, grading->manifest,
                                    work->build, &result);
    if (failed)
        return failed;
    add_step(work, &result);
    *words = result.messages;
    if (!result.done)
        return 1;
    text_fini(words);
    return 0;
}

static void refuse_link(struct build_work *work, const char *messages)
{
    char message[ENGINE_MESSAGE_BYTES];
    struct text words;
    int damaged = is_disk_full(work, messages) ? 0 : is_kit_damaged(work, &words);
    if (damaged < 0) {
        engine_stop_for_fault(work->grading, "The linker could not be run", damaged);
        return;
    }
    snprintf(message, sizeof(message), "%s:\n%s",
             damaged ? "The kit with the tests is damaged. Build the course again"
                     : "The submission could not be linked with the tests",
             damaged ? words.data : messages);
    if (!damaged) {
        refuse_source(work, message);
        return;
    }
    engine_stop(work->grading, VERDICT_GRADER_ERROR, message);
    text_fini(&words);
}

/* What inspection let pass and the linker refuses is the grader's to explain, not the student's. */
static bool link_subject(struct build_work *work)
{
    struct toolchain_result result;
    int failed =
        toolchain_link(&work->grading->engine->toolchain, work->sandbox, work->build, &result);
    if (failed) {
        engine_stop_for_fault(work->grading, "The linker could not be run", failed);
        return false;
    }
    add_step(work, &result);
    if (!result.done)
        refuse_link(work, result.messages.data);
    text_fini(&result.messages);
    return result.done;
}

bool engine_make(struct build_work *work)
{
    bool looked_at = !work->grading->preprocess || preprocess(work);
    return looked_at && compile(work) && assemble(work) && inspect(work) && link_subject(work);
}
