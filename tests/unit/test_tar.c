#include "bundle/archive/tar.h"

#include <string.h>

#include "tests/unit/test.h"

#define ARCHIVE_MAX 8192

/* A name of len bytes whose "/" stand at the given places (0: none). */
static struct tar_member named(size_t len, size_t slash, size_t other)
{
    struct tar_member member = {.size = 0};

    memset(member.name, 'x', len);
    if (slash)
        member.name[slash] = '/';
    if (other)
        member.name[other] = '/';
    return member;
}

static void check_round(const struct tar_member *member, uint64_t time)
{
    uint8_t block[TAR_BLOCK];
    struct tar_member again;
    uint64_t again_time;
    struct err err;

    CHECK_OK(tar_header(member, time, block, &err), err);
    CHECK_OK(tar_parse(block, &again, &again_time, &err), err);
    CHECK_TEXT(member->name, slice_text(again.name));
    CHECK_TEXT(member->link, slice_text(again.link));
    CHECK_NUMBER(member->size, again.size);
    CHECK_NUMBER(time, again_time);
}

TEST(tar_header_is_ustar_to_the_byte)
{
    static const struct tar_member member = {.name = "images/v2.2.0.json", .size = 1234};
    uint8_t block[TAR_BLOCK];
    struct err err;

    CHECK_OK(tar_header(&member, 0, block, &err), err);
    CHECK(memcmp(block, "images/v2.2.0.json\0", 19) == 0);
    CHECK(memcmp(block + 100, "0000644\0000000000\0000000000\00000000002322\00000000000000\0", 48) ==
          0);
    CHECK_NUMBER('0', block[156]);
    CHECK(memcmp(block + 257, "ustar\00000\0", 9) == 0);
    CHECK(memcmp(block + 329, "0000000\0000000000\0", 16) == 0);
    CHECK_NUMBER(0, block[511]);
}

TEST(tar_reads_what_it_writes)
{
    static const uint64_t sizes[] = {0, 1, 511, 512, 8589934591u, 8589934592u, TAR_SIZE_MAX};
    struct tar_member member = {.name = "blobs/sha256/0"};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        member.size = sizes[i];
        check_round(&member, 0);
        check_round(&member, TAR_TIME_MAX);
    }
    member = (struct tar_member){.name = "a/b", .link = "blobs/sha256/1"};
    check_round(&member, 1700000000);
}

TEST(tar_writes_large_sizes_in_base_256)
{
    static const struct tar_member member = {.name = "x", .size = 8589934592u};
    uint8_t block[TAR_BLOCK];
    struct err err;

    CHECK_OK(tar_header(&member, 0, block, &err), err);
    CHECK(memcmp(block + 124, "\x80\0\0\0\0\0\0\x02\0\0\0\0", 12) == 0);
}

TEST(tar_splits_long_names_at_a_slash)
{
    struct tar_member member;

    member = named(100, 0, 0);
    check_round(&member, 0);
    member = named(101, 5, 0);
    check_round(&member, 0);
    member = named(256, 155, 0);
    check_round(&member, 0);
    member = named(200, 120, 150);
    check_round(&member, 0);
    CHECK(tar_name_fits(slice_text(member.name)));
    member = named(101, 0, 0);
    CHECK(!tar_name_fits(slice_text(member.name)));
    member = named(101, 100, 0); /* nothing after the slash */
    CHECK(!tar_name_fits(slice_text(member.name)));
    member = named(256, 156, 0);
    CHECK(!tar_name_fits(slice_text(member.name)));
    member = named(256, 154, 0);
    CHECK(!tar_name_fits(slice_text(member.name)));
    CHECK(!tar_name_fits(SLICE("")));
}

TEST(tar_splits_at_the_first_slash_that_will_do)
{
    struct tar_member member = named(150, 60, 100);
    uint8_t block[TAR_BLOCK];
    struct err err;

    CHECK_OK(tar_header(&member, 0, block, &err), err);
    CHECK_NUMBER(60, strlen((const char *)block + 345));
    CHECK_NUMBER(89, strnlen((const char *)block, 100));
}

