#include "bundle/import/floor.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"
#include "tests/unit/uid_of.h"

#define STREAM "\"ref\":\"-\",\"stream\":\"stable\""
#define FLOOR "{\"floor\":1,\"streams\":[{" STREAM ",\"minimum\":\"v2.1.0\",\"highest\":[\"v2.3.1\",\"v2.2.4\"]}]}"

static struct arena arena;

static enum err_code parse(const char *text, struct floor *floor, struct err *err)
{
    arena_init_heap(&arena, (size_t)64 << 20);
    return floor_parse(slice_text(text), &arena, floor, err);
}

static enum err_code check(const struct floor *floor, const char *text, struct err *err)
{
    struct uid uid = uid_of(text);

    return floor_check(floor, &uid, err);
}

TEST(floor_refuses_what_is_older)
{
    struct floor floor;
    struct err err;

    CHECK_OK(parse(FLOOR, &floor, &err), err);
    CHECK_ERR(ERR_POLICY, "v2.2.3: is older than v2.2.4, which this repository has had",
              check(&floor, "v2.2.3", &err), err);
    CHECK_ERR(ERR_POLICY, "v2.0.9: is older than v2.1.0, the minimum that is set for this repository",
              check(&floor, "v2.0.9", &err), err);
    CHECK_OK(check(&floor, "v2.2.4", &err), err);
    CHECK_OK(check(&floor, "v2.2.10", &err), err);
    CHECK_OK(check(&floor, "v2.1.0", &err), err); /* another minor version, at the minimum */
    CHECK_OK(check(&floor, "v2.2.0-pre.1", &err), err);
    CHECK_OK(check(&floor, "v1.0.0-pre", &err), err);
    CHECK_OK(check(&floor, "stream/debug/v2.2.0", &err), err);
    CHECK_OK(check(&floor, "ref/x/stream/debug/v2.2.0", &err), err);
    arena_clear(&arena);
}

TEST(floor_rises_and_never_falls)
{
    struct uid list[] = {uid_of("v2.2.0"), uid_of("v2.3.2"), uid_of("v3.0.0"), uid_of("v4.0.0-pre"),
                         uid_of("stream/debug/v0.1.0")};
    const struct uid *uids[] = {&list[0], &list[1], &list[2], &list[3], &list[4]};
    struct floor floor, raised;
    char memory[2000];
    bool has_changed;
    struct buf out;
    struct err err;

    CHECK_OK(parse(FLOOR, &floor, &err), err);
    CHECK_OK(floor_raise(&floor, uids, 1, &arena, &raised, &has_changed, &err), err);
    CHECK(!has_changed);
    CHECK_OK(floor_raise(&floor, &uids[3], 1, &arena, &raised, &has_changed, &err), err);
    CHECK(!has_changed);
    CHECK_OK(floor_raise(&floor, uids, 5, &arena, &raised, &has_changed, &err), err);
    CHECK(has_changed);
    buf_init_fixed(&out, memory, sizeof memory);
    floor_write(&raised, &out);
    CHECK_TEXT("{\n  \"floor\": 1,\n  \"streams\": [\n    {\n      \"ref\": \"-\",\n"
               "      \"stream\": \"debug\",\n      \"highest\": [\n        \"v0.1.0\"\n      ]\n    },\n"
               "    {\n      \"ref\": \"-\",\n      \"stream\": \"stable\",\n"
               "      \"minimum\": \"v2.1.0\",\n      \"highest\": [\n        \"v2.2.4\",\n"
               "        \"v2.3.2\",\n        \"v3.0.0\"\n      ]\n    }\n  ]\n}\n",
               buf_slice(&out));
    CHECK_OK(floor_parse(buf_slice(&out), &arena, &floor, &err), err);
    CHECK_NUMBER(4, floor.highest_count);
    CHECK_NUMBER(1, floor.minimum_count);
    arena_clear(&arena);
}

