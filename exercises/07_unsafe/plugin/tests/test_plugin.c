/* test_plugin.c - the graded tests of 07_unsafe/plugin: what plugin.h and the handout promise.
 *
 * The plugins are real ones. The kit brings them, and the tests see them in the folder "files": their
 * sources are in plugins/. Whether one is in the process is asked of the loader itself.
 */
#include "plugin.h"
#include "subject.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define UPPER "files/upper.so"

/* An errno as the handout writes it. */
static const char *name_of(int error)
{
    const char *name = strerrorname_np(-error);
    return error < 0 && name ? subject_format("-%s", name) : subject_format("%d", error);
}

#define expect_result(actual, expected, ...)                                                       \
    do {                                                                                           \
        int result_a = (actual), result_e = (expected);                                            \
        subject_expect(result_a == result_e, SUBJECT_HERE, name_of(result_e), name_of(result_a),   \
                       __VA_ARGS__);                                                               \
    } while (0)

/* Whether the loader has it. */
static bool is_loaded(const char *path)
{
    void *library = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    if (library)
        dlclose(library);
    return library;
}

/* How many filters of a loaded plugin were created and not destroyed. */
static int filters_alive(const char *path)
{
    void *library = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    const int *alive = library ? dlsym(library, "filters_alive") : NULL;
    int count = alive ? *alive : -1;
    if (library)
        dlclose(library);
    return count;
}

static void load(struct plugin *plugin, const char *path)
{
    char error[300] = "";
    int result = plugin_load(plugin, path, error, sizeof(error));
    subject_expect(result == 0, SUBJECT_HERE, "0", subject_format("%s: %s", name_of(result), error),
                   "plugin_load of %s, which is right", path);
    expect_true(is_loaded(path), "%s is loaded after plugin_load", path);
}

static void unload(struct plugin *plugin, const char *path)
{
    expect_result(plugin_unload(plugin), 0, "plugin_unload of %s, of which no stream is open",
                  path);
    expect_true(!is_loaded(path), "%s is not loaded any more after plugin_unload", path);
}

static void open_stream(struct stream *stream, struct plugin *plugin)
{
    expect_result(stream_open(stream, plugin), 0, "stream_open of a right plugin");
}

/* What filters emit: all of it, one behind the other. */
struct heard {
    char text[400];
    size_t length;
    int calls, stop_at, answer; /* the call that stops the filter, and what it says */
};

static int hear(void *context, const char *bytes, size_t size_bytes)
{
    struct heard *heard = context;
    if (++heard->calls == heard->stop_at)
        return heard->answer;
    if (size_bytes < sizeof(heard->text) - heard->length) {
        memcpy(heard->text + heard->length, bytes, size_bytes);
        heard->length += size_bytes;
    }
    return 0;
}

static void expect_fed(struct stream *stream, const char *text, const char *comes_out,
                       const char *what)
{
    struct heard heard = {.length = 0};
    expect_result(stream_feed(stream, text, strlen(text), hear, &heard), 0, "stream_feed, %s",
                  what);
    expect_string(heard.text, comes_out, "what stream_feed of \"%s\" emits, %s", text, what);
}

static void a_plugin_is_loaded(void)
{
    struct plugin plugin;
    load(&plugin, UPPER);
    expect_string(plugin_name(&plugin), "upper", "plugin_name of " UPPER);
    expect_size(plugin_streams(&plugin), 0, "plugin_streams of a plugin that was just loaded");
    unload(&plugin, UPPER);
    expect_result(plugin_load(&plugin, UPPER, NULL, 0), 0,
                  "plugin_load without a buffer for words");
    unload(&plugin, UPPER);
    subject_done();
}

