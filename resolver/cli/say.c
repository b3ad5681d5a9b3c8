#include "resolver/cli/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "resolver/base/buf.h"
#include "resolver/source/file.h"

#define PROGRAM_SHOWN_MAX 255

void say_bytes(struct slice bytes)
{
    struct err err;

    if (file_write_fd(STDERR_FILENO, bytes, &err))
        return; /* there is nobody left to tell */
}

void say_line(const struct invocation *invocation, const char *kind, const char *text)
{
    char memory[PROGRAM_SHOWN_MAX + 2 * ERR_MESSAGE_MAX];
    struct buf line;

    buf_init_fixed(&line, memory, sizeof memory);
    buf_add(&line, slice_part(slice_text(invocation->program), 0, PROGRAM_SHOWN_MAX));
    buf_add_format(&line, ": %s%s\n", kind, text);
    say_bytes(buf_slice(&line));
}

static void say(const struct invocation *invocation, const char *kind, const char *format,
                va_list args)
{
    char line[ERR_MESSAGE_MAX];

    vsnprintf(line, sizeof line, format, args);
    say_line(invocation, kind, line);
}

void say_warning(const struct invocation *invocation, const char *format, ...)
{
    va_list args;

    if (invocation->given[OPT_QUIET])
        return;
    va_start(args, format);
    say(invocation, "warning: ", format, args);
    va_end(args);
}

void say_note(const struct invocation *invocation, const char *format, ...)
{
    va_list args;

    if (!invocation->given[OPT_VERBOSE])
        return;
    va_start(args, format);
    say(invocation, "", format, args);
    va_end(args);
}
