#include "resolver/cli/progress.h"

#include <string.h>

#include "tests/unit/test.h"

static void check_line(const char *want, uint64_t done, uint64_t total, uint64_t rate, size_t columns)
{
    char line[PROGRESS_LINE_SIZE];

    memset(line, 'x', sizeof line);
    progress_line("verifying", done, total, rate, columns, line);
    CHECK_TEXT(want, slice_text(line));
    CHECK(strlen(line) < columns);
}

TEST(progress_line_fits_the_terminal)
{
    check_line("verifying #######....................... 250.0 MB  25%, 50.0 MB/s, 15 s left", 250000000,
               1000000000, 50000000, 200);
    check_line("verifying #######....................... 250.0 MB  25%, 50.0 MB/s, 15 s left", 250000000,
               1000000000, 50000000, 80);
    check_line("verifying ###.......... 250.0 MB  25%, 50.0 MB/s, 15 s left", 250000000, 1000000000,
               50000000, 60);
    check_line("verifying #... 250.0 MB  25%, 50.0 MB/s, 15 s left", 250000000, 1000000000, 50000000,
               51);
    check_line("verifying 250.0 MB  25%, 50.0 MB/s, 15 s left", 250000000, 1000000000, 50000000, 50);
    check_line("verifying 250.0 MB  25%, 50.0 MB/s, 15 ", 250000000, 1000000000, 50000000, 40);
    check_line("", 250000000, 1000000000, 50000000, 1);
}

TEST(progress_line_says_what_is_known)
{
    check_line("verifying 999 B, 0 B/s", 999, 0, 0, 80);
    check_line("verifying 1.0 kB, 20 B/s", 1000, 0, 20, 80);
    check_line("verifying .............................. 0 B   0%, 0 B/s", 0, 10, 0, 80);
    check_line("verifying ############################## 10 B 100%, 5 B/s, 0 s left", 10, 10, 5, 80);
    check_line("verifying ############################## 20 B 200%, 5 B/s, 0 s left", 20, 10, 5, 80);
}
