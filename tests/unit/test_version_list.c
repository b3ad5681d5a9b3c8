#include "bundle/table/version_list.h"

#include <stdio.h>

#include "resolver/base/heap.h"
#include "resolver/core/versions.h"
#include "tests/unit/test.h"
#include "tests/unit/uid_of.h"

static struct arena arena;
static struct buf out;

/* The list without spaces and line ends. */
static struct slice squeezed(void)
{
    size_t kept = 0;

    for (size_t i = 0; i < out.len; i++) {
        if (out.ptr[i] != ' ' && out.ptr[i] != '\n')
            out.ptr[kept++] = out.ptr[i];
    }
    out.len = kept;
    return buf_slice(&out);
}

static void begin(void)
{
    arena_init_heap(&arena, (size_t)1 << 20);
    buf_init_heap(&out, (size_t)1 << 20);
}

static void end(void)
{
    arena_clear(&arena);
    buf_clear(&out);
}

static void check_added(enum version_list_kind kind, const char *before, const char *uid,
                        const char *want)
{
    struct uid added = uid_of(uid);
    struct err err;

    begin();
    CHECK_OK(version_list_add(kind, slice_text(before), &added, &arena, &out, &err), err);
    CHECK_TEXT(want, squeezed());
    end();
}

static void check_refused(enum version_list_kind kind, const char *before, enum err_code code,
                          const char *message)
{
    struct uid added = uid_of("v2.3.0");
    struct err err;

    begin();
    CHECK_ERR(code, message, version_list_add(kind, slice_text(before), &added, &arena, &out, &err),
              err);
    end();
}

#define LATEST(version) \
    "{\"ref\":\"-\",\"stream\":\"stable\",\"kind\":\"image\",\"version\":\"" version "\"}"
#define MAJOR(base, versions)                                                               \
    "{\"ref\":\"-\",\"stream\":\"stable\",\"granularity\":\"major\",\"base\":\"" base "\"," \
    "\"kind\":\"image\",\"versions\":[" versions "]}"
#define MINOR(base, versions)                                                               \
    "{\"ref\":\"-\",\"stream\":\"stable\",\"granularity\":\"minor\",\"base\":\"" base "\"," \
    "\"kind\":\"image\",\"versions\":[" versions "]}"

TEST(version_list_names)
{
    struct uid uid = uid_of("ref/x/stream/debug/v2.10.3-pre");
    char name[LAYOUT_NAME_MAX];

    version_list_name(VERSION_LIST_LATEST, &uid, name);
    CHECK_TEXT("constellation/v1/ref/x/stream/debug/versions/latest/image.json", slice_text(name));
    version_list_name(VERSION_LIST_MAJOR, &uid, name);
    CHECK_TEXT("constellation/v1/ref/x/stream/debug/versions/major/v2/image.json",
               slice_text(name));
    version_list_name(VERSION_LIST_MINOR, &uid, name);
    CHECK_TEXT("constellation/v1/ref/x/stream/debug/versions/minor/v2.10/image.json",
               slice_text(name));
}

TEST(version_list_latest_is_the_highest_release)
{
    check_added(VERSION_LIST_LATEST, "", "v2.3.0", LATEST("v2.3.0"));
    check_added(VERSION_LIST_LATEST, LATEST("v2.3.0"), "v2.10.0", LATEST("v2.10.0"));
    check_added(VERSION_LIST_LATEST, LATEST("v2.10.0"), "v2.3.0", LATEST("v2.10.0"));
    check_added(VERSION_LIST_LATEST, LATEST("v2.3.0"), "v2.4.0-pre", LATEST("v2.3.0"));
    check_added(VERSION_LIST_LATEST, LATEST("v2.4.0-pre"), "v2.3.0", LATEST("v2.3.0"));
    check_added(VERSION_LIST_LATEST, LATEST("v2.4.0-pre.2"), "v2.4.0-pre.10",
                LATEST("v2.4.0-pre.10"));
}

