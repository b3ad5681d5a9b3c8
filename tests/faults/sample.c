/*
 * sample.c - a small program with one bad habit at a time, for the test of tests/faults/run itself:
 * each habit must be found (self-test.py).
 *
 *     sample HABIT    reads the file "in", writes its bytes to standard output
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *habit;

static int has(const char *name)
{
    return strcmp(habit, name) == 0;
}

static int fail(int status)
{
    fprintf(stderr, "sealift: failed\n");
    return status;
}

static ssize_t read_all(int fd, char *bytes, size_t size)
{
    ssize_t len = 0, got;

    while ((got = read(fd, bytes + len, size - (size_t)len)) > 0) {
        len += got;
        if (has("trusts-short-reads"))
            break;
    }
    return got < 0 && !has("ignores-read") ? -1 : len;
}

static int print(const char *bytes, size_t len)
{
    if (has("prints-first"))
        (void)!write(1, "x", 1);
    if (has("leaves-a-file"))
        close(open("rest", O_WRONLY | O_CREAT, 0600));
    while (len > 0) {
        ssize_t put = write(1, bytes, len);

        if (put <= 0)
            return -1;
        bytes += put;
        len -= (size_t)put;
    }
    if (has("leaves-a-file"))
        unlink("rest");
    return 0;
}

/* Many allocations at one place, then one at another. */
static void allocate_often(void)
{
    char *bytes = NULL;

    for (int i = 0; i < 200; i++) {
        char *more = malloc(1);

        if (more || (i == 199 && has("ignores-the-last-malloc")))
            more[0] = 'x';
        free(more);
    }
    bytes = malloc(2);
    if (bytes || has("ignores-a-late-malloc"))
        bytes[0] = 'x';
    free(bytes);
}

int main(int argc, char **argv)
{
    int fd, status = 0;
    char *bytes;
    ssize_t len;

    habit = argc > 1 ? argv[1] : "none";
    fd = open("in", O_RDONLY);
    if (fd < 0)
        return fail(10);
    bytes = malloc(100);
    if (!bytes && has("ignores-malloc"))
        bytes[0] = 'x';
    if (!bytes)
        return has("silent") ? 11 : fail(has("calls-it-a-bug") ? 1 : 11);
    allocate_often();
    len = read_all(fd, bytes, 100);
    if (len < 0 || print(bytes, (size_t)len) != 0)
        status = fail(10);
    if (status == 0 || !has("leaks"))
        free(bytes);
    bytes = NULL;
    return status;
}
