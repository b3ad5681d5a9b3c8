#include "bundle/publish/shell_quote.h"

#include "tests/unit/test.h"

TEST(shell_quote_quotes_what_a_shell_reads)
{
    const char *argv[] = {"a", "--b=c,d@1%+", "", "e f", "it's", "$x", "~", "\\", "a;b", "^|^", NULL};
    char memory[256];
    struct buf out;

    buf_init_fixed(&out, memory, sizeof memory);
    shell_quote_all(argv, &out);
    CHECK_TEXT("a --b=c,d@1%+ '' 'e f' 'it'\\''s' '$x' '~' '\\' 'a;b' '^|^'", buf_slice(&out));
}
