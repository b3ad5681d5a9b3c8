#include "resolver/net/watch.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "tests/unit/test.h"

TEST(watch_waits_until_something_comes)
{
    struct watch watch;
    struct err err;
    int ends[2];

    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    watch_start(&watch, LONG_MS);
    CHECK(write(ends[1], "x", 1) == 1);
    CHECK_OK(watch_wait(&watch, ends[0], POLLIN, &err), err);
    CHECK(!watch.is_broken);
    close(ends[1]);
    close(ends[0]);
}

TIMED_TEST(watch_ends_when_the_time_is_over)
{
    struct watch watch = {0};
    struct err err;
    int64_t before = watch_clock_ms();
    int ends[2];

    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    watch_start(&watch, 30);
    CHECK(watch_left_ms(&watch) > 0 && watch_left_ms(&watch) <= 30);
    CHECK_ERR(ERR_IO, "timed out after 30 ms", watch_wait(&watch, ends[0], POLLIN, &err), err);
    CHECK(watch_clock_ms() - before >= 30);
    CHECK(watch.is_broken);
    CHECK_NUMBER(0, watch_left_ms(&watch));
    watch_start(&watch, 2000);
    CHECK(!watch.is_broken);
    CHECK_ERR(ERR_IO, "timed out after 2 s", watch_timed_out(&watch, &err), err);
    close(ends[1]);
    close(ends[0]);
}

TEST(watch_shows_durations)
{
    CHECK_TEXT("0 s", slice_text(duration_show(0).text));
    CHECK_TEXT("250 ms", slice_text(duration_show(250).text));
    CHECK_TEXT("30 s", slice_text(duration_show(30000).text));
    CHECK_TEXT("4294967295 ms", slice_text(duration_show(4294967295).text));
}

TEST(watch_left_is_capped)
{
    struct watch watch;

    watch_start(&watch, 4294967295);
    CHECK_NUMBER(0x7fffffff, watch_left_ms(&watch));
}

TEST(watch_sleeps)
{
    int64_t before = watch_clock_ms();

    watch_sleep_ms(20);
    CHECK(watch_clock_ms() - before >= 19);
}