TEST(floor_keeps_a_minimum_that_stands_alone)
{
    struct floor floor;
    char memory[500];
    struct buf out;
    struct err err;

    CHECK_OK(parse("{\"floor\":1,\"streams\":[{" STREAM ",\"minimum\":\"v9.0.0\",\"highest\":[]}]}",
                   &floor, &err), err);
    buf_init_fixed(&out, memory, sizeof memory);
    floor_write(&floor, &out);
    CHECK_TEXT("{\n  \"floor\": 1,\n  \"streams\": [\n    {\n      \"ref\": \"-\",\n"
               "      \"stream\": \"stable\",\n      \"minimum\": \"v9.0.0\",\n      \"highest\": []\n"
               "    }\n  ]\n}\n",
               buf_slice(&out));
    arena_clear(&arena);
}

static void refuse(const char *text, const char *message)
{
    struct floor floor;
    struct err err;

    CHECK_ERR(ERR_FORMAT, message, parse(text, &floor, &err), err);
    CHECK(floor.highest == NULL && floor.highest_count == 0 && floor.minimum_count == 0);
    arena_clear(&arena);
}

TEST(floor_is_read_strictly)
{
    refuse("{", NULL);
    refuse("[]", "line 1: have a list, want an object");
    refuse("{\"streams\":[]}", "floor: want 1, the form that this program knows");
    refuse("{\"floor\":\"1\",\"streams\":[]}", "floor: want 1, the form that this program knows");
    refuse("{\"floor\":1,\"more\":1,\"streams\":[]}", "line 1: \"more\": a floor has no such member");
    refuse("{\"floor\":1}", "streams: have nothing, want a list");
    refuse("{\"floor\":1,\"streams\":[1]}", "line 1: have a number, want an object");
    refuse("{\"floor\":1,\"streams\":[{\"stream\":\"stable\",\"highest\":[]}]}",
           "ref: missing, want a string");
    refuse("{\"floor\":1,\"streams\":[{\"ref\":\"-\",\"highest\":[]}]}",
           "stream: missing, want a string");
    refuse("{\"floor\":1,\"streams\":[{" STREAM "}]}", "line 1: highest: have nothing, want a list");
    refuse("{\"floor\":1,\"streams\":[{" STREAM ",\"high\":1,\"highest\":[]}]}",
           "line 1: \"high\": a floor has no such member");
    refuse("{\"floor\":1,\"streams\":[{\"ref\":\"-\",\"stream\":\"x\",\"highest\":[]}]}", NULL);
    refuse("{\"floor\":1,\"streams\":[{" STREAM ",\"highest\":[\"v2.2\"]}]}", NULL);
    refuse("{\"floor\":1,\"streams\":[{" STREAM ",\"highest\":[1]}]}", NULL);
    refuse("{\"floor\":1,\"streams\":[{" STREAM ",\"highest\":[\"v2.2.0-a\"]}]}",
           "line 1: highest: v2.2.0-a is a pre-release, which no floor has");
    refuse("{\"floor\":1,\"streams\":[{" STREAM ",\"minimum\":\"v2.2.0-a\",\"highest\":[]}]}",
           "line 1: minimum: v2.2.0-a is a pre-release, which no floor has");
    refuse("{\"floor\":1,\"streams\":[{" STREAM ",\"highest\":[\"v2.2.0\",\"v2.2.1\"]}]}",
           "line 1: highest: v2.2.0 and v2.2.1 are of one minor version");
    refuse("{\"floor\":1,\"streams\":[{" STREAM ",\"highest\":[\"v2.2.0\"]},{" STREAM
           ",\"highest\":[]}]}", "line 1: ref -, stream stable stands here again");
    refuse("{\"floor\":1,\"streams\":[{" STREAM ",\"minimum\":\"v2.2.0\",\"highest\":[]},{" STREAM
           ",\"highest\":[]}]}", "line 1: ref -, stream stable stands here again");
}