static void streams_do_their_work(void)
{
    struct plugin plugin;
    struct stream one, other;
    struct heard heard = {.length = 0};
    load(&plugin, UPPER);
    open_stream(&one, &plugin);
    open_stream(&other, &plugin);
    expect_fed(&one, "Hello, plugin.", "HELLO, PLUGIN.", "of the plugin upper");
    expect_fed(&other, "x", "X", "of another stream");
    expect_fed(&one, "", "", "of no bytes");
    expect_result(stream_flush(&one, hear, &heard), 0, "stream_flush");
    expect_string(heard.text, "[14]", "what stream_flush emits after 14 bytes");
    expect_result(stream_flush(&other, hear, &heard), 0, "stream_flush");
    expect_string(heard.text, "[14][1]", "what stream_flush of the other stream adds");
    expect_int(filters_alive(UPPER), 2, "two streams are two filters");
    stream_close(&one);
    expect_int(filters_alive(UPPER), 1, "stream_close destroys its filter");
    expect_fed(&other, "still here", "STILL HERE", "after the other stream was closed");
    stream_close(&other);
    expect_int(filters_alive(UPPER), 0, "stream_close destroys its filter");
    unload(&plugin, UPPER);
    subject_done();
}

static void callbacks_have_their_context(void)
{
    struct plugin plugin;
    struct stream stream;
    struct heard first = {.stop_at = 2, .answer = -ECANCELED}, second = {.stop_at = 0};
    load(&plugin, UPPER);
    open_stream(&stream, &plugin);
    expect_result(stream_feed(&stream, "twenty bytes of text", 20, hear, &first), -ECANCELED,
                  "stream_feed with a callback that says -ECANCELED");
    expect_int(first.calls, 2, "calls of a callback that stops at the second");
    expect_string(first.text, "TWENTY B", "what came before the callback stopped");
    expect_result(stream_feed(&stream, "more", 4, hear, &second), 0,
                  "stream_feed with another context");
    expect_string(second.text, "MORE", "what the second context has got");
    expect_int(first.calls, 2, "calls with the first context, later");
    second.stop_at = 2;
    second.answer = -EPIPE;
    expect_result(stream_flush(&stream, hear, &second), -EPIPE,
                  "stream_flush with a callback that says -EPIPE");
    stream_close(&stream);
    unload(&plugin, UPPER);
    subject_done();
}

/* ---- what cannot be loaded --------------------------------------------------------------------*/

/* Refused with this error and some words; and nothing is left of it. */
static void expect_refused(const char *path, int error, const char *what)
{
    struct plugin plugin, before;
    char words[300];
    memset(words, 'x', sizeof(words));
    memset(&plugin, 0x5a, sizeof(plugin));
    memset(&before, 0x5a, sizeof(before));
    expect_result(plugin_load(&plugin, path, words, sizeof(words)), error, "plugin_load of %s",
                  what);
    expect_bytes(&plugin, &before, sizeof(plugin), "*plugin is as it was after plugin_load of %s",
                 what);
    size_t length = strnlen(words, sizeof(words));
    expect_true(length > 0 && length < sizeof(words),
                "error has words, and their end, after plugin_load of %s", what);
    expect_true(!is_loaded(path), "nothing stays loaded after plugin_load of %s", what);
}

static void missing_files_are_told(void)
{
    expect_refused("files/there_is_no_such.so", -ENOENT, "a file that is not there");
    expect_refused("./upper.so", -ENOENT, "a file that is somewhere else");
    subject_done();
}

static void write_file(const char *path, const void *bytes, size_t size_bytes)
{
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    expect_true(file >= 0 && write(file, bytes, size_bytes) == (ssize_t)size_bytes,
                "the test can write its files");
    close(file);
}

