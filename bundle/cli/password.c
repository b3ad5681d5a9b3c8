#include "bundle/cli/password.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bundle/cli/terminal.h"
#include "resolver/base/quote.h"

#define TOO_LONG "a password of more than %d bytes"
#define PROMPT_MAX (sizeof(struct quoted) + 32)

void password_wipe(struct password *password)
{
    explicit_bzero(password, sizeof *password);
}

/* All of standard input; one line end at its end is no part of the password. */
static enum err_code read_input(struct password *password, struct err *err)
{
    size_t len = 0;
    ssize_t count;

    while (len < sizeof password->bytes) {
        count = read(STDIN_FILENO, password->bytes + len, sizeof password->bytes - len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return err_set(err, ERR_IO, "password from standard input: %s", strerror(errno));
        if (count == 0)
            break;
        len += (size_t)count;
    }
    if (len > 0 && password->bytes[len - 1] == '\n')
        len--;
    if (len > PASSWORD_MAX)
        return err_set(err, ERR_LIMIT, TOO_LONG, PASSWORD_MAX);
    password->len = len;
    password->was_read = true;
    return ERR_OK;
}

/* From where it needs no asking; ERR_OK with *text empty and ptr NULL where it does. */
static enum err_code get_given(struct password *password, struct slice *text, struct err *err)
{
    const char *given = getenv("COSIGN_PASSWORD");

    *text = slice_of(NULL, 0);
    if (given) {
        password->origin = "COSIGN_PASSWORD";
        *text = slice_text(given);
        return ERR_OK;
    }
    if (isatty(STDIN_FILENO)) {
        password->origin = "the terminal";
        return ERR_OK;
    }
    password->origin = "standard input";
    if (!password->was_read && read_input(password, err) != ERR_OK)
        return err->code;
    *text = slice_of(password->bytes, password->len);
    return ERR_OK;
}

static enum err_code ask(const char *prompt, char bytes[PASSWORD_MAX], struct slice *text,
                         struct err *err)
{
    struct buf line;
    enum err_code rc;

    buf_init_fixed(&line, bytes, PASSWORD_MAX);
    rc = terminal_ask(STDIN_FILENO, STDERR_FILENO, prompt, &line, err);
    if (rc == ERR_LIMIT)
        return err_set(err, rc, TOO_LONG, PASSWORD_MAX);
    if (rc != ERR_OK)
        return err_add(err, "password");
    *text = buf_slice(&line);
    return ERR_OK;
}

enum err_code password_get(struct password *password, const char *name, struct slice *text,
                           struct err *err)
{
    char prompt[PROMPT_MAX];
    enum err_code rc = get_given(password, text, err);

    if (rc != ERR_OK || text->ptr)
        return rc;
    snprintf(prompt, sizeof prompt, "Password of %s: ", quote_bare(slice_text(name)).text);
    return ask(prompt, password->bytes, text, err);
}

/* Typed twice, since nobody sees a mistake. */
static enum err_code ask_twice(struct password *password, const char *name, char *again,
                               struct slice *text, struct err *err)
{
    char prompt[PROMPT_MAX];
    struct slice second;

    snprintf(prompt, sizeof prompt, "New password for %s: ", quote_bare(slice_text(name)).text);
    if (ask(prompt, password->bytes, text, err) != ERR_OK ||
        ask("The same again: ", again, &second, err) != ERR_OK)
        return err->code;
    if (!slice_equal(*text, second))
        return err_set(err, ERR_USAGE, "the two passwords are not the same");
    return ERR_OK;
}

enum err_code password_get_new(struct password *password, const char *name, struct slice *text,
                               struct err *err)
{
    char again[PASSWORD_MAX];
    enum err_code rc = get_given(password, text, err);

    if (rc != ERR_OK || text->ptr)
        return rc;
    rc = ask_twice(password, name, again, text, err);
    explicit_bzero(again, sizeof again);
    if (rc != ERR_OK)
        *text = slice_of(NULL, 0);
    return rc;
}
