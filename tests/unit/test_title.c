#include "bundle/archive/title.h"

#include <string.h>

#include "resolver/crypto/crypto.h"
#include "tests/unit/test.h"

TEST(title_accepts_paths_of_a_repository)
{
    static const char *const good[] = {
        "images/v2.2.0.json",
        "constellation/v1/ref/-/stream/stable/v2.2.0/image/csp/gcp/measurements.json.sig",
        "a", "a/b/c", "A_b+c=d@e,f~g-h.i", "..a", "a..b", "-", "sealift~1", "sbom/sealif~1",
    };
    struct err err;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK_OK(title_check(slice_text(good[i]), &err), err);
}

TEST(title_refuses_what_is_not_safe)
{
#define CHARACTER "a character outside A-Z a-z 0-9 . _ + = @ , ~ -"
    static const struct {
        struct slice title;
        const char *message;
    } bad[] = {
        {SLICE(""), "title \"\": empty"},
        {SLICE("/etc/passwd"), "title \"/etc/passwd\": an absolute path"},
        {SLICE("a//b"), "title \"a//b\": an empty part"},
        {SLICE("a/"), "title \"a/\": an empty part"},
        {SLICE(".."), "title \"..\": a part that ends in a dot"},
        {SLICE("a/../b"), "title \"a/../b\": a part that ends in a dot"},
        {SLICE("a/./b"), "title \"a/./b\": a part that ends in a dot"},
        {SLICE("a."), "title \"a.\": a part that ends in a dot"},
        {SLICE("a b"), "title \"a b\": " CHARACTER},
        {SLICE("a\\b"), "title \"a\\\\b\": " CHARACTER},
        {SLICE("c:d"), "title \"c:d\": " CHARACTER},
        {SLICE("a\0b"), "title \"a\\x00b\": " CHARACTER},
        {SLICE("a\nb"), "title \"a\\x0ab\": " CHARACTER},
        {SLICE("\xC3\xA4"), "title \"\xC3\xA4\": " CHARACTER},
        {SLICE("oci-layout"), "title \"oci-layout\": a name that the bundle itself uses"},
        {SLICE("Index.JSON"), "title \"Index.JSON\": a name that the bundle itself uses"},
        {SLICE("blobs/x"), "title \"blobs/x\": a name that the bundle itself uses"},
        {SLICE(".sealift/x"), "title \".sealift/x\": a name that the bundle itself uses"},
        {SLICE("SEALIF~1/floor.json"),
         "title \"SEALIF~1/floor.json\": a name that the bundle itself uses"},
        {SLICE("sealif~2"), "title \"sealif~2\": a name that the bundle itself uses"},
    };
    char longest[300];
    struct err err;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_ERR(ERR_FORMAT, bad[i].message, title_check(bad[i].title, &err), err);
    memset(longest, 'x', sizeof longest);
    CHECK_OK(title_check(slice_of(longest, 100), &err), err);
    CHECK(title_check(slice_of(longest, 101), &err) == ERR_FORMAT);
    CHECK(strstr(err.msg, ": too long for a tar header"));
}

static const uint8_t digests[2][SHA256_SIZE] = {{1}, {2}};

static enum err_code check_set(const char *const *texts, const int *contents, size_t count,
                               struct err *err)
{
    static uint8_t memory[4096];
    struct title titles[8];
    struct arena arena;

    arena_init_fixed(&arena, memory, sizeof memory);
    for (size_t i = 0; i < count; i++)
        titles[i] = (struct title){slice_text(texts[i]), digests[contents ? contents[i] : 0]};
    return title_check_all(titles, count, &arena, err);
}

TEST(title_sets_without_clashes)
{
    static const char *const good[] = {"a/b", "a/c", "a.b", "b/a", "x.raw.zst", "ab", "a-b"};
    static const char *const same[] = {"a", "b", "a"};
    struct err err;

    CHECK_OK(check_set(good, NULL, 7, &err), err);
    CHECK_OK(check_set(same, NULL, 3, &err), err);
    CHECK_OK(check_set(NULL, NULL, 0, &err), err);
}

TEST(title_sets_that_clash)
{
    static const struct {
        const char *texts[3];
        int contents[3];
        const char *message;
    } bad[] = {
        {{"a", "b", "a"}, {0, 0, 1}, "titles \"a\" and \"a\" are one title with two contents"},
        {{"x.raw", "b", "x.raw.zst"}, {0, 0, 1},
         "titles \"x.raw\" and \"x.raw.zst\" are one file after decompression"},
        {{"a/B", "b", "A/b"}, {0, 0, 0}, "titles \"A/b\" and \"a/B\" differ in case alone"},
        {{"a/b", "a", "c"}, {0, 0, 0},
         "titles \"a\" and \"a/b\" clash: the first would be a folder"},
        {{"A/b", "a.b", "a"}, {0, 0, 0},
         "titles \"a\" and \"A/b\" clash: the first would be a folder"},
    };
    struct err err;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_ERR(ERR_FORMAT, bad[i].message, check_set(bad[i].texts, bad[i].contents, 3, &err),
                  err);
}

TEST(title_unpacked_loses_zst_alone_of_images)
{
    CHECK_TEXT("a.raw", title_unpacked(SLICE("a.raw.zst")));
    CHECK_TEXT("a.zst", title_unpacked(SLICE("a.zst")));
    CHECK_TEXT("a.raw", title_unpacked(SLICE("a.raw")));
}