TEST(tar_header_refuses_what_no_header_can_hold)
{
    struct tar_member member = {.name = "", .size = 0};
    uint8_t block[TAR_BLOCK];
    struct err err;

    CHECK_ERR(ERR_USAGE, ": no name that a tar header can hold",
              tar_header(&member, 0, block, &err), err);
    member = (struct tar_member){.name = "x", .size = (uint64_t)TAR_SIZE_MAX + 1};
    CHECK_ERR(ERR_USAGE, "x: no size that a tar header can hold",
              tar_header(&member, 0, block, &err), err);
    member = (struct tar_member){.name = "x", .link = "y", .size = 1};
    CHECK_ERR(ERR_USAGE, "x: no size that a tar header can hold",
              tar_header(&member, 0, block, &err), err);
    member.size = 0;
    CHECK_ERR(ERR_USAGE, "time 8589934592: after the year 2242, which tar cannot hold",
              tar_header(&member, TAR_TIME_MAX + 1, block, &err), err);
}

static void check_refused(const char *message, const uint8_t block[TAR_BLOCK])
{
    struct tar_member member;
    uint64_t time;
    struct err err;

    CHECK_ERR(ERR_FORMAT, message, tar_parse(block, &member, &time, &err), err);
    CHECK(member.name[0] == '\0' && time == 0);
}

/* Writes the checksum that a changed header then has. */
static void set_checksum(uint8_t block[TAR_BLOCK])
{
    unsigned sum = 8 * ' ';

    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= 148 && i < 156 ? 0 : block[i];
    for (size_t i = 0; i < 6; i++)
        block[148 + i] = (uint8_t)('0' + (sum >> (15 - 3 * i) & 7));
}

TEST(tar_parse_names_the_field_that_differs)
{
    static const struct {
        size_t at;
        uint8_t value;
        const char *field;
    } changes[] = {
        {50, 'x', "name"},           {100, '1', "mode"},        {106, '5', "mode"},
        {108, '1', "uid"},           {116, ' ', "gid"},         {124, ' ', "size"},
        {135, ' ', "size"},          {136, 0x80, "mtime"},      {147, '0', "mtime"},
        {155, 0, "checksum"},        {156, '5', "type"},        {156, 0, "type"},
        {156, 'x', "type"},          {160, 'y', "link name"},   {262, ' ', "magic"},
        {263, ' ', "version"},       {265, 'r', "owner's name"}, {297, 'r', "group's name"},
        {329, '1', "device major"},  {337, 0, "device minor"},  {350, 'p', "prefix"},
        {500, 'x', "padding"},       {511, 1, "padding"},
    };
    static const struct tar_member member = {.name = "a", .size = 5};
    struct err err;

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        uint8_t block[TAR_BLOCK];
        char message[100] = "";

        CHECK_OK(tar_header(&member, 0, block, &err), err);
        block[changes[i].at] = changes[i].value;
        if (changes[i].at != 155)
            set_checksum(block);
        strncat(message, changes[i].field, 20);
        strncat(message, ": is not what sealift writes into a tar header", 60);
        check_refused(message, block);
    }
}

TEST(tar_parse_refuses_every_changed_byte)
{
    static const struct tar_member member = {.name = "images/x.json", .size = 12345};
    uint8_t block[TAR_BLOCK];
    size_t refused = 0;
    struct err err;

    CHECK_OK(tar_header(&member, 1700000000, block, &err), err);
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            struct tar_member again;
            uint64_t time;

            block[i] ^= (uint8_t)(1u << bit);
            refused += tar_parse(block, &again, &time, &err) == ERR_FORMAT;
            block[i] ^= (uint8_t)(1u << bit);
        }
    }
    CHECK_NUMBER(8 * TAR_BLOCK, refused);
}

TEST(tar_parse_says_what_a_foreign_block_is)
{
    uint8_t block[TAR_BLOCK] = {0x1F, 0x8B};

    check_refused("compressed as a whole, want a plain tar archive", block);
    memcpy(block, "\x28\xB5\x2F\xFD", 4);
    check_refused("compressed as a whole, want a plain tar archive", block);
    memcpy(block, "sealift part", 12);
    check_refused("is one part of a split archive", block);
    memset(block, 'x', sizeof block);
    check_refused("not a tar header", block);
}

TEST(tar_parse_refuses_a_size_beyond_the_limit)
{
    static const struct tar_member member = {.name = "a", .size = 8589934592u};
    uint8_t block[TAR_BLOCK];
    struct err err;

    CHECK_OK(tar_header(&member, 0, block, &err), err);
    block[128] = 0x7F;
    set_checksum(block);
    check_refused("size: is not what sealift writes into a tar header", block);
}

