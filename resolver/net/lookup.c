#include "resolver/net/lookup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resolver/base/quote.h"

/* What the child writes into the pipe, in one write (below PIPE_BUF, so it arrives whole). */
struct answer {
    int failure; /* EAI_*, 0 for success */
    int reason;  /* errno with EAI_SYSTEM */
    struct addresses addresses;
};

struct child {
    pid_t pid;
    int pipe; /* its end to read */
};

static bool add_address(struct addresses *addresses, const struct sockaddr *from, uint16_t port)
{
    union address *address = &addresses->list[addresses->count];

    if (addresses->count == ADDRESSES_MAX)
        return false;
    if (from->sa_family == AF_INET) {
        memcpy(&address->v4, from, sizeof address->v4);
        address->v4.sin_port = htons(port);
    } else if (from->sa_family == AF_INET6) {
        memcpy(&address->v6, from, sizeof address->v6);
        address->v6.sin6_port = htons(port);
    } else {
        return false;
    }
    addresses->count++;
    return true;
}

/* The host's text; url.c has refused what would not fit. */
static void copy_host(const struct url *url, char name[URL_HOST_MAX + 1])
{
    memcpy(name, url->host.ptr, url->host.len);
    name[url->host.len] = '\0';
}

static enum err_code read_literal(const struct url *url, struct addresses *addresses)
{
    union address address = {.v6 = {.sin6_family = AF_INET6}};
    char name[URL_HOST_MAX + 1];

    copy_host(url, name);
    if (url->host_type == URL_HOST_IPV4) {
        address.v4 = (struct sockaddr_in){.sin_family = AF_INET};
        inet_pton(AF_INET, name, &address.v4.sin_addr);
    } else {
        inet_pton(AF_INET6, name, &address.v6.sin6_addr);
    }
    add_address(addresses, &address.any, url->port);
    return ERR_OK;
}

/* The first of the wanted family, or not of it, that has not been taken. */
static const struct addrinfo *next_of(const struct addrinfo *from, int family, bool is_same)
{
    while (from && (from->ai_family == family) != is_same)
        from = from->ai_next;
    return from;
}

/* RFC 8305 4: families take turns, beginning with the one that the C library prefers. */
static void interleave(const struct addrinfo *found, uint16_t port, struct addresses *addresses)
{
    int family = found->ai_family;
    const struct addrinfo *first = found, *second = next_of(found, family, false);

    while (first || second) {
        if (first) {
            add_address(addresses, first->ai_addr, port);
            first = next_of(first->ai_next, family, true);
        }
        if (second) {
            add_address(addresses, second->ai_addr, port);
            second = next_of(second->ai_next, family, false);
        }
    }
}

static void look_up_and_exit(const char *name, uint16_t port, int pipe)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
    struct answer answer = {0};
    ssize_t written;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    answer.failure = getaddrinfo(name, NULL, &hints, &found);
    answer.reason = errno;
    if (answer.failure == 0)
        interleave(found, port, &answer.addresses);
    written = write(pipe, &answer, sizeof answer);
    _exit(written == (ssize_t)sizeof answer ? 0 : 1);
}

static enum err_code start_child(const char *name, uint16_t port, struct child *child,
                                 struct err *err)
{
    sigset_t all, before;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC))
        return err_set(err, ERR_IO, "cannot look up names: pipe: %s", strerror(errno));
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    child->pid = fork();
    if (child->pid == 0)
        look_up_and_exit(name, port, ends[1]);
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    child->pipe = ends[0];
    if (child->pid > 0)
        return ERR_OK;
    close(ends[0]);
    return err_set(err, ERR_IO, "cannot look up names: fork: %s", strerror(errno));
}

/* Killing a child that has answered does no harm; it is gone in any case. */
static void end_child(const struct child *child)
{
    kill(child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(child->pipe);
}

static enum err_code read_answer(const struct child *child, struct watch *watch,
                                 struct answer *answer, struct err *err)
{
    ssize_t got;

    if (watch_wait(watch, child->pipe, POLLIN, err))
        return err_add(err, "looking up the host's name");
    do
        got = read(child->pipe, answer, sizeof *answer);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof *answer)
        return err_set(err, ERR_IO, "looking up the host's name ended without an answer");
    return ERR_OK;
}

static enum err_code report(const struct answer *answer, struct watch *watch, struct err *err)
{
    switch (answer->failure) {
    case EAI_NONAME:
#ifdef EAI_NODATA
    case EAI_NODATA:
#endif
        return err_set(err, ERR_IO, "no such host: its name is not known");
    case EAI_AGAIN:
        watch->is_broken = true;
        return err_set(err, ERR_IO, "the name servers do not answer");
    case EAI_SYSTEM:
        return err_set(err, ERR_IO, "its name cannot be looked up: %s", strerror(answer->reason));
    default:
        return err_set(err, ERR_IO, "its name cannot be looked up: %s",
                       gai_strerror(answer->failure));
    }
}

static enum err_code look_up_name(const struct url *url, struct watch *watch,
                                  struct addresses *addresses, struct err *err)
{
    char name[URL_HOST_MAX + 1];
    struct answer answer = {0};
    struct child child = {0};
    enum err_code rc;

    copy_host(url, name);
    if (start_child(name, url->port, &child, err))
        return err->code;
    rc = read_answer(&child, watch, &answer, err);
    end_child(&child);
    if (rc)
        return rc;
    if (answer.failure)
        return report(&answer, watch, err);
    *addresses = answer.addresses;
    if (addresses->count == 0)
        return err_set(err, ERR_IO, "no such host: it has no address");
    return ERR_OK;
}

enum err_code lookup(const struct url *url, struct watch *watch, struct addresses *addresses,
                     struct err *err)
{
    *addresses = (struct addresses){0};
    if (url->host_type != URL_HOST_NAME)
        return read_literal(url, addresses);
    if (look_up_name(url, watch, addresses, err))
        return err_add(err, "host %s", quote(url->host).text);
    return ERR_OK;
}

socklen_t address_size(const union address *address)
{
    return address->any.sa_family == AF_INET ? (socklen_t)sizeof address->v4
                                             : (socklen_t)sizeof address->v6;
}

struct address_text address_show(const union address *address)
{
    struct address_text shown;
    char name[INET6_ADDRSTRLEN] = "?";
    bool is_v4 = address->any.sa_family == AF_INET;

    inet_ntop(address->any.sa_family,
              is_v4 ? (const void *)&address->v4.sin_addr : (const void *)&address->v6.sin6_addr,
              name, sizeof name);
    snprintf(shown.text, sizeof shown.text, "%s port %u", name,
             (unsigned)ntohs(is_v4 ? address->v4.sin_port : address->v6.sin6_port));
    return shown;
}
