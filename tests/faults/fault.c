/*
 * fault.c - makes the n-th call of a kind fail, as the environment says.
 *
 *     FAULT=alloc:17         the 17th malloc, calloc or realloc gives NULL
 *     FAULT=read:3:EIO       the 3rd read fails with EIO
 *     FAULT=write:2+:ENOSPC  the 2nd write fails, and all after it
 *     FAULT=read:1:SHORT     the 1st read reads one byte
 *     FAULT=read:2:EOF       the 2nd read finds the end of the file
 *     FAULT_FIRED=FILE       that file comes into being when the fault strikes
 *     FAULT_KINDS=FILE       gets a line for each call that could fail, with its kind and its place, so
 *                            that a loop over n knows where to end and which calls are alike
 *
 * How:  linked into a program with `@tests/faults/wrap`, which has the linker lead each call of the
 *       program and of the static libraries through here (--wrap). Calls within the C library stay as
 *       they are. Without FAULT nothing changes.
 * Kinds: the names in `wrap`, but malloc, calloc and realloc together are "alloc", and syscall is
 *       "openat2" (the only one it is used for). close does close before it fails, as Linux does.
 * Place: a number for the way to the call: all return addresses within Sealift, and of the library
 *       that it has called the innermost PLACE_DEPTH. Libraries are what is linked behind this file.
 *
 * tests/faults/run does the loop.
 */
#include <dirent.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAULT_SHORT (-1)
#define FAULT_EOF (-2)
#define PLACE_FRAMES_MAX 100
#define PLACE_DEPTH 2
#define KINDS_FD 500 /* out of the way of those of the program */

int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
ssize_t __real_write(int fd, const void *buf, size_t count);

static const struct {
    const char *name;
    int number;
} errnos[] = {
    {"EACCES", EACCES},
    {"EAGAIN", EAGAIN},
    {"ECONNREFUSED", ECONNREFUSED},
    {"ECONNRESET", ECONNRESET},
    {"EDQUOT", EDQUOT},
    {"EEXIST", EEXIST},
    {"EINTR", EINTR},
    {"EINVAL", EINVAL},
    {"EIO", EIO},
    {"ELOOP", ELOOP},
    {"EMFILE", EMFILE},
    {"ENOENT", ENOENT},
    {"ENOMEM", ENOMEM},
    {"ENOSPC", ENOSPC},
    {"ENOSYS", ENOSYS},
    {"EPERM", EPERM},
    {"EROFS", EROFS},
    {"ETIMEDOUT", ETIMEDOUT},
    {"EXDEV", EXDEV},
    {"SHORT", FAULT_SHORT},
    {"EOF", FAULT_EOF},
};

/* What FAULT says. */
static struct {
    char kind[32];
    unsigned long number; /* 0: no fault */
    bool goes_on;
    int error;
    unsigned long calls; /* of that kind so far */
    int kinds;           /* descriptor of FAULT_KINDS; 0: none */
} fault;

/* A fault that is not understood must not look like one that never strikes. */
static void refuse(const char *text)
{
    static const char message[] = "fault.c: FAULT is not understood: ";

    (void)!__real_write(2, message, sizeof message - 1);
    (void)!__real_write(2, text, strlen(text));
    (void)!__real_write(2, "\n", 1);
    _exit(98);
}

static int errno_of(const char *name)
{
    for (size_t i = 0; i < sizeof errnos / sizeof errnos[0]; i++) {
        if (strcmp(errnos[i].name, name) == 0)
            return errnos[i].number;
    }
    refuse(name);
    return 0;
}

static void open_kinds(const char *path)
{
    int fd = __real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    fault.kinds = fcntl(fd, F_DUPFD_CLOEXEC, KINDS_FD);
    if (fault.kinds < 0)
        refuse(path);
    __real_close(fd);
}

__attribute__((constructor)) static void read_environment(void)
{
    const char *text = getenv("FAULT"), *colon = text ? strchr(text, ':') : NULL;
    const char *kinds = getenv("FAULT_KINDS");
    char *end;

    if (kinds)
        open_kinds(kinds);
    if (!text)
        return;
    if (!colon || (size_t)(colon - text) >= sizeof fault.kind)
        refuse(text);
    memcpy(fault.kind, text, (size_t)(colon - text));
    fault.number = strtoul(colon + 1, &end, 10);
    fault.goes_on = *end == '+';
    end += fault.goes_on;
    fault.error = *end == ':' ? errno_of(end + 1) : ENOMEM;
    if (fault.number == 0 || (*end != ':' && *end != '\0'))
        refuse(text);
}