TEST(version_list_is_sorted_by_precedence)
{
    check_added(VERSION_LIST_MAJOR, "", "v2.3.0", MAJOR("v2", "\"v2.3\""));
    check_added(VERSION_LIST_MAJOR, MAJOR("v2", "\"v2.10\",\"v2.2\""), "v2.3.1",
                MAJOR("v2", "\"v2.2\",\"v2.3\",\"v2.10\""));
    check_added(VERSION_LIST_MAJOR, MAJOR("v2", "\"v2.3\""), "v2.3.1", MAJOR("v2", "\"v2.3\""));
    check_added(VERSION_LIST_MINOR, "", "v2.3.0", MINOR("v2.3", "\"v2.3.0\""));
    check_added(VERSION_LIST_MINOR, MINOR("v2.3", "\"v2.3.0-pre\",\"v2.3.10\""), "v2.3.0",
                MINOR("v2.3", "\"v2.3.0-pre\",\"v2.3.0\",\"v2.3.10\""));
    check_added(VERSION_LIST_MINOR, MINOR("v2.3", ""), "v2.3.0", MINOR("v2.3", "\"v2.3.0\""));
}

TEST(version_list_refuses_other_lists)
{
    check_refused(VERSION_LIST_LATEST, "{", ERR_FORMAT, NULL);
    check_refused(VERSION_LIST_LATEST, "[]", ERR_FORMAT, "have a list, want an object");
    check_refused(VERSION_LIST_LATEST, LATEST("v2"), ERR_FORMAT, NULL);
    check_refused(VERSION_LIST_LATEST, MAJOR("v2", ""), ERR_FORMAT, "has 6 members, want 4");
    check_refused(VERSION_LIST_MAJOR, LATEST("v2.0.0"), ERR_FORMAT,
                  "granularity: missing, want a string");
    check_refused(VERSION_LIST_MAJOR, MINOR("v2.3", ""), ERR_FORGED,
                  "granularity: have \"minor\", want \"major\"");
    check_refused(VERSION_LIST_MAJOR, MAJOR("v3", ""), ERR_FORGED,
                  "base: have \"v3\", want \"v2\"");
    check_refused(VERSION_LIST_LATEST,
                  "{\"ref\":\"x\",\"stream\":\"debug\",\"kind\":\"image\",\"version\":\"v2.0.0\"}",
                  ERR_FORGED, "ref: have \"x\", want \"-\"");
    check_refused(VERSION_LIST_MINOR, MINOR("v2.3", "\"v2.30.0\""), ERR_FORMAT,
                  "version \"v2.30.0\": is not below v2.3");
    check_refused(VERSION_LIST_MINOR, MINOR("v2.3", "\"v2.3.1\",\"v2.3.1\""), ERR_FORMAT,
                  "version \"v2.3.1\": stands twice");
    check_refused(VERSION_LIST_MAJOR, MAJOR("v2", "\"v3.1\""), ERR_FORMAT,
                  "version \"v3.1\": is not below v2");
    check_refused(VERSION_LIST_MAJOR, MAJOR("v2", "\"v2.3.1\""), ERR_FORMAT, NULL);
    check_refused(VERSION_LIST_MAJOR, MAJOR("v2", "7"), ERR_FORMAT,
                  "line 1: versions: have a number, want a string");
}

static void check_made(enum version_list_kind kind, const struct uid *uids, size_t count,
                       const char *want)
{
    struct err err;

    begin();
    CHECK_OK(version_list_make(kind, uids, count, &arena, &out, &err), err);
    CHECK_TEXT(want, squeezed());
    end();
}

TEST(version_list_made_anew_is_sorted_and_has_each_once)
{
    const struct uid uids[] = {uid_of("v2.3.0"), uid_of("v2.3.1"), uid_of("v2.10.0-pre"),
                               uid_of("v2.4.0")};

    check_made(VERSION_LIST_MAJOR, uids, 4, MAJOR("v2", "\"v2.3\",\"v2.4\",\"v2.10\""));
    check_made(VERSION_LIST_MINOR, uids, 2, MINOR("v2.3", "\"v2.3.0\",\"v2.3.1\""));
    check_made(VERSION_LIST_LATEST, uids, 4, LATEST("v2.4.0"));
    check_made(VERSION_LIST_LATEST, &uids[2], 1, LATEST("v2.10.0-pre"));
}

TEST(version_list_of_pre_releases_alone_names_the_highest)
{
    const struct uid uids[] = {uid_of("ref/x/stream/nightly/v1.0.0-a"),
                               uid_of("ref/x/stream/nightly/v1.0.0-b")};

    check_made(VERSION_LIST_LATEST, uids, 2,
               "{\"ref\":\"x\",\"stream\":\"nightly\",\"kind\":\"image\","
               "\"version\":\"v1.0.0-b\"}");
}

