#include "bundle/publish/shell_quote.h"

#include <string.h>

static bool is_plain(const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=,@%+-";

    return word[0] && word[strspn(word, plain)] == '\0';
}

void shell_quote(const char *word, struct buf *out)
{
    if (is_plain(word)) {
        buf_add_text(out, word);
        return;
    }
    buf_add_byte(out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            buf_add_text(out, "'\\''");
        else
            buf_add_byte(out, (uint8_t)*word);
    }
    buf_add_byte(out, '\'');
}

void shell_quote_all(const char *const *argv, struct buf *out)
{
    for (size_t i = 0; argv[i]; i++) {
        if (i > 0)
            buf_add_byte(out, ' ');
        shell_quote(argv[i], out);
    }
}
