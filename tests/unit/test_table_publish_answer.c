#include "bundle/cli/table_publish_answer.h"

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

static void check_printed(const char *want, const struct table_publish_answer *answer, bool is_json)
{
    struct invocation invocation = {.given[OPT_JSON] = is_json};
    struct buf out;
    struct uid uid;
    struct err err;

    CHECK_OK(uid_parse(SLICE("stream/debug/v1.0.0"), &uid, &err), err);
    buf_init_heap(&out, 4096);
    invocation.out = &out;
    table_publish_answer_print(answer, &uid, &invocation);
    CHECK_TEXT(want, buf_slice(&out));
    buf_clear(&out);
}

TEST(table_publish_answer_names_what_was_written_and_what_was_there)
{
    struct table_publish_answer answer = {0};

    check_printed("", &answer, false);
    check_printed("{\"uid\":\"stream/debug/v1.0.0\",\"written\":[],\"unchanged\":[]}\n", &answer,
                  true);
    table_publish_answer_add(&answer, "r/b", true);
    table_publish_answer_add(&answer, "r/a\n", false);
    table_publish_answer_add(&answer, "r/c", true);
    check_printed("r/b: written\nr/a\\x0a: as before\nr/c: written\n", &answer, false);
    check_printed("{\"uid\":\"stream/debug/v1.0.0\",\"written\":[\"r/b\",\"r/c\"],"
                  "\"unchanged\":[\"r/a\\n\"]}\n",
                  &answer, true);
}
