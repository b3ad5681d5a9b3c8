#include "resolver/cli/say.h"

#include <stdarg.h>
#include <stdio.h>

static void say(const struct invocation *invocation, const char *kind, const char *format,
                va_list args)
{
    char line[ERR_MESSAGE_MAX];

    vsnprintf(line, sizeof line, format, args);
    fprintf(stderr, "%s: %s%s\n", invocation->program, kind, line);
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
