#include "resolver/net/watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t watch_clock_ms(void)
{
    struct timespec now = {0, 0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void watch_sleep_ms(unsigned ms)
{
    struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};

    while (nanosleep(&left, &left) && errno == EINTR)
        ;
}

void watch_start(struct watch *watch, unsigned limit_ms)
{
    watch->deadline_ms = watch_clock_ms() + limit_ms;
    watch->limit_ms = limit_ms;
    watch->is_broken = false;
}

int watch_left_ms(const struct watch *watch)
{
    int64_t left = watch->deadline_ms - watch_clock_ms();

    if (left <= 0)
        return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

enum err_code watch_timed_out(struct watch *watch, struct err *err)
{
    watch->is_broken = true;
    return err_set(err, ERR_IO, "timed out after %s", duration_show(watch->limit_ms).text);
}

enum err_code watch_wait(struct watch *watch, int fd, short events, struct err *err)
{
    struct pollfd poller = {.fd = fd, .events = events};
    int left, ready;

    do {
        left = watch_left_ms(watch);
        if (left == 0)
            return watch_timed_out(watch, err);
        ready = poll(&poller, 1, left);
    } while (ready == 0 || (ready < 0 && errno == EINTR));
    if (ready > 0)
        return ERR_OK;
    watch->is_broken = true;
    return err_set(err, ERR_IO, "cannot wait for the connection: %s", strerror(errno));
}

struct duration_text duration_show(unsigned ms)
{
    struct duration_text shown;

    if (ms % 1000)
        snprintf(shown.text, sizeof shown.text, "%u ms", ms);
    else
        snprintf(shown.text, sizeof shown.text, "%u s", ms / 1000);
    return shown;
}
