#include "bundle/cli/terminal.h"

#include "tests/unit/terminal_script.h"
#include "tests/unit/test.h"

/* The child: asks, and its exit status says whether the answer was "open sesame". */
static int ask(void)
{
    char memory[16];
    struct buf out;
    struct err err;

    buf_init_fixed(&out, memory, sizeof memory);
    if (terminal_ask(STDIN_FILENO, STDERR_FILENO, "Who? ", &out, &err) != ERR_OK)
        return 100 + (int)err.code;
    return slice_is(buf_slice(&out), "open sesame") ? 7 : 8;
}

static void check_status(struct terminal_script *script, int want)
{
    int status = terminal_script_end(script);

    CHECK(WIFEXITED(status));
    CHECK_NUMBER(want, WEXITSTATUS(status));
}

TEST(terminal_asks_without_echo)
{
    struct terminal_script script = terminal_script_start(ask);

    if (terminal_script_shows(&script, "Who? ")) {
        CHECK(!terminal_script_echoes(&script));
        terminal_script_type(&script, "open sesamx\x7F"
                                      "e\n");
    }
    CHECK(terminal_script_shows(&script, "\n"));
    check_status(&script, 7);
}

TEST(terminal_takes_an_empty_line)
{
    struct terminal_script script = terminal_script_start(ask);

    if (terminal_script_shows(&script, "Who? "))
        terminal_script_type(&script, "\n");
    CHECK(terminal_script_shows(&script, "\n"));
    check_status(&script, 8);
}

TEST(terminal_refuses_a_line_that_is_too_long)
{
    struct terminal_script script = terminal_script_start(ask);

    if (terminal_script_shows(&script, "Who? "))
        terminal_script_type(&script, "open sesame, please\n");
    CHECK(terminal_script_shows(&script, "\n"));
    check_status(&script, 100 + ERR_LIMIT);
}


TEST(terminal_notices_its_end)
{
    struct terminal_script script = terminal_script_start(ask);

    if (terminal_script_shows(&script, "Who? "))
        terminal_script_type(&script, "\x04");
    check_status(&script, 100 + ERR_IO);
}

TEST(terminal_restores_echo_before_a_signal_ends_it)
{
    struct terminal_script script = terminal_script_start(ask);
    int status;

    if (terminal_script_shows(&script, "Who? ")) {
        CHECK(!terminal_script_echoes(&script));
        kill(script.child, SIGINT);
    }
    CHECK(terminal_script_shows(&script, "\n"));
    status = terminal_script_end(&script);
    CHECK(WIFSIGNALED(status));
    CHECK_NUMBER(SIGINT, WTERMSIG(status));
}

/* Stopped with the echo on, continued, and asked again. Where nobody could continue it, the kernel
 * does not stop it. */
TEST(terminal_asks_again_after_a_stop)
{
    struct terminal_script script = terminal_script_start(ask);

    if (terminal_script_shows(&script, "Who? ")) {
        terminal_script_type(&script, "half");
        kill(script.child, SIGTSTP);
    }
    CHECK(terminal_script_shows(&script, "\n"));
    if (terminal_script_stops(&script)) {
        CHECK(terminal_script_echoes(&script));
        kill(script.child, SIGCONT);
    }
    if (terminal_script_shows(&script, "Who? ")) {
        CHECK(!terminal_script_echoes(&script));
        terminal_script_type(&script, "open sesame\n");
    }
    CHECK(terminal_script_shows(&script, "\n"));
    check_status(&script, 7);
}

TEST(terminal_must_be_one)
{
    char memory[16];
    struct buf out;
    struct err err;
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    buf_init_fixed(&out, memory, sizeof memory);
    CHECK_ERR(ERR_IO, "no terminal: Inappropriate ioctl for device",
              terminal_ask(fd, fd, "Who? ", &out, &err), err);
    close(fd);
}
