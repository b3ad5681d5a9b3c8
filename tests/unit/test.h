/*
 * test.h - the whole test harness: tests that register themselves, checks that say what they had.
 *
 *     TEST(hex_refuses_odd_length)
 *     {
 *         CHECK(!hex_decode(SLICE("abc"), out, 1));
 *         CHECK_ERR(ERR_FORMAT, "offset 3: ...", json_parse(..., &err), err);
 *     }
 *
 * A failed check is printed with its place and ends neither the test nor the program.
 */
#ifndef SEALIFT_TESTS_TEST_H
#define SEALIFT_TESTS_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

struct test {
    const char *file;
    const char *name;
    void (*run)(void);
    int tries;
    struct test *next;
};

void test_register(struct test *test);
void test_check(bool good, const char *file, int line, const char *what);
void test_check_text(const char *want, struct slice have, const char *file, int line);
void test_check_number(long long want, long long have, const char *what, const char *file,
                       int line);
/* want_msg may be NULL (any message). */
void test_check_err(enum err_code want, const char *want_msg, enum err_code have,
                    const struct err *err, const char *file, int line);
/* Says that the running test cannot run here, and why; it then counts as skipped. */
void test_skip(const char *why);

/* A copy of the bytes that ends at an unreadable page, so that a read past the end is a crash.
 * Lives until the test ends. */
struct slice test_guarded(struct slice bytes);

/* The whole of a file below the repository's root ("fixtures/..."); a failed check and an empty
 * slice when it cannot be read. Lives until the test ends. */
struct slice test_file(const char *path);

#define LONG_MS 3600000 /* a time limit that is not over where the machine stands still for a while */

#define TEST(test_name) TEST_TRIED(test_name, 1)

/* A test with a short time limit, which is over too early where the machine stands still: it fails when it
 * has failed each of five times. */
#define TIMED_TEST(test_name) TEST_TRIED(test_name, 5)

#define TEST_TRIED(test_name, tries)                                                           \
    static void test_name(void);                                                               \
    __attribute__((constructor)) static void register_##test_name(void)                        \
    {                                                                                          \
        static struct test test = {__FILE__, #test_name, test_name, tries, NULL};              \
        test_register(&test);                                                                  \
    }                                                                                          \
    static void test_name(void)

#define CHECK(condition) test_check((condition), __FILE__, __LINE__, #condition)
#define CHECK_TEXT(want, slice) test_check_text((want), (slice), __FILE__, __LINE__)
#define CHECK_NUMBER(want, have)                                                               \
    test_check_number((long long)(want), (long long)(have), #have, __FILE__, __LINE__)
#define CHECK_OK(call, err) test_check_err(ERR_OK, NULL, (call), &(err), __FILE__, __LINE__)
#define CHECK_ERR(code, msg, call, err)                                                        \
    test_check_err((code), (msg), (call), &(err), __FILE__, __LINE__)

#endif
