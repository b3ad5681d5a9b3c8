#include "bundle/publish/problems.h"

#include <string.h>

#include "tests/unit/test.h"

TEST(problems_are_said_at_once)
{
    struct problems problems = {0};
    struct err err;

    CHECK_OK(problems_done(&problems, &err), err);
    problems_add(&problems, ERR_USAGE, "a %d", 1);
    CHECK_ERR(ERR_USAGE, "a 1", problems_done(&problems, &err), err);
    problems_add(&problems, ERR_LIMIT, "b");
    CHECK_ERR(ERR_USAGE, "a 1; b", problems_done(&problems, &err), err);
    problems_add(&problems, ERR_POLICY, "c");
    problems_add(&problems, ERR_USAGE, "d");
    CHECK_ERR(ERR_POLICY, "a 1; b; c; d", problems_done(&problems, &err), err);
}

TEST(problems_that_do_not_fit_are_counted)
{
    struct problems problems = {0};
    char text[ERR_MESSAGE_MAX];
    struct err err;

    memset(text, 'x', sizeof text);
    text[200] = '\0';
    for (int i = 0; i < 4; i++)
        problems_add(&problems, ERR_USAGE, "%s", text);
    CHECK_NUMBER(ERR_USAGE, problems_done(&problems, &err));
    CHECK(strlen(err.msg) == 200 + 2 + 200 + strlen("; and 2 more"));
    CHECK(strstr(err.msg, "; and 2 more") != NULL);
}