static void damaged_files_are_refused(void)
{
    char text[] = "This is a text, and not a plugin at all, whatever its name may say of it.";
    Elf64_Ehdr header = {.e_type = 0};
    int plugin = open(UPPER, O_RDONLY | O_CLOEXEC);
    expect_true(plugin >= 0 && read(plugin, &header, sizeof(header)) == sizeof(header),
                "the test can read its files");
    close(plugin);
    write_file("./empty.so", "", 0);
    expect_refused("./empty.so", -ENOEXEC, "an empty file");
    write_file("./text.so", text, sizeof(text));
    expect_refused("./text.so", -ENOEXEC, "a text");
    write_file("./cut.so", &header, sizeof(header));
    expect_refused("./cut.so", -ENOEXEC, "the first 64 bytes of a plugin");
    write_file("./cut.so", &header, 20);
    expect_refused("./cut.so", -ENOEXEC, "the first 20 bytes of a plugin");
    header.e_machine = EM_S390;
    write_file("./other.so", &header, sizeof(header));
    expect_refused("./other.so", -ENOEXEC, "the beginning of a plugin for another machine");
    expect_refused("./.", -ENOEXEC, "a folder");
    subject_done();
}

static void missing_symbols_are_found_at_once(void)
{
    expect_refused("files/unresolved.so", -ENOEXEC, "a plugin that calls what nobody has");
    struct plugin plugin;
    load(&plugin, UPPER);
    unload(&plugin, UPPER);
    subject_done();
}

static void strangers_are_refused(void)
{
    expect_refused("files/tableless.so", -EPROTO, "a shared object without a table");
    expect_refused("files/stranger.so", -EPROTO, "a table with another magic number");
    expect_refused("files/tiny.so", -EPROTO, "a table that is shorter than version 2.0's");
    expect_refused("files/curt.so", -EPROTO, "a table of version 3.1, shorter than version 2.0's");
    expect_refused("files/blank.so", -EPROTO, "a table with the magic number 0");
    expect_refused("files/createless.so", -EPROTO, "a table without the function create");
    expect_refused("files/destroyless.so", -EPROTO, "a table without the function destroy");
    expect_refused("files/feedless.so", -EPROTO, "a table without the function feed");
    expect_refused("files/nameless.so", -EPROTO, "a table without a name");
    subject_done();
}

static void other_major_versions_are_refused(void)
{
    expect_refused("files/first.so", -EPROTONOSUPPORT, "a plugin of version 1.1");
    expect_refused("files/third.so", -EPROTONOSUPPORT, "a plugin of version 3.0");
    expect_refused("files/changed.so", -EPROTONOSUPPORT,
                   "a plugin of version 3.1 that has NULL where 2.0 has create");
    subject_done();
}

static void other_minor_versions_work(void)
{
    static const char newer[] = "files/newer.so";
    static const char *const flushless[] = {"files/older.so", "files/short.so", "files/torn.so",
                                            "files/flushless.so"};
    struct heard heard = {.length = 0};
    struct plugin plugin;
    struct stream stream;
    load(&plugin, newer);
    open_stream(&stream, &plugin);
    expect_fed(&stream, "New", "New", "of a plugin of version 2.7");
    expect_result(stream_flush(&stream, hear, &heard), 0, "stream_flush of version 2.7");
    expect_string(heard.text, "[3]", "what stream_flush of version 2.7 emits");
    stream_close(&stream);
    unload(&plugin, newer);
    for (int i = 0; i < 4; i++) {
        load(&plugin, flushless[i]);
        open_stream(&stream, &plugin);
        expect_fed(&stream, "Old", "Old", "of a plugin without flush");
        expect_result(stream_flush(&stream, hear, &heard), -ENOTSUP,
                      "stream_flush of %s, whose table has no flush", flushless[i]);
        expect_string(heard.text, "[3]", "nothing is emitted by stream_flush of %s", flushless[i]);
        stream_close(&stream);
        unload(&plugin, flushless[i]);
    }
    subject_done();
}

