/*
 * terminal_script.h - a child process at a terminal of the test's own, and the test as its user.
 */
#ifndef SEALIFT_TESTS_TERMINAL_SCRIPT_H
#define SEALIFT_TESTS_TERMINAL_SCRIPT_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/unit/test.h"

struct terminal_script {
    int user;     /* the user's end of the terminal */
    int terminal; /* the program's end; the parent keeps it open to look at its settings */
    int shown;    /* what the child writes to standard error */
    pid_t child;
};

/* Starts a child with the terminal as standard input; run's result is its exit status. */
static inline struct terminal_script terminal_script_start(int (*run)(void))
{
    struct terminal_script script;
    int pipe_ends[2];

    script.user = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(script.user >= 0 && grantpt(script.user) == 0 && unlockpt(script.user) == 0);
    script.terminal = ioctl(script.user, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(script.terminal >= 0 && pipe(pipe_ends) == 0);
    fflush(stdout);
    script.child = fork();
    if (script.child == 0) {
        dup2(script.terminal, STDIN_FILENO);
        dup2(pipe_ends[1], STDERR_FILENO);
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        close(script.user);
        close(script.terminal);
        signal(SIGINT, SIG_DFL);
        _exit(run());
    }
    close(pipe_ends[1]);
    script.shown = pipe_ends[0];
    return script;
}

#define TERMINAL_LIMIT_MS 30000

/* Whether the child shows exactly that next, in time. */
static inline bool terminal_script_shows(const struct terminal_script *script, const char *want)
{
    struct pollfd wait = {.fd = script->shown, .events = POLLIN};
    char have[512] = "";
    size_t len = 0;

    while (len < strlen(want) && poll(&wait, 1, TERMINAL_LIMIT_MS) > 0 &&
           read(script->shown, have + len, 1) == 1)
        len++;
    test_check_text(want, slice_of(have, len), __FILE__, __LINE__);
    return strcmp(have, want) == 0;
}

/* Waits until the child has stopped; false when it shows something, or has ended, instead. */
static inline bool terminal_script_stops(const struct terminal_script *script)
{
    struct pollfd shown = {.fd = script->shown, .events = POLLIN};
    int status;

    for (int waited = 0; waited < TERMINAL_LIMIT_MS && poll(&shown, 1, 10) == 0; waited += 10) {
        if (waitpid(script->child, &status, WUNTRACED | WNOHANG) == script->child)
            return WIFSTOPPED(status);
    }
    return false;
}

static inline void terminal_script_type(const struct terminal_script *script, const char *text)
{
    CHECK(write(script->user, text, strlen(text)) == (ssize_t)strlen(text));
}

static inline bool terminal_script_echoes(const struct terminal_script *script)
{
    struct termios settings;

    CHECK(tcgetattr(script->terminal, &settings) == 0);
    return (settings.c_lflag & ECHO) != 0;
}

/* Waits for the child to end, which it is made to when it does not, and gives its wait status. Nothing that was
 * typed may have shown up on the terminal. */
static inline int terminal_script_end(struct terminal_script *script)
{
    char seen[64];
    int status = -1;
    pid_t ended;

    for (int waited = 0; (ended = waitpid(script->child, &status, WNOHANG)) == 0; waited++) {
        if (waited == TERMINAL_LIMIT_MS)
            kill(script->child, SIGKILL);
        usleep(1000);
    }
    CHECK(ended == script->child);
    CHECK(terminal_script_echoes(script));
    fcntl(script->user, F_SETFL, O_NONBLOCK);
    CHECK(read(script->user, seen, sizeof seen) <= 0);
    close(script->user);
    close(script->terminal);
    close(script->shown);
    return status;
}

#endif
