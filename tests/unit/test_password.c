#include "bundle/cli/password.h"

#include "tests/unit/terminal_script.h"
#include "tests/unit/test.h"

/* Puts bytes (or an empty input) where standard input is, and gives what was there before. */
static int set_input(struct slice bytes)
{
    int before = dup(STDIN_FILENO), ends[2];

    CHECK(pipe(ends) == 0);
    CHECK(write(ends[1], bytes.ptr, bytes.len) == (ssize_t)bytes.len);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    return before;
}

static void restore_input(int before)
{
    dup2(before, STDIN_FILENO);
    close(before);
}

static void check_input(struct slice input, struct slice want)
{
    struct password password = {.len = 0};
    int before = set_input(input);
    struct slice text, again;
    struct err err;

    unsetenv("COSIGN_PASSWORD");
    CHECK_OK(password_get(&password, "a.key", &text, &err), err);
    CHECK(text.ptr != NULL && slice_equal(text, want));
    CHECK_OK(password_get_new(&password, "b.key", &again, &err), err);
    CHECK(slice_equal(again, want)); /* read once for all keys */
    CHECK_TEXT("standard input", slice_text(password.origin));
    password_wipe(&password);
    CHECK(password.len == 0 && !password.was_read && password.bytes[0] == 0);
    restore_input(before);
}

TEST(password_from_standard_input)
{
    check_input(SLICE("secret\n"), SLICE("secret"));
    check_input(SLICE("secret"), SLICE("secret"));
    check_input(SLICE("two\nlines\n\n"), SLICE("two\nlines\n"));
    check_input(SLICE(" \r\n"), SLICE(" \r"));
    check_input(SLICE("nul\0inside\n"), SLICE("nul\0inside"));
    check_input(SLICE("\n"), SLICE(""));
    check_input(SLICE(""), SLICE(""));
}

TEST(password_from_the_environment)
{
    struct password password = {.len = 0};
    int before = set_input(SLICE("from input"));
    struct slice text;
    struct err err;

    setenv("COSIGN_PASSWORD", "from outside", 1);
    CHECK_OK(password_get(&password, "a.key", &text, &err), err);
    CHECK_TEXT("from outside", text);
    CHECK_TEXT("COSIGN_PASSWORD", slice_text(password.origin));
    CHECK(!password.was_read);
    setenv("COSIGN_PASSWORD", "", 1);
    CHECK_OK(password_get_new(&password, "a.key", &text, &err), err);
    CHECK(text.ptr != NULL && text.len == 0);
    unsetenv("COSIGN_PASSWORD");
    CHECK_OK(password_get(&password, "a.key", &text, &err), err);
    CHECK_TEXT("from input", text);
    restore_input(before);
}

TEST(password_of_limited_length)
{
    static char long_text[PASSWORD_MAX + 2];
    struct password password = {.len = 0};
    struct slice text = SLICE("x");
    struct err err;
    int before;

    memset(long_text, 'p', sizeof long_text);
    check_input(slice_of(long_text, PASSWORD_MAX), slice_of(long_text, PASSWORD_MAX));
    before = set_input(slice_of(long_text, PASSWORD_MAX + 1));
    CHECK_ERR(ERR_LIMIT, "a password of more than 1024 bytes",
              password_get(&password, "a.key", &text, &err), err);
    CHECK(text.len == 0 && text.ptr == NULL);
    restore_input(before);
    long_text[PASSWORD_MAX] = '\n';
    check_input(slice_of(long_text, PASSWORD_MAX + 1), slice_of(long_text, PASSWORD_MAX));
}

TEST(password_from_an_input_that_cannot_be_read)
{
    struct password password = {.len = 0};
    int before = dup(STDIN_FILENO), folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct slice text;
    struct err err;

    dup2(folder, STDIN_FILENO);
    close(folder);
    CHECK_ERR(ERR_IO, "password from standard input: Is a directory",
              password_get(&password, "a.key", &text, &err), err);
    restore_input(before);
}

/* --- At a terminal ------------------------------------------------------------------------------ */

static int ask_once(void)
{
    struct password password = {.len = 0};
    struct slice text;
    struct err err;

    if (password_get(&password, "a\n.key", &text, &err) != ERR_OK)
        return 100 + (int)err.code;
    return slice_is(text, "secret") && slice_is(slice_text(password.origin), "the terminal") ? 7
                                                                                             : 8;
}

static int ask_twice(void)
{
    struct password password = {.len = 0};
    struct slice text;
    struct err err;

    if (password_get_new(&password, "a.key", &text, &err) != ERR_OK)
        return err.code == ERR_USAGE && text.len == 0 &&
                       slice_is(slice_text(err.msg), "the two passwords are not the same")
                   ? 9
                   : 10;
    return slice_is(text, "secret") ? 7 : 8;
}

TEST(password_from_the_terminal)
{
    struct terminal_script script = terminal_script_start(ask_once);

    if (terminal_script_shows(&script, "Password of a\\x0a.key: "))
        terminal_script_type(&script, "secret\n");
    CHECK(terminal_script_shows(&script, "\n"));
    CHECK_NUMBER(7, WEXITSTATUS(terminal_script_end(&script)));
}

static void type_twice(const char *first, const char *second, int want)
{
    struct terminal_script script = terminal_script_start(ask_twice);

    if (terminal_script_shows(&script, "New password for a.key: "))
        terminal_script_type(&script, first);
    if (terminal_script_shows(&script, "\nThe same again: "))
        terminal_script_type(&script, second);
    CHECK(terminal_script_shows(&script, "\n"));
    CHECK_NUMBER(want, WEXITSTATUS(terminal_script_end(&script)));
}

static int ask_for_a_long_one(void)
{
    struct password password = {.len = 0};
    struct slice text = SLICE("x");
    struct err err;

    return password_get(&password, "a.key", &text, &err) == ERR_LIMIT && !text.ptr &&
                   slice_is(slice_text(err.msg), "a password of more than 1024 bytes")
               ? 7
               : 8;
}

TEST(password_of_limited_length_at_the_terminal)
{
    struct terminal_script script = terminal_script_start(ask_for_a_long_one);
    char line[PASSWORD_MAX + 3];

    memset(line, 'p', sizeof line);
    memcpy(line + PASSWORD_MAX + 1, "\n", 2);
    if (terminal_script_shows(&script, "Password of a.key: "))
        terminal_script_type(&script, line);
    CHECK(terminal_script_shows(&script, "\n"));
    CHECK_NUMBER(7, WEXITSTATUS(terminal_script_end(&script)));
}

TEST(password_that_is_new_is_typed_twice)
{
    type_twice("secret\n", "secret\n", 7);
    type_twice("secret\n", "secreT\n", 9);
    type_twice("secret\n", "\n", 9);
}
