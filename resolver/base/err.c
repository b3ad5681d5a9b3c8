#include "resolver/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct err_row {
    int exit_status;
    const char *name;
    const char *text;
};

static const struct err_row err_rows[] = {
#define X(code, exit_status, name, text) {exit_status, name, text},
    ERR_CODES(X)
#undef X
};

static const struct err_row *row_of(enum err_code code)
{
    size_t index = (size_t)code;

    if (index >= sizeof err_rows / sizeof err_rows[0])
        index = ERR_BUG;
    return &err_rows[index];
}

/* Marks a message that did not fit, so that nobody takes a cut text for the whole. */
static void mark_cut(char *msg)
{
    memcpy(msg + ERR_MESSAGE_MAX - 4, "...", 4);
}

enum err_code err_set(struct err *err, enum err_code code, const char *format, ...)
{
    va_list args;
    int length;

    err->code = code;
    va_start(args, format);
    length = vsnprintf(err->msg, sizeof err->msg, format, args);
    va_end(args);
    if (length >= ERR_MESSAGE_MAX)
        mark_cut(err->msg);
    return code;
}

enum err_code err_add(struct err *err, const char *format, ...)
{
    char inner[ERR_MESSAGE_MAX];
    va_list args;
    int context, rest;

    memcpy(inner, err->msg, sizeof inner);
    va_start(args, format);
    context = vsnprintf(err->msg, sizeof err->msg, format, args);
    va_end(args);
    if (context < 0)
        context = 0;
    if (context >= ERR_MESSAGE_MAX) {
        mark_cut(err->msg);
        return err->code;
    }
    rest = snprintf(err->msg + context, sizeof err->msg - (size_t)context, ": %s", inner);
    if (context + rest >= ERR_MESSAGE_MAX)
        mark_cut(err->msg);
    return err->code;
}

int err_exit_status(enum err_code code)
{
    return row_of(code)->exit_status;
}

const char *err_name(enum err_code code)
{
    return row_of(code)->name;
}

const char *err_text(enum err_code code)
{
    return row_of(code)->text;
}
