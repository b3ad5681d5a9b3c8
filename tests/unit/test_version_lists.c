#include "bundle/import/version_lists.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define FOLDER "constellation/v1/ref/-/stream/stable/versions/"

static size_t make(const char *const *texts, size_t count, struct arena *arena,
                   struct version_lists *lists)
{
    struct uid uids[8];
    struct err err;

    arena_init_heap(arena, (size_t)1 << 20);
    for (size_t i = 0; i < count; i++)
        CHECK_OK(uid_parse(slice_text(texts[i]), &uids[i], &err), err);
    CHECK_OK(version_lists_make(uids, count, arena, lists, &err), err);
    return lists->count;
}

static void check(const struct version_lists *lists, size_t number, const char *name,
                  const char *text)
{
    CHECK_TEXT(name, slice_text(lists->list[number].name));
    CHECK_TEXT(text, lists->list[number].text);
}

TEST(version_lists_name_what_there_is)
{
    static const char *const uids[] = {"v1.9.0", "v2.2.0", "v2.2.1", "v2.10.0", "v2.11.0-pre.1"};
    struct version_lists lists;
    struct arena arena;

    CHECK_NUMBER(7, make(uids, 5, &arena, &lists));
    check(&lists, 0, FOLDER "major/v1/image.json",
          "{\"ref\":\"-\",\"stream\":\"stable\",\"granularity\":\"major\",\"base\":\"v1\","
          "\"kind\":\"image\",\"versions\":[\"v1.9\"]}\n");
    check(&lists, 1, FOLDER "major/v2/image.json",
          "{\"ref\":\"-\",\"stream\":\"stable\",\"granularity\":\"major\",\"base\":\"v2\","
          "\"kind\":\"image\",\"versions\":[\"v2.2\",\"v2.10\",\"v2.11\"]}\n");
    check(&lists, 2, FOLDER "minor/v1.9/image.json",
          "{\"ref\":\"-\",\"stream\":\"stable\",\"granularity\":\"minor\",\"base\":\"v1.9\","
          "\"kind\":\"image\",\"versions\":[\"v1.9.0\"]}\n");
    check(&lists, 3, FOLDER "minor/v2.2/image.json",
          "{\"ref\":\"-\",\"stream\":\"stable\",\"granularity\":\"minor\",\"base\":\"v2.2\","
          "\"kind\":\"image\",\"versions\":[\"v2.2.0\",\"v2.2.1\"]}\n");
    check(&lists, 6, FOLDER "latest/image.json",
          "{\"ref\":\"-\",\"stream\":\"stable\",\"kind\":\"image\",\"version\":\"v2.10.0\"}\n");
    arena_clear(&arena);
}

TEST(version_lists_of_pre_releases_alone_name_the_highest)
{
    static const char *const uids[] = {"ref/x/stream/nightly/v1.0.0-a", "ref/x/stream/nightly/v1.0.0-b"};
    struct version_lists lists;
    struct arena arena;

    CHECK_NUMBER(3, make(uids, 2, &arena, &lists));
    check(&lists, 2, "constellation/v1/ref/x/stream/nightly/versions/latest/image.json",
          "{\"ref\":\"x\",\"stream\":\"nightly\",\"kind\":\"image\",\"version\":\"v1.0.0-b\"}\n");
    arena_clear(&arena);
}

TEST(version_lists_end_with_the_memory)
{
    struct version_lists lists;
    char memory[200];
    struct arena arena;
    struct uid uid;
    struct err err;

    CHECK_OK(uid_parse(SLICE("v1.0.0"), &uid, &err), err);
    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK_ERR(ERR_LIMIT, NULL, version_lists_make(&uid, 1, &arena, &lists, &err), err);
    CHECK(lists.list == NULL && lists.count == 0);
}
