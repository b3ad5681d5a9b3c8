/* The second line behind --offline, in a process of its own: it cannot be taken back. */
#include "resolver/cli/offline.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"

/* 0: no socket of any kind, and all else as before; 1: sockets as before; 2: something else. */
static int look(void)
{
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};
    int pair[2], refused = 0;

    offline_enforce();
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        int fd = socket(families[i], SOCK_DGRAM, 0);

        refused += fd < 0 && errno == EPERM;
        if (fd >= 0)
            close(fd);
    }
    if (pipe(pair) || write(pair[1], "x", 1) != 1 || getpid() <= 0)
        return 2;
    return refused == 4 ? 0 : refused == 0 ? 1 : 2;
}

TEST(offline_takes_sockets_away)
{
    pid_t child = fork();
    int status = -1;

    if (child == 0)
        _exit(look());
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
        test_skip("this kernel has no seccomp filters");
    else
        CHECK_NUMBER(0, status);
}