/* Makes the file that FAULT_FIRED names; errno stays. */
static void note_fired(void)
{
    const char *path = getenv("FAULT_FIRED");
    int kept = errno;
    int fd = path ? __real_open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

    if (fd >= 0)
        __real_close(fd);
    errno = kept;
}

/* fault.o is linked behind all that is ours, and the libraries behind it. */
static bool is_library(const void *address)
{
    return (uintptr_t)address > (uintptr_t)refuse;
}

static uint64_t place_of(const void *caller)
{
    void *frames[PLACE_FRAMES_MAX];
    int count = backtrace(frames, PLACE_FRAMES_MAX), at = 0, in_library = 0;
    bool is_outside = false;
    uint64_t place = 14695981039346656037u; /* FNV-1a, of addresses */

    while (at < count && frames[at] != caller)
        at++;
    for (; at < count; at++) {
        is_outside = is_outside || !is_library(frames[at]);
        if (is_library(frames[at]) && (is_outside || in_library++ >= PLACE_DEPTH))
            continue;
        place = (place ^ (uintptr_t)frames[at]) * 1099511628211u;
    }
    return place;
}

/* Adds a line to FAULT_KINDS; errno stays. */
static void note_call(const char *kind, const void *caller)
{
    int kept = errno;
    char line[64];
    int len;

    if (fault.kinds == 0)
        return;
    len = snprintf(line, sizeof line, "%s %llx\n", kind, (unsigned long long)place_of(caller));
    (void)!__real_write(fault.kinds, line, (size_t)len);
    errno = kept;
}

/* Whether this call of that kind is the one. errno is then set. */
static bool strikes(const char *kind, const void *caller)
{
    note_call(kind, caller);
    if (fault.number == 0 || strcmp(kind, fault.kind) != 0)
        return false;
    fault.calls++;
    if (fault.calls < fault.number || (fault.calls > fault.number && !fault.goes_on))
        return false;
    note_fired();
    errno = fault.error;
    return true;
}

/* For calls that move count bytes: how many they may move, or -1 to fail. */
static ssize_t allowed(const char *kind, size_t count, const void *caller)
{
    if (!strikes(kind, caller))
        return (ssize_t)count;
    if (fault.error == FAULT_SHORT)
        return count > 0;
    return fault.error == FAULT_EOF ? 0 : -1;
}

static bool takes_mode(int flags)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

#define CALLER __builtin_return_address(0)

