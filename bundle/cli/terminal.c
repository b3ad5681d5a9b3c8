#include "bundle/cli/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "resolver/source/file.h"

/* What a line read is about. */
enum ending { LINE_READ, LINE_INTERRUPTED, LINE_FAILED };

/* Signals that end or stop the program: they wait, in a descriptor, until the echo is on again. */
static void held_signals(sigset_t *set)
{
    static const int held[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

    sigemptyset(set);
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++)
        sigaddset(set, held[i]);
}

/* Bytes up to a line end, one at a time: nothing of the next line is taken. */
static enum ending read_line(int in, int signals, struct buf *out, struct err *err)
{
    struct pollfd wait[] = {{.fd = in, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    uint8_t byte;
    ssize_t count;

    for (;;) {
        if (poll(wait, 2, -1) < 0 && errno != EINTR)
            break;
        if (wait[1].revents)
            return LINE_INTERRUPTED;
        if (!wait[0].revents)
            continue;
        count = read(in, &byte, 1);
        if (count == 1 && byte == '\n')
            return LINE_READ;
        if (count == 1)
            buf_add_byte(out, byte);
        else if (count == 0 || errno != EINTR)
            break;
    }
    err_set(err, ERR_IO, "the terminal was closed");
    return LINE_FAILED;
}

static enum ending ask(int in, int show, const char *prompt, int signals, struct buf *out,
                       struct err *err)
{
    enum ending ending = LINE_FAILED;

    if (file_write_fd(show, slice_text(prompt), err) == ERR_OK)
        ending = read_line(in, signals, out, err);
    if (ending != LINE_FAILED && file_write_fd(show, SLICE("\n"), err) != ERR_OK)
        ending = LINE_FAILED;
    return ending;
}

static enum ending ask_silently(int in, int show, const char *prompt, int signals,
                                struct buf *out, struct err *err)
{
    struct termios before, silent;
    enum ending ending = LINE_FAILED;

    if (tcgetattr(in, &before) != 0) {
        err_set(err, ERR_IO, "no terminal: %s", strerror(errno));
        return LINE_FAILED;
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    silent.c_lflag |= ICANON | ISIG;
    if (tcsetattr(in, TCSAFLUSH, &silent) == 0)
        ending = ask(in, show, prompt, signals, out, err);
    else
        err_set(err, ERR_IO, "the terminal cannot be kept silent: %s", strerror(errno));
    tcsetattr(in, TCSADRAIN, &before);
    return ending;
}

enum err_code terminal_ask(int in, int show, const char *prompt, struct buf *out, struct err *err)
{
    sigset_t held, before;
    size_t start = out->len;
    enum ending ending;
    int signals;

    held_signals(&held);
    do {
        out->len = start;
        sigprocmask(SIG_BLOCK, &held, &before);
        signals = signalfd(-1, &held, SFD_CLOEXEC);
        ending = ask_silently(in, show, prompt, signals, out, err);
        if (signals >= 0)
            close(signals);
        sigprocmask(SIG_SETMASK, &before, NULL); /* what was held takes effect here */
    } while (ending == LINE_INTERRUPTED);
    if (ending == LINE_FAILED)
        return err->code;
    return buf_done(out, err);
}
