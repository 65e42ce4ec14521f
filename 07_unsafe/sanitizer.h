/* sanitizer.h - which sanitizer this translation unit is compiled for: 1 or 0, in one spelling.
 *
 * gcc defines a macro for each sanitizer; clang, up to 21, answers the question __has_feature instead, and a
 * compiler without that question does not parse it. Code that depends on the answer and the code that calls
 * it must be built alike.
 *
 * Interface: SANITIZER_ADDRESS SANITIZER_THREAD
 * Do not: switch off a check with it, or behave differently where a user could tell; it is for telling the
 * sanitizer what it cannot see.
 */
#ifndef SYSLAB_UNSAFE_SANITIZER_H
#define SYSLAB_UNSAFE_SANITIZER_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZER_ADDRESS 1
#elif __has_feature(thread_sanitizer)
#define SANITIZER_THREAD 1
#endif
#endif

#if defined(__SANITIZE_ADDRESS__) && !defined(SANITIZER_ADDRESS)
#define SANITIZER_ADDRESS 1
#endif
#if defined(__SANITIZE_THREAD__) && !defined(SANITIZER_THREAD)
#define SANITIZER_THREAD 1
#endif

#ifndef SANITIZER_ADDRESS
#define SANITIZER_ADDRESS 0
#endif
#ifndef SANITIZER_THREAD
#define SANITIZER_THREAD 0
#endif

#endif