#define WRAP(type, name, on_failure, parameters, arguments)                                    \
    type __real_##name parameters;                                                             \
    type __wrap_##name parameters;                                                             \
    type __wrap_##name parameters                                                              \
    {                                                                                          \
        if (strikes(#name, CALLER))                                                            \
            return on_failure;                                                                 \
        return __real_##name arguments;                                                        \
    }

/* The same for a call that moves `count` bytes, which is its third parameter. */
#define WRAP_MOVE(name, parameters, arguments)                                                 \
    ssize_t __real_##name parameters;                                                          \
    ssize_t __wrap_##name parameters;                                                          \
    ssize_t __wrap_##name parameters                                                           \
    {                                                                                          \
        ssize_t some = allowed(#name, count, CALLER);                                          \
                                                                                               \
        if (some < 0)                                                                          \
            return -1;                                                                         \
        count = (size_t)some;                                                                  \
        return __real_##name arguments;                                                        \
    }

WRAP_MOVE(read, (int fd, void *buf, size_t count), (fd, buf, count))
WRAP_MOVE(write, (int fd, const void *buf, size_t count), (fd, buf, count))
WRAP_MOVE(pread, (int fd, void *buf, size_t count, off_t at), (fd, buf, count, at))
WRAP_MOVE(pwrite, (int fd, const void *buf, size_t count, off_t at), (fd, buf, count, at))
WRAP_MOVE(recv, (int fd, void *buf, size_t count, int flags), (fd, buf, count, flags))
WRAP_MOVE(send, (int fd, const void *buf, size_t count, int flags), (fd, buf, count, flags))

WRAP(int, fsync, -1, (int fd), (fd))
WRAP(int, fdatasync, -1, (int fd), (fd))
WRAP(int, ftruncate, -1, (int fd, off_t len), (fd, len))
WRAP(int, posix_fallocate, fault.error, (int fd, off_t at, off_t len), (fd, at, len))
WRAP(off_t, lseek, -1, (int fd, off_t at, int from), (fd, at, from))
WRAP(int, flock, -1, (int fd, int operation), (fd, operation))
WRAP(int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
WRAP(int, fchown, -1, (int fd, uid_t user, gid_t group), (fd, user, group))
WRAP(int, stat, -1, (const char *path, struct stat *status), (path, status))
WRAP(int, lstat, -1, (const char *path, struct stat *status), (path, status))
WRAP(int, fstat, -1, (int fd, struct stat *status), (fd, status))
WRAP(int, fstatat, -1, (int at, const char *path, struct stat *status, int flags),
     (at, path, status, flags))
WRAP(int, fstatvfs, -1, (int fd, struct statvfs *status), (fd, status))
WRAP(int, rename, -1, (const char *from, const char *to), (from, to))
WRAP(int, renameat, -1, (int at, const char *from, int to_at, const char *to), (at, from, to_at, to))
WRAP(int, renameat2, -1, (int at, const char *from, int to_at, const char *to, unsigned flags),
     (at, from, to_at, to, flags))
WRAP(int, linkat, -1, (int at, const char *from, int to_at, const char *to, int flags),
     (at, from, to_at, to, flags))
WRAP(int, unlink, -1, (const char *path), (path))
WRAP(int, unlinkat, -1, (int at, const char *path, int flags), (at, path, flags))
WRAP(int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, -1, (int at, const char *path, mode_t mode), (at, path, mode))
WRAP(int, mkostemp, -1, (char *path, int flags), (path, flags))
WRAP(ssize_t, readlinkat, -1, (int at, const char *path, char *buf, size_t len),
     (at, path, buf, len))
WRAP(char *, realpath, NULL, (const char *path, char *out), (path, out))
WRAP(DIR *, fdopendir, NULL, (int fd), (fd))
WRAP(struct dirent *, readdir, NULL, (DIR * dir), (dir))
WRAP(int, socket, -1, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(int, connect, -1, (int fd, const struct sockaddr *address, socklen_t len), (fd, address, len))
WRAP(int, setsockopt, -1, (int fd, int level, int name, const void *value, socklen_t len),
     (fd, level, name, value, len))
WRAP(int, getsockopt, -1, (int fd, int level, int name, void *value, socklen_t *len),
     (fd, level, name, value, len))
WRAP(int, poll, -1, (struct pollfd * fds, nfds_t count, int timeout_ms), (fds, count, timeout_ms))
WRAP(int, getaddrinfo, EAI_AGAIN,
     (const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **out),
     (host, service, hints, out))
WRAP(ssize_t, getrandom, -1, (void *buf, size_t len, unsigned flags), (buf, len, flags))
WRAP(pid_t, fork, -1, (void), ())
WRAP(pid_t, waitpid, -1, (pid_t child, int *status, int flags), (child, status, flags))
WRAP(int, pipe2, -1, (int fds[2], int flags), (fds, flags))

int __wrap_close(int fd);
int __wrap_close(int fd)
{
    bool fails = strikes("close", CALLER);
    int result = __real_close(fd);

    if (!fails)
        return result;
    errno = fault.error;
    return -1;
}

int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode = 0;

    va_start(args, flags);
    if (takes_mode(flags))
        mode = va_arg(args, mode_t);
    va_end(args);
    return strikes("open", CALLER) ? -1 : __real_open(path, flags, mode);
}

int __real_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...)
{
    va_list args;
    mode_t mode = 0;

    va_start(args, flags);
    if (takes_mode(flags))
        mode = va_arg(args, mode_t);
    va_end(args);
    return strikes("openat", CALLER) ? -1 : __real_openat(at, path, flags, mode);
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    long values[6];
    va_list args;

    va_start(args, number);
    for (size_t i = 0; i < 6; i++)
        values[i] = va_arg(args, long);
    va_end(args);
    if (number == SYS_openat2 && strikes("openat2", CALLER))
        return -1;
    return __real_syscall(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return strikes("alloc", CALLER) ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return strikes("alloc", CALLER) ? NULL : __real_calloc(count, size);
}

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
    return strikes("alloc", CALLER) ? NULL : __real_realloc(memory, size);
}
