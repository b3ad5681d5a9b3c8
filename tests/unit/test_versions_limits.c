/* Repositories that offer without end. */
#include <stdio.h>
#include <string.h>

#include "resolver/base/buf.h"
#include "resolver/base/heap.h"
#include "resolver/core/versions.h"
#include "tests/unit/test.h"

#define LISTS "constellation/v1/ref/-/stream/stable/versions/"
#define HEAD "{\"ref\": \"-\", \"stream\": \"stable\", \"kind\": \"image\", "

static struct arena arena;

/* A directory that has as many versions as one likes. */
static enum err_code list_many(void *ctx, const char *folder,
                               enum err_code (*visit)(void *, struct slice, struct err *),
                               void *visit_ctx, struct err *err)
{
    const size_t *count = ctx;

    for (size_t i = 0; i < *count && slice_is(slice_text(folder), "images"); i++) {
        char name[64];

        snprintf(name, sizeof name, "v1.0.%zu.json", (i * 7919) % *count);
        if (visit(visit_ctx, slice_text(name), err))
            return err->code;
    }
    return ERR_OK;
}

TEST(versions_are_at_most_20000)
{
    size_t count = VERSIONS_MAX;
    struct source source = {.ctx = &count, .base = "many", .list = list_many};
    struct versions versions;
    struct err err;

    arena_init_heap(&arena, (size_t)64 << 20);
    CHECK_OK(versions_list(&source, -1, SLICE("-"), SLICE("stable"), &arena, &versions, &err), err);
    CHECK_NUMBER(20000, versions.count);
    CHECK_TEXT("v1.0.0", slice_text(versions.list[0].text));
    CHECK_TEXT("v1.0.19999", slice_text(versions.list[19999].text));
    arena_clear(&arena);
    count++;
    CHECK_ERR(ERR_LIMIT, "many: more than 20000 versions of one ref and stream",
              versions_list(&source, -1, SLICE("-"), SLICE("stable"), &arena, &versions, &err),
              err);
    arena_clear(&arena);
}

/* A server whose list of one major version names minor versions without end. */
struct endless {
    size_t asked;
    char list[1 << 20];
    struct buf text;
};

static enum err_code get_endless(void *ctx, const char *name, size_t max_bytes,
                                 struct arena *unused, enum source_answer *answer,
                                 struct slice *bytes, struct err *err)
{
    struct endless *endless = ctx;

    (void)max_bytes;
    (void)unused;
    (void)err;
    endless->asked++;
    *answer = SOURCE_FOUND;
    if (slice_ends(slice_text(name), "latest/image.json"))
        *bytes = slice_text(HEAD "\"version\": \"v0.0.0\"}");
    else if (slice_ends(slice_text(name), "major/v0/image.json"))
        *bytes = buf_slice(&endless->text);
    else
        *answer = SOURCE_ABSENT;
    return ERR_OK;
}

TEST(versions_of_a_server_are_at_most_500_lists)
{
    static struct endless endless;
    struct source source = {.ctx = &endless, .base = "endless", .get = get_endless};
    struct versions versions;
    struct err err;

    buf_init_fixed(&endless.text, endless.list, sizeof endless.list);
    buf_add_text(&endless.text,
                 HEAD "\"granularity\": \"major\", \"base\": \"v0\", \"versions\": [");
    for (int i = 0; i < 50000; i++)
        buf_add_format(&endless.text, "%s\"v0.%d\"", i ? ", " : "", i);
    buf_add_text(&endless.text, "]}");
    CHECK(!endless.text.failed);
    arena_init_heap(&arena, (size_t)64 << 20);
    CHECK_ERR(ERR_LIMIT, "endless/" LISTS "major/v0/image.json: more than 500 version lists",
              versions_list(&source, -1, SLICE("-"), SLICE("stable"), &arena, &versions, &err),
              err);
    CHECK_NUMBER(VERSION_LISTS_MAX, endless.asked);
    arena_clear(&arena);
}

/* A server that answers every question with as much as it may. */
static enum err_code get_large(void *ctx, const char *name, size_t max_bytes, struct arena *unused,
                               enum source_answer *answer, struct slice *bytes, struct err *err)
{
    struct endless *endless = ctx;
    size_t len;

    (void)unused;
    (void)err;
    if (slice_ends(slice_text(name), "latest/image.json")) {
        *answer = SOURCE_FOUND;
        *bytes = slice_text(HEAD "\"version\": \"v99.0.0\"}");
        return ERR_OK;
    }
    len = (size_t)snprintf(endless->list, sizeof endless->list,
                           HEAD "\"granularity\": \"major\", \"base\": \"v%zu\", \"versions\": []}",
                           endless->asked++);
    memset(endless->list + len, ' ', sizeof endless->list - len);
    *answer = SOURCE_FOUND;
    *bytes = slice_of(endless->list, max_bytes);
    return ERR_OK;
}

TEST(versions_of_a_server_are_at_most_16_mib)
{
    static struct endless endless;
    struct source source = {.ctx = &endless, .base = "large", .get = get_large};
    struct versions versions;
    struct err err;

    arena_init_heap(&arena, (size_t)64 << 20);
    CHECK_ERR(ERR_LIMIT,
              "large/" LISTS "major/v15/image.json: this and the version lists before it have more than 16 MiB",
              versions_list(&source, -1, SLICE("-"), SLICE("stable"), &arena, &versions, &err),
              err);
    CHECK_NUMBER(16, endless.asked);
    arena_clear(&arena);
}
