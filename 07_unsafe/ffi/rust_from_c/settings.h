/* settings.h - "key = value" lines, parsed in Rust.
 *
 * The other direction: the library is Rust's and the program is C's. What was said in ffi.h holds with
 * the sides exchanged, and the compiler that knows who owns what is now behind the border.
 *
 *     C's side                                Rust's side
 *     struct settings * --- owns ---->        Box<Settings>                settings_destroy
 *     key, value        <-- borrows --        during visit, or until settings_destroy
 *     text, error       --- owns ---->        CString                      settings_text_free
 *     text of settings_adopt, taken over      given back by calling free_fn once
 *
 * Invariant: a panic does not leave Rust. It becomes -ENOTRECOVERABLE, with its message in *error.
 *
 * Errors: 0 or -errno; -EINVAL for a NULL that may not be. char **error may be NULL; else *error is
 * NULL on success, and on an error a text to be read and given to settings_text_free, or NULL.
 *
 * Threads: settings do not change: any number at once, but for destroy.
 *
 * Do not: give a text of Rust's to free(3), it is of another allocator; longjmp out of visit.
 *
 * Interface: settings_adopt settings_destroy settings_count settings_value settings_each
 *            settings_to_text settings_text_free
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct settings;

/* Called for each setting; neither text ends with a zero. Returns: 0 to go on, or what settings_each
 * is to return. */
typedef int (*settings_visit_fn)(void *context, const char *key, size_t key_bytes,
                                 const char *value, size_t value_bytes);
typedef void (*settings_free_fn)(void *text, size_t text_bytes, void *context);

/* Parse text: lines "key = value", empty ones, and comments after '#'. Nothing is copied.
 * Owns: on 0 the settings own text, and call free_fn(text, text_bytes, context) once, in
 * settings_destroy; free_fn may be NULL. On an error text is the caller's as before.
 * Errors: -EILSEQ not UTF-8; -EBADMSG a line that is none of the three, which *error names. */
int settings_adopt(char *text, size_t text_bytes, settings_free_fn free_fn, void *context,
                   struct settings **out, char **error);

/* NULL is ignored. */
void settings_destroy(struct settings *settings);

/* Returns: how many there are; 0 for NULL. */
size_t settings_count(const struct settings *settings);

/* The value of that number, from 0. Owns: the settings.
 * Errors: -ENOTRECOVERABLE: there is no such number, and Rust panics where C would read on. */
int settings_value(const struct settings *settings, size_t number, const char **value,
                   size_t *value_bytes, char **error);

/* Returns: 0, or the first result of visit that is not 0. */
int settings_each(const struct settings *settings, settings_visit_fn visit, void *context);

/* *text = all settings, sorted, a line each, with a zero behind them. Owns: the caller, until
 * settings_text_free. Errors: -EILSEQ: a zero inside. */
int settings_to_text(const struct settings *settings, char **text);

/* Give back a text that came from here. NULL is ignored. */
void settings_text_free(char *text);

#ifdef __cplusplus
}
#endif

#endif