/* The error's words are cut where the buffer ends, and what is behind it is left alone. */
static void words_stay_in_their_buffer(void)
{
    static const char *const paths[] = {"files/missing.so", "files/unresolved.so",
                                        "files/stranger.so", "files/first.so"};
    char words[64];
    for (size_t i = 0; i < 4; i++) {
        for (size_t size = 0; size <= 40; size++) {
            struct plugin plugin;
            memset(words, 'x', sizeof(words));
            expect_true(plugin_load(&plugin, paths[i], size ? words : NULL, size) < 0,
                        "plugin_load refuses %s", paths[i]);
            for (size_t at = size; at < sizeof(words); at++)
                expect_int(words[at], 'x', "byte %zu of a buffer, of which %zu were handed over",
                           at, size);
            expect_true(size == 0 || strnlen(words, size) < size,
                        "words in a buffer of %zu bytes end with a zero", size);
        }
    }
    subject_done();
}

/* ---- in use -----------------------------------------------------------------------------------*/

static void unload_is_refused_while_in_use(void)
{
    struct plugin plugin;
    struct stream streams[3];
    load(&plugin, UPPER);
    for (size_t i = 0; i < 3; i++) {
        open_stream(&streams[i], &plugin);
        expect_size(plugin_streams(&plugin), i + 1, "plugin_streams");
    }
    for (size_t left = 3; left > 0; left--) {
        expect_result(plugin_unload(&plugin), -EBUSY, "plugin_unload while %zu streams are open",
                      left);
        expect_true(is_loaded(UPPER), "the plugin is loaded after a refused unload");
        expect_size(plugin_streams(&plugin), left, "plugin_streams after a refused unload");
        expect_fed(&streams[left - 1], "in use", "IN USE", "after a refused unload");
        stream_close(&streams[left - 1]);
    }
    expect_size(plugin_streams(&plugin), 0, "plugin_streams after all were closed");
    open_stream(&streams[0], &plugin);
    expect_result(plugin_unload(&plugin), -EBUSY, "plugin_unload while a new stream is open");
    stream_close(&streams[0]);
    unload(&plugin, UPPER);
    subject_done();
}

struct leaver {
    struct plugin *plugin;
    int said;
};

static int leave(void *context, const char *bytes, size_t size_bytes)
{
    struct leaver *leaver = context;
    (void)bytes, (void)size_bytes;
    leaver->said = plugin_unload(leaver->plugin);
    return 0;
}

/* A callback is called from within the plugin: its code has to stay until the call is over. */
static void callbacks_cannot_unload(void)
{
    struct plugin plugin;
    struct stream stream;
    struct leaver leaver = {&plugin, 0};
    load(&plugin, UPPER);
    open_stream(&stream, &plugin);
    expect_result(stream_feed(&stream, "leave", 5, leave, &leaver), 0,
                  "stream_feed with a callback that unloads the plugin");
    expect_result(leaver.said, -EBUSY, "plugin_unload from a callback of one of its streams");
    expect_fed(&stream, "stay", "STAY", "after a callback tried to unload the plugin");
    leaver.said = 0;
    expect_result(stream_flush(&stream, leave, &leaver), 0,
                  "stream_flush with a callback that unloads the plugin");
    expect_result(leaver.said, -EBUSY, "plugin_unload from a callback of one of its streams");
    stream_close(&stream);
    unload(&plugin, UPPER);
    subject_done();
}

static void one_file_may_be_loaded_twice(void)
{
    struct plugin first, second;
    struct stream stream;
    load(&first, UPPER);
    load(&second, UPPER);
    open_stream(&stream, &second);
    expect_size(plugin_streams(&first), 0, "plugin_streams of the one, with a stream of the other");
    expect_result(plugin_unload(&second), -EBUSY, "plugin_unload of the one with a stream");
    expect_result(plugin_unload(&first), 0, "plugin_unload of the one without");
    expect_true(is_loaded(UPPER), "the file stays loaded for the second");
    expect_fed(&stream, "second", "SECOND", "after the first was unloaded");
    stream_close(&stream);
    unload(&second, UPPER);
    subject_done();
}