/* How many lists of a kind the uids make, and how many versions the first of them gets. */
static void check_groups(enum version_list_kind kind, const struct uid *uids, size_t count,
                         size_t want_lists, size_t want_first)
{
    size_t lists = 0;

    for (size_t at = 0; at < count; lists++)
        at += version_list_together(kind, &uids[at], count - at);
    CHECK_NUMBER(want_lists, lists);
    CHECK_NUMBER(want_first, version_list_together(kind, uids, count));
}

TEST(version_list_groups_versions_by_major_and_minor)
{
    const struct uid uids[] = {uid_of("v2.2.0"), uid_of("v2.2.1"), uid_of("v2.10.0"),
                               uid_of("v2.11.0-pre.1"), uid_of("v10.2.0")};

    check_groups(VERSION_LIST_MAJOR, uids, 5, 2, 4);
    check_groups(VERSION_LIST_MINOR, uids, 5, 4, 2);
    check_groups(VERSION_LIST_LATEST, uids, 5, 1, 5);
    check_groups(VERSION_LIST_MINOR, &uids[4], 1, 1, 1);
    CHECK_NUMBER(0, version_list_together(VERSION_LIST_MAJOR, uids, 0));
}

TEST(version_list_ends_with_the_memory)
{
    struct uid uid = uid_of("v1.0.0");
    struct arena small;
    char memory[200];
    struct err err;
    struct buf little;

    begin();
    for (size_t size = 0; size < 100; size += 20) {
        arena_init_fixed(&small, memory, size);
        CHECK_ERR(ERR_LIMIT, NULL,
                  version_list_make(VERSION_LIST_MINOR, &uid, 1, &small, &out, &err), err);
        CHECK_ERR(ERR_LIMIT, NULL,
                  version_list_add(VERSION_LIST_MINOR, slice_of(NULL, 0), &uid, &small, &out, &err),
                  err);
    }
    buf_init_fixed(&little, memory, 20);
    CHECK_ERR(ERR_LIMIT, NULL,
              version_list_make(VERSION_LIST_MINOR, &uid, 1, &arena, &little, &err), err);
    end();
}

/* As import writes it for a repository of that many. */
TEST(version_list_takes_as_many_versions_as_are_listed)
{
    struct uid uids[300], last = uid_of("v2.3.300");
    struct buf grown;
    struct err err;

    for (size_t i = 0; i < 300; i++) {
        char text[16];

        snprintf(text, sizeof text, "v2.3.%u", (unsigned)i);
        uids[i] = uid_of(text);
    }
    begin();
    buf_init_heap(&grown, (size_t)1 << 20);
    CHECK_OK(version_list_make(VERSION_LIST_MINOR, uids, 300, &arena, &out, &err), err);
    CHECK_OK(version_list_add(VERSION_LIST_MINOR, buf_slice(&out), &last, &arena, &grown, &err), err);
    CHECK(slice_ends(buf_slice(&grown), "\"v2.3.299\",\n    \"v2.3.300\"\n  ]\n}\n"));
    buf_clear(&grown);
    end();
}

/* A list of v2.3.0 to v2.3.(count - 1). */
static void many(struct buf *list, size_t count)
{
    buf_add_text(list, "{\"ref\":\"-\",\"stream\":\"stable\",\"granularity\":\"minor\","
                       "\"base\":\"v2.3\",\"kind\":\"image\",\"versions\":[\"v2.3.0\"");
    for (size_t i = 1; i < count; i++)
        buf_add_format(list, ",\"v2.3.%zu\"", i);
    buf_add_text(list, "]}");
}

TEST(version_list_has_a_limit)
{
    struct uid last = uid_of("v2.3.19999"), next = uid_of("v2.3.20000");
    struct arena large;
    struct buf list;
    struct err err;

    begin();
    arena_init_heap(&large, (size_t)64 << 20);
    buf_init_heap(&list, (size_t)1 << 20);
    many(&list, VERSIONS_MAX);
    CHECK_OK(version_list_add(VERSION_LIST_MINOR, buf_slice(&list), &last, &large, &out, &err), err);
    CHECK_ERR(ERR_LIMIT, "more than 20000 versions",
              version_list_add(VERSION_LIST_MINOR, buf_slice(&list), &next, &large, &out, &err), err);
    list.len = 0;
    many(&list, VERSIONS_MAX + 1);
    CHECK_ERR(ERR_LIMIT, "more than 20000 versions",
              version_list_add(VERSION_LIST_MINOR, buf_slice(&list), &last, &large, &out, &err), err);
    arena_clear(&large);
    buf_clear(&list);
    end();
}
