#include "resolver/source/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where a step-by-step walk is: the folders from the root down to here, and the name that is
 * left. */
struct walk {
    int folders[BENEATH_DEPTH_MAX]; /* folders[0] is the root, which is not ours to close */
    int depth;
    int links;
    char rest[PATH_MAX];
};

static void leave(struct walk *walk)
{
    close(walk->folders[walk->depth--]);
}

static int enter(struct walk *walk, int folder)
{
    if (walk->depth + 1 == BENEATH_DEPTH_MAX) {
        close(folder);
        errno = ELOOP;
        return -1;
    }
    walk->folders[++walk->depth] = folder;
    return 0;
}

/* Takes the next segment of rest into segment; false when nothing is left. */
static int next_segment(struct walk *walk, char segment[NAME_MAX + 1])
{
    size_t slashes = strspn(walk->rest, "/");
    size_t len = strcspn(walk->rest + slashes, "/");

    if (len == 0)
        return 0;
    if (len > NAME_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(segment, walk->rest + slashes, len);
    segment[len] = '\0';
    memmove(walk->rest, walk->rest + slashes + len, strlen(walk->rest + slashes + len) + 1);
    return 1;
}

static int follow_link(struct walk *walk, const char *segment)
{
    char target[PATH_MAX];
    ssize_t len = readlinkat(walk->folders[walk->depth], segment, target, sizeof target);
    size_t rest_len = strlen(walk->rest);

    if (len < 0) {
        errno = errno == EINVAL ? ENOTDIR : errno; /* no link after all: a file amid the name */
        return -1;
    }
    if (len > 0 && target[0] == '/') {
        errno = EXDEV;
        return -1;
    }
    if (++walk->links > BENEATH_LINKS_MAX) {
        errno = ELOOP;
        return -1;
    }
    if ((size_t)len + rest_len + 1 > sizeof walk->rest) {
        errno = ENAMETOOLONG;
        return -1;
    }
    /* What is left is empty or begins with a slash. */
    memmove(walk->rest + len, walk->rest, rest_len + 1);
    memcpy(walk->rest, target, (size_t)len);
    return 0;
}

static int go_up(struct walk *walk)
{
    if (walk->depth == 0) {
        errno = EXDEV;
        return -1;
    }
    leave(walk);
    return 0;
}

static int is_last(const struct walk *walk)
{
    return walk->rest[strspn(walk->rest, "/")] == '\0';
}

/* What to open a segment with. A folder on the way must be searchable alone, as for the kernel; a slash
 * at the end wants a folder. */
static int open_flags(const struct walk *walk, int last, int flags)
{
    if (!last)
        return O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    return flags | (walk->rest[0] ? O_DIRECTORY : 0) | O_NOFOLLOW | O_CLOEXEC;
}

/* One segment further. Returns the descriptor of the last one, -1 on failure, -2 to go on. */
static int step(struct walk *walk, const char *segment, int flags)
{
    int here = walk->folders[walk->depth];
    int last = is_last(walk);
    int fd;

    if (strcmp(segment, ".") == 0 && !last)
        return -2;
    if (strcmp(segment, "..") == 0) {
        if (go_up(walk))
            return -1;
        if (!last)
            return -2;
        here = walk->folders[walk->depth];
        segment = ".";
    }
    fd = openat(here, segment, open_flags(walk, last, flags), 0666);
    if (fd >= 0 && last)
        return fd;
    if (fd >= 0)
        return enter(walk, fd) ? -1 : -2;
    if ((errno != ELOOP && errno != ENOTDIR) || (last && flags & O_NOFOLLOW))
        return -1;
    return follow_link(walk, segment) ? -1 : -2;
}

int beneath_open_stepwise(int root, const char *name, int flags)
{
    struct walk walk = {.folders = {root}};
    char segment[NAME_MAX + 1];
    int fd = -2, left, saved;

    if (name[0] == '/' || strlen(name) >= sizeof walk.rest) {
        errno = name[0] == '/' ? EXDEV : ENAMETOOLONG;
        return -1;
    }
    memcpy(walk.rest, name, strlen(name) + 1);
    while (fd == -2) {
        left = next_segment(&walk, segment);
        if (left == 0)
            errno = ENOENT;
        fd = left > 0 ? step(&walk, segment, flags) : -1;
    }
    saved = errno;
    while (walk.depth > 0)
        leave(&walk);
    errno = saved;
    return fd;
}

int beneath_open(int root, const char *name, int flags)
{
    struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC),
        .mode = flags & O_CREAT ? 0666 : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    long fd = syscall(SYS_openat2, root, name, &how, sizeof how);

    /* EAGAIN: another program renamed something while ".." was followed, which openat2 gives up on. */
    if (fd < 0 && (errno == ENOSYS || errno == EPERM || errno == EAGAIN))
        return beneath_open_stepwise(root, name, flags);
    return (int)fd;
}
