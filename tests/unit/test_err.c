#include <string.h>

#include "tests/unit/test.h"

TEST(err_set_replaces_and_returns_the_code)
{
    struct err err = {ERR_IO, "before"};

    CHECK(err_set(&err, ERR_FORMAT, "line %d: %s", 3, "bad") == ERR_FORMAT);
    CHECK_ERR(ERR_FORMAT, "line 3: bad", err.code, err);
}

TEST(err_add_puts_context_before)
{
    struct err err;

    err_set(&err, ERR_FORMAT, "bad");
    CHECK(err_add(&err, "line %d", 3) == ERR_FORMAT);
    err_add(&err, "table.json");
    CHECK_ERR(ERR_FORMAT, "table.json: line 3: bad", err.code, err);
}

TEST(err_set_marks_a_message_that_was_cut)
{
    char text[ERR_MESSAGE_MAX + 1];
    struct err err;

    memset(text, 'a', sizeof text);
    text[ERR_MESSAGE_MAX - 1] = '\0';
    err_set(&err, ERR_FORMAT, "%s", text);
    CHECK(strcmp(err.msg, text) == 0);
    text[ERR_MESSAGE_MAX - 1] = 'a';
    text[ERR_MESSAGE_MAX] = '\0';
    err_set(&err, ERR_FORMAT, "%s", text);
    CHECK_NUMBER(ERR_MESSAGE_MAX - 1, strlen(err.msg));
    CHECK(strcmp(err.msg + ERR_MESSAGE_MAX - 5, "a...") == 0);
}

TEST(err_add_marks_a_message_that_was_cut)
{
    char text[ERR_MESSAGE_MAX];
    struct err err;

    memset(text, 'a', sizeof text);
    text[ERR_MESSAGE_MAX - 4] = '\0';
    err_set(&err, ERR_FORMAT, "%s", text);
    err_add(&err, "b");
    CHECK_NUMBER(ERR_MESSAGE_MAX - 1, strlen(err.msg));
    CHECK(strcmp(err.msg + ERR_MESSAGE_MAX - 4, "aaa") == 0);
    err_add(&err, "c");
    CHECK(memcmp(err.msg, "c: b: a", 7) == 0);
    CHECK(strcmp(err.msg + ERR_MESSAGE_MAX - 5, "a...") == 0);
}

TEST(err_add_keeps_to_the_limit_with_a_long_context)
{
    char text[2 * ERR_MESSAGE_MAX];
    struct err err;

    memset(text, 'c', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    err_set(&err, ERR_IO, "inner");
    CHECK(err_add(&err, "%s", text) == ERR_IO);
    CHECK_NUMBER(ERR_MESSAGE_MAX - 1, strlen(err.msg));
    CHECK(strcmp(err.msg + ERR_MESSAGE_MAX - 5, "c...") == 0);
}

TEST(err_codes_have_the_statuses_that_scripts_rely_on)
{
    static const struct {
        enum err_code code;
        int exit_status;
        const char *name;
    } rows[] = {
        {ERR_OK, 0, "ok"},
        {ERR_BUG, 1, "bug"},
        {ERR_USAGE, 2, "usage"},
        {ERR_FORMAT, 3, "format"},
        {ERR_NOT_FOUND, 4, "not-found"},
        {ERR_AMBIGUOUS, 5, "ambiguous"},
        {ERR_FORGED, 6, "forged"},
        {ERR_NO_KEY, 7, "no-key"},
        {ERR_POLICY, 8, "policy"},
        {ERR_CORRUPT, 9, "corrupt"},
        {ERR_IO, 10, "io"},
        {ERR_LIMIT, 11, "limit"},
        {ERR_TOOL, 12, "tool"},
        {ERR_DIFFERS, 13, "differs"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_NUMBER(rows[i].exit_status, err_exit_status(rows[i].code));
        CHECK_TEXT(rows[i].name, slice_text(err_name(rows[i].code)));
        CHECK(strlen(err_text(rows[i].code)) > 0);
    }
}

TEST(err_codes_that_do_not_exist_read_as_a_bug)
{
    CHECK_NUMBER(1, err_exit_status((enum err_code)99));
    CHECK_TEXT("bug", slice_text(err_name((enum err_code)-1)));
    CHECK_TEXT("an internal error", slice_text(err_text((enum err_code)14)));
}