/* An archive with the members "a" (5 bytes) and "b" (none), and its end. */
static size_t make_archive(uint8_t out[ARCHIVE_MAX])
{
    struct tar_member member = {.name = "a", .size = 5};
    struct err err;

    memset(out, 0, ARCHIVE_MAX);
    CHECK_OK(tar_header(&member, 7, out, &err), err);
    memcpy(out + TAR_BLOCK, "hello", 5);
    member = (struct tar_member){.name = "b"};
    CHECK_OK(tar_header(&member, 7, out + 2 * TAR_BLOCK, &err), err);
    return 3 * TAR_BLOCK + TAR_END;
}

/* Goes through an archive; the code of its end. */
static enum err_code walk(const uint8_t *bytes, size_t len, size_t *members, struct err *err)
{
    struct slice slice = slice_of(bytes, len);
    struct image image = image_memory(&slice);
    struct tar_reader reader = {.image = &image};
    bool is_end = false;

    *members = 0;
    while (!is_end) {
        struct tar_member member;
        uint64_t time, at;

        if (tar_next(&reader, &member, &time, &at, &is_end, err))
            return err->code;
        *members += !is_end;
    }
    return ERR_OK;
}

TEST(tar_next_goes_through_an_archive)
{
    uint8_t bytes[ARCHIVE_MAX];
    size_t len = make_archive(bytes), members;
    struct slice slice = slice_of(bytes, len);
    struct image image = image_memory(&slice);
    struct tar_reader reader = {.image = &image};
    struct tar_member member;
    uint64_t time, at;
    bool is_end;
    struct err err;

    CHECK_OK(tar_next(&reader, &member, &time, &at, &is_end, &err), err);
    CHECK_TEXT("a", slice_text(member.name));
    CHECK_NUMBER(5, member.size);
    CHECK_NUMBER(7, time);
    CHECK_NUMBER(512, at);
    CHECK_OK(walk(bytes, len, &members, &err), err);
    CHECK_NUMBER(2, members);
}

TEST(tar_next_refuses_what_is_cut_off_or_trailing)
{
    uint8_t bytes[ARCHIVE_MAX];
    size_t len = make_archive(bytes), members;
    struct err err;

    CHECK_ERR(ERR_CORRUPT, "byte 0: cut off, the archive has no end", walk(bytes, 0, &members, &err),
              err);
    CHECK_ERR(ERR_CORRUPT, "byte 511: cut off, the archive has no end",
              walk(bytes, 511, &members, &err), err);
    CHECK_ERR(ERR_CORRUPT, "a: cut off: 0 of its 5 bytes are there",
              walk(bytes, 512, &members, &err), err);
    CHECK_ERR(ERR_CORRUPT, "a: cut off: 3 of its 5 bytes are there",
              walk(bytes, 515, &members, &err), err);
    CHECK_ERR(ERR_CORRUPT, "a: cut off: 5 of its 5 bytes are there",
              walk(bytes, 600, &members, &err), err);
    CHECK_ERR(ERR_CORRUPT, "byte 1024: cut off, the archive has no end",
              walk(bytes, 1024, &members, &err), err);
    CHECK_ERR(ERR_CORRUPT, "byte 1536: cut off, the archive has no end",
              walk(bytes, 1536, &members, &err), err);
    CHECK_ERR(ERR_CORRUPT, "byte 2048: the end of the archive is cut off",
              walk(bytes, 2048, &members, &err), err);
    CHECK_ERR(ERR_FORMAT, "byte 2560: 512 bytes after the end of the archive",
              walk(bytes, len + 512, &members, &err), err);
    for (size_t cut = 0; cut < len; cut++)
        CHECK(walk(bytes, cut, &members, &err) == ERR_CORRUPT);
}

TEST(tar_next_refuses_padding_that_is_not_zero)
{
    uint8_t bytes[ARCHIVE_MAX];
    size_t len = make_archive(bytes), members;
    struct err err;

    bytes[1023] = 1;
    CHECK_ERR(ERR_FORMAT, "a: the bytes after it are not all zeros",
              walk(bytes, len, &members, &err), err);
    bytes[1023] = 0;
    bytes[2559] = 1;
    CHECK_ERR(ERR_FORMAT, "byte 2048: the end of the archive is not all zeros",
              walk(bytes, len, &members, &err), err);
    bytes[2559] = 0;
    bytes[1600] = 1;
    CHECK_ERR(ERR_FORMAT, "byte 1536: not a tar header", walk(bytes, len, &members, &err), err);
}
