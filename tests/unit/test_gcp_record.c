#include "bundle/publish/gcp_record.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define IMAGE "\"imageSha256\":\"0001020304050607000102030405060700010203040506070001020304050607\""
#define ARCHIVE "\"archiveSize\":\"18446744073709551615\",\"archiveMd5\":\"000102030405060700010203040506ff\""
#define FILE_FACTS \
    "\"device\":\"1\",\"inode\":\"2\",\"size\":\"3\",\"written\":\"4\",\"writtenNs\":\"5\"," \
    "\"changed\":\"6\",\"changedNs\":\"7\""

static enum err_code parse(const char *text, struct gcp_record *record, struct err *err)
{
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, 1 << 20);
    rc = gcp_record_parse(test_guarded(slice_text(text)), &arena, record, err);
    arena_clear(&arena);
    return rc;
}

TEST(gcp_record_is_read_as_written)
{
    static const char *const texts[] = {"{" IMAGE "}", "{" IMAGE "," ARCHIVE "}",
                                        "{" IMAGE "," ARCHIVE "," FILE_FACTS "}"};

    for (size_t i = 0; i < 3; i++) {
        char memory[GCP_RECORD_MAX + 1];
        struct gcp_record first, second;
        struct buf out;
        struct err err;

        CHECK_OK(parse(texts[i], &first, &err), err);
        CHECK(first.has_archive == (i > 0) && first.has_file == (i > 1));
        buf_init_fixed(&out, memory, GCP_RECORD_MAX);
        gcp_record_write(&first, &out);
        memory[out.len] = '\0';
        CHECK_OK(parse(memory, &second, &err), err);
        CHECK(memcmp(&first, &second, sizeof first) == 0);
    }
}

TEST(gcp_record_has_what_was_noted)
{
    struct gcp_record record;
    struct err err;

    CHECK_OK(parse("{" IMAGE "," ARCHIVE "," FILE_FACTS "}", &record, &err), err);
    CHECK(record.image[31] == 7 && record.archive_md5[15] == 0xff);
    CHECK(record.archive_size == UINT64_MAX);
    for (size_t i = 0; i < GCP_FILE_FACTS; i++)
        CHECK_NUMBER(i + 1, record.file[i]);
}

TEST(gcp_record_refuses_all_else)
{
    static const char *const texts[] = {
        "", "[]", "{}", "{\"imageSha256\":\"00\"}", "{\"imageSha256\":1}",
        "{" IMAGE ",\"archiveMd5\":\"000102030405060700010203040506ff\"}",
        "{" IMAGE ",\"archiveMd5\":\"00\",\"archiveSize\":\"1\"}",
        "{" IMAGE ",\"archiveMd5\":\"000102030405060700010203040506fg\",\"archiveSize\":\"1\"}",
        "{" IMAGE ",\"archiveMd5\":\"000102030405060700010203040506ff\",\"archiveSize\":\"-1\"}",
        "{" IMAGE ",\"device\":\"1\"}", "{" IMAGE ",\"device\":\"18446744073709551616\"}",
        "{" IMAGE "} x"};
    struct gcp_record record, zero;
    struct err err;

    memset(&zero, 0, sizeof zero);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CHECK_ERR(ERR_FORMAT, NULL, parse(texts[i], &record, &err), err);
        CHECK(memcmp(&record, &zero, sizeof zero) == 0);
    }
}

TEST(gcp_record_has_a_limit)
{
    static char large[GCP_RECORD_MAX + 2];
    struct gcp_record record;
    struct err err;

    memset(large, ' ', sizeof large - 1);
    CHECK_ERR(ERR_LIMIT, "4097 bytes, at most 4096 are allowed", parse(large, &record, &err), err);
}
