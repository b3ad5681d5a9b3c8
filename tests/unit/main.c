/*
 * main.c - runs every registered test, or those whose "file:name" contains an argument.
 * Prints failures alone, then "N passed, N failed, N skipped".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/test.h"

#define KEPT_MAX 4096

static struct test *tests;
static const struct test *running;
static bool running_failed, running_skipped;
static bool may_fail; /* it will be tried again: nothing is printed */
static struct {
    void *memory;
    size_t size;
} kept[KEPT_MAX];
static size_t kept_count;

void test_register(struct test *test)
{
    test->next = tests;
    tests = test;
}

__attribute__((format(printf, 3, 4))) static void fail(const char *file, int line, const char *format, ...)
{
    va_list values;

    running_failed = true;
    if (may_fail)
        return;
    printf("%s:%d: %s: ", file, line, running->name);
    va_start(values, format);
    vprintf(format, values);
    va_end(values);
}

void test_check(bool good, const char *file, int line, const char *what)
{
    if (good)
        return;
    fail(file, line, "not so: %s\n", what);
}

void test_check_text(const char *want, struct slice have, const char *file, int line)
{
    if (slice_is(have, want))
        return;
    fail(file, line, "have \"%.*s\"\n    want \"%s\"\n", (int)have.len, (const char *)have.ptr, want);
}

void test_check_number(long long want, long long have, const char *what, const char *file,
                       int line)
{
    if (want == have)
        return;
    fail(file, line, "%s: have %lld, want %lld\n", what, have, want);
}

void test_check_err(enum err_code want, const char *want_msg, enum err_code have,
                    const struct err *err, const char *file, int line)
{
    bool text_differs = want != ERR_OK && want_msg && strcmp(want_msg, err->msg) != 0;

    if (want == have && !text_differs)
        return;
    fail(file, line, "have %s \"%s\"\n    want %s \"%s\"\n", err_name(have), have ? err->msg : "", err_name(want),
         want_msg ? want_msg : "");
}

void test_skip(const char *why)
{
    running_skipped = true;
    printf("%s: %s: skipped: %s\n", running->file, running->name, why);
}

/* size bytes that end where an unreadable page begins. */
static unsigned char *guarded(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t body = (size + page - 1) / page * page;
    unsigned char *memory;

    memory = mmap(NULL, body + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || kept_count == KEPT_MAX || mprotect(memory + body, page, PROT_NONE)) {
        perror("test memory");
        exit(1);
    }
    kept[kept_count].memory = memory;
    kept[kept_count++].size = body + page;
    return memory + body - size;
}

static void release_kept(void)
{
    while (kept_count > 0) {
        kept_count--;
        munmap(kept[kept_count].memory, kept[kept_count].size);
    }
}

struct slice test_guarded(struct slice bytes)
{
    unsigned char *copy = guarded(bytes.len);

    if (bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    return slice_of(copy, bytes.len);
}

struct slice test_file(const char *path)
{
    struct slice content = {NULL, 0};
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && fstat(fd, &status) == 0) {
        unsigned char *bytes = guarded((size_t)status.st_size);

        if (read(fd, bytes, (size_t)status.st_size) == (ssize_t)status.st_size)
            content = slice_of(bytes, (size_t)status.st_size);
    }
    if (!content.ptr)
        fail(path, 0, "cannot be read: %s\n", strerror(errno));
    if (fd >= 0)
        close(fd);
    return content;
}

static bool is_wanted(const struct test *test, int argc, char **argv)
{
    char full[512];

    snprintf(full, sizeof full, "%s:%s", test->file, test->name);
    for (int i = 1; i < argc; i++) {
        if (strstr(full, argv[i]))
            return true;
    }
    return argc < 2;
}

static void run_test(void)
{
    int left = running->tries;

    do {
        running_failed = running_skipped = false;
        may_fail = --left > 0;
        running->run();
        release_kept();
    } while (running_failed && left > 0);
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0, skipped = 0;

    for (running = tests; running; running = running->next) {
        if (!is_wanted(running, argc, argv))
            continue;
        run_test();
        failed += running_failed;
        skipped += !running_failed && running_skipped;
        passed += !running_failed && !running_skipped;
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed ? 1 : 0;
}
