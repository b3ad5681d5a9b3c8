#include "bundle/cli/publish_report.h"

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

static void check_printed(const char *want, const struct publish_report *report, bool is_json)
{
    struct invocation invocation = {.given[OPT_JSON] = is_json};
    struct buf out;
    struct uid uid;
    struct err err;

    CHECK_OK(uid_parse(SLICE("stream/debug/v1.0.0"), &uid, &err), err);
    buf_init_heap(&out, 4096);
    invocation.out = &out;
    publish_report_print(report, &uid, &invocation);
    CHECK_TEXT(want, buf_slice(&out));
    buf_clear(&out);
}

TEST(publish_report_names_what_was_written_and_what_was_there)
{
    struct publish_report report = {0};

    check_printed("", &report, false);
    check_printed("{\"uid\":\"stream/debug/v1.0.0\",\"written\":[],\"unchanged\":[]}\n", &report, true);
    publish_report_add(&report, "r/b", true);
    publish_report_add(&report, "r/a\n", false);
    publish_report_add(&report, "r/c", true);
    check_printed("r/b: written\nr/a\\x0a: as before\nr/c: written\n", &report, false);
    check_printed("{\"uid\":\"stream/debug/v1.0.0\",\"written\":[\"r/b\",\"r/c\"],"
                  "\"unchanged\":[\"r/a\\n\"]}\n",
                  &report, true);
}
