/*
 * watch.h - the time limit of a connection, and whether it broke.
 *
 * In the flow:  fetch sets the limit -> [watch] <- lookup, tcp_connect and tcp obey it
 * Why shared:   TLS lies between fetch and tcp and knows nothing of time. So the limit is not
 *               handed down with each call: owner and connection share one struct watch. A limit is
 *               a point in time, not a span per call: a server that sends one byte a minute
 *               makes no call wait long, and yet runs into it.
 * Clock:        CLOCK_MONOTONIC: changes of the machine's date do not matter.
 */
#ifndef SEALIFT_NET_WATCH_H
#define SEALIFT_NET_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/err.h"

struct watch {
    int64_t deadline_ms; /* on the monotonic clock */
    unsigned limit_ms;   /* the span it was set to, for messages */
    bool is_broken;      /* set by who finds that the connection failed, ended or ran out of time:
                          * what cannot be helped by trying again leaves it alone */
};

struct duration_text {
    char text[24];
};

/* Milliseconds on the monotonic clock. */
int64_t watch_clock_ms(void);

/* Sleeps that long. */
void watch_sleep_ms(unsigned ms);

/* Starts a limit of limit_ms from now, and forgets that anything broke. */
void watch_start(struct watch *watch, unsigned limit_ms);

/* Milliseconds left, 0 when the time is over. */
int watch_left_ms(const struct watch *watch);

/* Sets "timed out after 30 s", marks the watch as broken and returns ERR_IO. */
enum err_code watch_timed_out(struct watch *watch, struct err *err);

/* Waits until fd has one of the events (POLLIN, POLLOUT) or has failed, which the next call on it
 * tells. ERR_IO when the time is over, or when poll fails. */
enum err_code watch_wait(struct watch *watch, int fd, short events, struct err *err) MUST_USE;

/* "30 s", "250 ms". */
struct duration_text duration_show(unsigned ms);

#endif
