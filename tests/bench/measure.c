/*
 * measure.c - runs a command once and prints what it cost: wall time and CPU time in microseconds,
 * peak memory in KiB, exit status.
 *
 * A program of its own, small and static: a process inherits the peak memory of the one that
 * started it, and an interpreter's would hide everything measured here.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static long long time_us(struct timeval time)
{
    return time.tv_sec * 1000000LL + time.tv_usec;
}

int main(int argc, char **argv)
{
    long long start = now_us(), wall;
    struct rusage used;
    int status;
    pid_t child;

    if (argc < 2)
        return 2;
    child = vfork();
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);

        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child)
        return 1;
    wall = now_us() - start;
    printf("%lld %lld %ld %d\n", wall, time_us(used.ru_utime) + time_us(used.ru_stime),
           used.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
