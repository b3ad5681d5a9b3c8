/* main.c - the only place that prints an error and exits. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "resolver/base/heap.h"
#include "resolver/base/json_write.h"
#include "resolver/cli/offline.h"
#include "resolver/cli/options.h"
#include "resolver/cli/say.h"
#include "resolver/cli/version.h"
#include "resolver/source/file.h"

#define OUTPUT_MAX_BYTES ((size_t)256 << 20)

static void print_error(const struct invocation *invocation, const struct err *err)
{
    char memory[4 * ERR_MESSAGE_MAX];
    struct json_writer json;
    struct buf out;

    if (!invocation->given[OPT_JSON]) {
        say_line(invocation, "", err->msg);
        return;
    }
    buf_init_fixed(&out, memory, sizeof memory);
    json = json_writer_to(&out, 0);
    json_begin_map(&json);
    json_key(&json, "error");
    json_begin_map(&json);
    json_member(&json, "code", err_name(err->code));
    json_key(&json, "status");
    json_number(&json, (uint64_t)err_exit_status(err->code));
    json_member(&json, "message", err->msg);
    json_end_map(&json);
    json_end_map(&json);
    buf_add_byte(&out, '\n');
    say_bytes(buf_slice(&out));
}

static enum err_code write_output(const struct buf *out, struct err *err)
{
    if (buf_done(out, err) || file_write_fd(STDOUT_FILENO, buf_slice(out), err))
        return err_add(err, "standard output");
    return ERR_OK;
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (invocation->given[OPT_VERSION])
        version_print(invocation->program, invocation->out);
    else if (invocation->given[OPT_HELP] && invocation->verb)
        options_verb_help(invocation->program, invocation->verb, invocation->out);
    else if (invocation->given[OPT_HELP])
        options_help(invocation->program, invocation->out);
    else
        rc = invocation->verb->run(invocation, err);
    if (rc != ERR_OK && rc != ERR_DIFFERS) /* a difference is an answer, too */
        return rc;
    return write_output(invocation->out, err) == ERR_OK ? rc : err->code;
}

/* A standard descriptor that is closed would be given to the first file or socket opened, and the
 * answer or a warning be written into it. Nothing can be read from or written to O_PATH. */
static bool occupy_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) != fd)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct invocation invocation;
    struct err err = {ERR_BUG, "no reason given"};
    struct buf out;
    enum err_code rc;

    if (!occupy_standard_descriptors())
        return err_exit_status(ERR_IO);
    signal(SIGPIPE, SIG_IGN);
    buf_init_heap(&out, OUTPUT_MAX_BYTES);
    rc = options_parse(argc, argv, &invocation, &err);
    invocation.out = &out;
    if (invocation.given[OPT_OFFLINE])
        offline_enforce();
    if (!rc)
        rc = run(&invocation, &err);
    if (rc)
        print_error(&invocation, &err);
    buf_clear(&out);
    return err_exit_status(rc);
}
