#include "bundle/publish/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void problems_add(struct problems *problems, enum err_code code, const char *format, ...)
{
    char text[ERR_MESSAGE_MAX];
    size_t room = sizeof problems->text - problems->len;
    va_list arguments;
    int len;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (problems->count == 0 || code == ERR_POLICY)
        problems->code = code;
    problems->count++;
    len = snprintf(problems->text + problems->len, room, "%s%s", problems->len ? "; " : "", text);
    if (len >= 0 && (size_t)len < room) {
        problems->len += (size_t)len;
        return;
    }
    problems->text[problems->len] = '\0';
    problems->left_out++;
}

enum err_code problems_done(const struct problems *problems, struct err *err)
{
    if (problems->count == 0)
        return ERR_OK;
    if (problems->left_out)
        return err_set(err, problems->code, "%s; and %zu more", problems->text, problems->left_out);
    return err_set(err, problems->code, "%s", problems->text);
}
