/* What a program printed, cleaned and searched for a sanitizer's report. The input picks from a sanitizer's
 * own phrases, with raw bytes between them; clean text is UTF-8, and a report lies within the output. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/text.h"
#include "grader/engine/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PIECES_MAX = 400 };

static const char *const phrases[] = {
    "==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x6 at pc 0x5 bp 0x7 sp 0x7\n",
    "READ of size 4 at 0x602000000018 thread T0\n",
    "    #0 0x55 in arena_alloc /work/arena.c:57\n",
    "    #1 0x56 in main /kit/test.c:5:9\n",
    "==1==ERROR: LeakSanitizer: detected memory leaks\n",
    "WARNING: ThreadSanitizer: data race (pid=1)\n",
    "FATAL: ThreadSanitizer: unexpected memory mapping\n",
    "arena.c:7:3: runtime error: signed integer overflow\n",
    "=================================================================\n",
    "SUMMARY: AddressSanitizer: heap-buffer-overflow arena.c:57 in arena_alloc\n",
    "freed by thread T0 here:\n",
    "\n",
};

static void check_clean(const char *clean)
{
    size_t length = strlen(clean);
    for (size_t at = 0; at < length;) {
        size_t character = text_valid_utf8((const unsigned char *)clean + at, length - at);
        unsigned char byte = (unsigned char)clean[at];
        if (character == 0 || (byte < ' ' && byte != '\n' && byte != '\t') || byte == 127)
            abort();
        at += character;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text text = {NULL, 0, 0, false};
    text_append_bytes(&text, "", 0);
    for (size_t i = 0; i < size && i < PIECES_MAX; i++) {
        if (data[i] % 3 == 0) {
            const char *phrase = phrases[data[i] / 3 % (sizeof(phrases) / sizeof(phrases[0]))];
            text_append_bytes(&text, phrase, strlen(phrase) - (data[i] > 200));
        } else {
            text_append_bytes(&text, (const char *)&data[i], 1);
        }
    }
    char *clean = text.data ? text_clean(text.data, text.length) : NULL;
    struct report report;
    if (clean) {
        check_clean(clean);
        report_of_fault(clean);
        if (report_parse(clean, "arena.c", &report)) {
            if (report.begin > report.end || report.end > strlen(clean))
                abort();
            report_fini(&report);
        }
    }
    free(clean);
    text_fini(&text);
    return 0;
}