static void plugins_do_not_meet(void)
{
    static const char path[] = "files/lower.so";
    struct plugin upper, lower;
    struct stream up, down;
    load(&upper, UPPER);
    load(&lower, path);
    open_stream(&up, &upper);
    open_stream(&down, &lower);
    expect_fed(&up, "Both", "BOTH",
               "of upper, beside lower, which has functions of the same names");
    expect_fed(&down, "Both", "both",
               "of lower, beside upper, which has functions of the same names");
    expect_int(filters_alive(UPPER), 1, "one stream of upper is one filter of upper's");
    stream_close(&up);
    unload(&upper, UPPER);
    expect_fed(&down, "Alone", "alone", "of lower, after upper was unloaded");
    stream_close(&down);
    unload(&lower, path);
    subject_done();
}

static void refused_filters_are_handed_on(void)
{
    static const char path[] = "files/grudging.so";
    struct plugin plugin;
    struct stream one, two, three, before;
    load(&plugin, path);
    open_stream(&one, &plugin);
    open_stream(&two, &plugin);
    memset(&three, 0x5a, sizeof(three));
    memset(&before, 0x5a, sizeof(before));
    expect_result(stream_open(&three, &plugin), -EAGAIN, "stream_open when create says -EAGAIN");
    expect_bytes(&three, &before, sizeof(three), "*stream is as it was when create has refused");
    expect_size(plugin_streams(&plugin), 2, "plugin_streams after create has refused");
    stream_close(&one);
    open_stream(&three, &plugin);
    stream_close(&two);
    stream_close(&three);
    unload(&plugin, path);
    subject_done();
}

/* A grader's sandbox has room for 64 descriptors. */
static void nothing_is_used_up(void)
{
    enum { ROUNDS = 100, KINDS = 5 };
    static const struct {
        const char *path;
        int result;
    } all[] = {{UPPER, 0},
               {"files/missing.so", -ENOENT},
               {"files/unresolved.so", -ENOEXEC},
               {"files/feedless.so", -EPROTO},
               {"files/third.so", -EPROTONOSUPPORT}};
    char words[100];
    int next = dup(0);
    close(next);
    for (size_t i = 0; i < (size_t)ROUNDS * KINDS; i++) {
        struct plugin plugin;
        const char *path = all[i % KINDS].path;
        expect_result(plugin_load(&plugin, path, words, sizeof(words)), all[i % KINDS].result,
                      "plugin_load of %s, for the %zuth time", path, i / KINDS + 1);
        if (all[i % KINDS].result == 0)
            expect_result(plugin_unload(&plugin), 0, "plugin_unload, for the %zuth time",
                          i / KINDS + 1);
        expect_true(!is_loaded(path), "%s is not loaded afterwards", path);
    }
    int now = dup(0);
    close(now);
    expect_int(now, next, "the number of the next file that is opened, after %d rounds", ROUNDS);
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"a_plugin_is_loaded", a_plugin_is_loaded},
    {"streams_do_their_work", streams_do_their_work},
    {"callbacks_have_their_context", callbacks_have_their_context},
    {"missing_files_are_told", missing_files_are_told},
    {"damaged_files_are_refused", damaged_files_are_refused},
    {"missing_symbols_are_found_at_once", missing_symbols_are_found_at_once},
    {"strangers_are_refused", strangers_are_refused},
    {"other_major_versions_are_refused", other_major_versions_are_refused},
    {"other_minor_versions_work", other_minor_versions_work},
    {"words_stay_in_their_buffer", words_stay_in_their_buffer},
    {"unload_is_refused_while_in_use", unload_is_refused_while_in_use},
    {"callbacks_cannot_unload", callbacks_cannot_unload},
    {"one_file_may_be_loaded_twice", one_file_may_be_loaded_twice},
    {"plugins_do_not_meet", plugins_do_not_meet},
    {"refused_filters_are_handed_on", refused_filters_are_handed_on},
    {"nothing_is_used_up", nothing_is_used_up},
    {NULL, NULL},
};
