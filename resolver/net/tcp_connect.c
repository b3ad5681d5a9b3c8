#include "resolver/net/tcp_connect.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "resolver/net/tcp.h"

/* Attempts run side by side: sockets[i] belongs to list[i], -1 when it is not under way. */
struct attempts {
    const struct addresses *addresses;
    int sockets[ADDRESSES_MAX];
    size_t started;
    int64_t next_ms; /* when the next one may start */
    char reasons[ERR_MESSAGE_MAX / 2];
};

static void add_reason(struct attempts *attempts, size_t index, int reason)
{
    size_t used = strlen(attempts->reasons);

    snprintf(attempts->reasons + used, sizeof attempts->reasons - used, "%s%s: %s",
             used ? "; " : "", address_show(&attempts->addresses->list[index]).text,
             strerror(reason));
}

static void fail_attempt(struct attempts *attempts, size_t index, int reason)
{
    add_reason(attempts, index, reason);
    if (attempts->sockets[index] >= 0)
        close(attempts->sockets[index]);
    attempts->sockets[index] = -1;
    attempts->next_ms = 0;
}

/* Starts the next address; true when it is connected already (as loopback can be). */
static bool start_attempt(struct attempts *attempts)
{
    size_t index = attempts->started++;
    const union address *address = &attempts->addresses->list[index];
    int one = 1;
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    attempts->sockets[index] = fd;
    attempts->next_ms = watch_clock_ms() + CONNECT_STAGGER_MS;
    if (fd < 0) {
        fail_attempt(attempts, index, errno);
        return false;
    }
    /* only for speed: without it the connection works just as well */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, &address->any, address_size(address)) == 0)
        return true;
    if (errno != EINPROGRESS && errno != EINTR)
        fail_attempt(attempts, index, errno);
    return false;
}

/* The attempt started last of those still under way; the number started when there is none. */
static size_t last_open(const struct attempts *attempts)
{
    for (size_t i = attempts->started; i-- > 0;) {
        if (attempts->sockets[i] >= 0)
            return i;
    }
    return attempts->started;
}

static bool has_open(const struct attempts *attempts)
{
    return last_open(attempts) < attempts->started;
}

/* How long to wait for the attempts under way: until the next may start, or the time is over. */
static int wait_ms(const struct attempts *attempts, const struct watch *watch)
{
    int left = watch_left_ms(watch);
    int64_t until_next = attempts->next_ms - watch_clock_ms();

    if (attempts->started == attempts->addresses->count || until_next >= left)
        return left;
    return until_next > 0 ? (int)until_next : 0;
}

/* The outcome of a socket that poll reports: 0 or an errno. */
static int outcome(int fd)
{
    int reason = 0;
    socklen_t size = sizeof reason;

    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &size) ? errno : reason;
}

/* Waits for one of the attempts; *winner is the index of one that is connected, or stays. */
static enum err_code await(struct attempts *attempts, struct watch *watch, size_t *winner,
                           struct err *err)
{
    struct pollfd pollers[ADDRESSES_MAX];
    int ready;

    for (size_t i = 0; i < attempts->started; i++)
        pollers[i] = (struct pollfd){.fd = attempts->sockets[i], .events = POLLOUT};
    ready = poll(pollers, (nfds_t)attempts->started, wait_ms(attempts, watch));
    if (ready < 0 && errno != EINTR)
        return err_set(err, ERR_IO, "cannot wait for the connection: %s", strerror(errno));
    for (size_t i = 0; ready > 0 && i < attempts->started; i++) {
        int reason;

        if (pollers[i].fd < 0 || pollers[i].revents == 0)
            continue;
        reason = outcome(pollers[i].fd);
        if (reason == 0) {
            *winner = i;
            return ERR_OK;
        }
        fail_attempt(attempts, i, reason);
    }
    return ERR_OK;
}

/* What was not answered, or not even tried, when the time was over; without such a one all have failed. */
static enum err_code report(const struct attempts *attempts, struct watch *watch, struct err *err)
{
    size_t silent = last_open(attempts);

    if (silent == attempts->addresses->count) {
        watch->is_broken = true;
        return err_set(err, ERR_IO, "cannot connect: %s", attempts->reasons);
    }
    watch_timed_out(watch, err);
    return err_add(err, "cannot connect: %s%s%s", attempts->reasons, *attempts->reasons ? "; " : "",
                   address_show(&attempts->addresses->list[silent]).text);
}

static enum err_code race(struct attempts *attempts, struct watch *watch, size_t *winner,
                          struct err *err)
{
    const size_t none = ADDRESSES_MAX, count = attempts->addresses->count;

    *winner = none;
    while (*winner == none) {
        bool may_start = attempts->started < count &&
                         (watch_clock_ms() >= attempts->next_ms || !has_open(attempts));

        if (watch_left_ms(watch) == 0)
            return report(attempts, watch, err);
        if (may_start && start_attempt(attempts))
            *winner = attempts->started - 1;
        else if (has_open(attempts)) {
            if (await(attempts, watch, winner, err))
                return err->code;
        } else if (attempts->started == count) {
            return report(attempts, watch, err);
        }
    }
    return ERR_OK;
}

enum err_code tcp_connect(const struct url *url, struct watch *watch, struct stream *out,
                          struct address_text *peer, struct err *err)
{
    struct addresses addresses;
    struct attempts attempts = {.addresses = &addresses};
    size_t winner = ADDRESSES_MAX;
    int connected = -1;
    enum err_code rc;

    *out = (struct stream){0};
    *peer = (struct address_text){""};
    if (lookup(url, watch, &addresses, err))
        return err->code;
    rc = race(&attempts, watch, &winner, err);
    for (size_t i = 0; i < attempts.started; i++) {
        if (rc == ERR_OK && i == winner)
            connected = attempts.sockets[i];
        else if (attempts.sockets[i] >= 0)
            close(attempts.sockets[i]);
    }
    if (rc)
        return rc;
    *peer = address_show(&addresses.list[winner]);
    return tcp_stream(connected, watch, out, err);
}
