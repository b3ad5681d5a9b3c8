#include "bundle/import/receipt_read.h"

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define RECEIPT(releases) "{\"receipt\": 1, \"bundle\": \"sha256:0\", \"releases\": [" releases "], \"files\": []}"
#define RELEASE(uid, created) "{\"uid\": \"" uid "\", \"created\": " created ", \"bestBefore\": null}"

static int64_t latest[2];

/* Of v2.2.0, of which nothing is known, and of v2.3.0 on stream debug, at 1700000000. */
static enum err_code read(const char *text, struct err *err)
{
    struct uid uids[2];
    const struct uid *list[2] = {&uids[0], &uids[1]};
    struct arena arena;
    enum err_code rc;

    CHECK_OK(uid_parse(SLICE("v2.2.0"), &uids[0], err), *err);
    CHECK_OK(uid_parse(SLICE("stream/debug/v2.3.0"), &uids[1], err), *err);
    latest[0] = INT64_MIN;
    latest[1] = 1700000000;
    arena_init_heap(&arena, (size_t)1 << 20);
    rc = receipt_read(slice_text(text), list, 2, &arena, latest, err);
    arena_clear(&arena);
    return rc;
}

TEST(receipt_read_takes_the_latest_of_each)
{
    struct err err;

    CHECK_OK(read(RECEIPT(""), &err), err);
    CHECK(latest[0] == INT64_MIN && latest[1] == 1700000000);
    CHECK_OK(read(RECEIPT(RELEASE("v2.2.0", "\"2024-11-05T23:59:59Z\"") ","
                          RELEASE("stream/debug/v2.3.0", "\"2023-11-14T22:13:21Z\"")), &err), err);
    CHECK_NUMBER(1730851199, latest[0]);
    CHECK_NUMBER(1700000001, latest[1]);
    CHECK_OK(read(RECEIPT(RELEASE("v2.3.0", "\"2024-11-05T23:59:59Z\"") ","
                          RELEASE("stream/debug/v2.3.0", "\"2023-11-14T22:13:19Z\"") ","
                          RELEASE("v2.2.0", "null")), &err), err);
    CHECK(latest[0] == INT64_MIN && latest[1] == 1700000000);
}

TEST(receipt_read_refusals)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"", "line 1, column 1: the document is empty, want a value"},
        {"[]", "receipt: want 1, the form that this program knows"},
        {"{\"receipt\": 2, \"releases\": []}", "receipt: want 1, the form that this program knows"},
        {"{\"receipt\": \"1\", \"releases\": []}", "receipt: want 1, the form that this program knows"},
        {"{\"receipt\": 1}", "releases: have nothing, want a list"},
        {RECEIPT("1"), "line 1: uid: missing, want a string"},
        {RECEIPT("{\"uid\": \"v2.2.0\"}"), "line 1: created: missing, want a string"},
        {RECEIPT(RELEASE("v2", "null")), NULL},
        {RECEIPT(RELEASE("v2.2.0", "1")), "line 1: line 1: created: have a number, want a string"},
        {RECEIPT(RELEASE("v2.2.0", "\"yesterday\"")), NULL},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err;

        CHECK_ERR(ERR_FORMAT, bad[i].message, read(bad[i].text, &err), err);
    }
}
