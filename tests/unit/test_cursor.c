#include "resolver/base/cursor.h"
#include "tests/unit/test.h"

static const struct slice numbers = SLICE("\x01\x02\x03\x04\x05\x06\x07\x08");

TEST(cursor_reads_big_endian)
{
    struct cursor cursor = cursor_of(numbers);
    struct err err;

    CHECK_NUMBER(0x01, cursor_u8(&cursor));
    CHECK_NUMBER(0x0203, cursor_be16(&cursor));
    CHECK_NUMBER(0x04050607, cursor_be32(&cursor));
    CHECK_NUMBER(1, cursor_left(&cursor));
    CHECK_NUMBER(0x08, cursor_u8(&cursor));
    CHECK_OK(cursor_done(&cursor, &err), err);
}

TEST(cursor_reads_little_endian)
{
    struct cursor cursor = cursor_of(numbers);
    struct err err;

    CHECK_NUMBER(0x0201, cursor_le16(&cursor));
    CHECK_NUMBER(0x06050403, cursor_le32(&cursor));
    CHECK_NUMBER(0x0807, cursor_le16(&cursor));
    CHECK_OK(cursor_done(&cursor, &err), err);
}

TEST(cursor_reads_eight_bytes)
{
    struct cursor big = cursor_of(numbers), little = cursor_of(numbers);
    struct cursor top = cursor_of(SLICE("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"));

    CHECK(cursor_be64(&big) == 0x0102030405060708u);
    CHECK(cursor_le64(&little) == 0x0807060504030201u);
    CHECK(cursor_be64(&top) == 0xFFFFFFFFFFFFFFFEu);
}

TEST(cursor_takes_slices_of_its_input)
{
    struct cursor cursor = cursor_of(test_guarded(SLICE("abcdef")));
    struct err err;

    CHECK_TEXT("ab", cursor_take(&cursor, 2));
    CHECK_TEXT("", cursor_take(&cursor, 0));
    CHECK_TEXT("cdef", cursor_take(&cursor, 4));
    CHECK_NUMBER(0, cursor_left(&cursor));
    CHECK_OK(cursor_done(&cursor, &err), err);
}

TEST(cursor_stays_failed_after_a_short_read)
{
    struct cursor cursor = cursor_of(test_guarded(SLICE("abc")));
    struct err err;

    CHECK_NUMBER('a', cursor_u8(&cursor));
    CHECK_NUMBER(0, cursor_be32(&cursor));
    CHECK_NUMBER(0, cursor_u8(&cursor));
    CHECK_NUMBER(0, cursor_take(&cursor, 1).len);
    CHECK_NUMBER(0, cursor_take(&cursor, 0).len);
    CHECK_NUMBER(0, cursor_left(&cursor));
    CHECK_ERR(ERR_FORMAT, "offset 1: the data ends too early (3 bytes in all)",
              cursor_done(&cursor, &err), err);
}

TEST(cursor_refuses_sizes_that_would_overflow)
{
    struct cursor cursor = cursor_of(SLICE("abc"));

    CHECK_NUMBER('a', cursor_u8(&cursor));
    CHECK_NUMBER(0, cursor_take(&cursor, SIZE_MAX).len);
    CHECK(cursor.failed);
}

TEST(cursor_done_refuses_trailing_bytes)
{
    struct cursor cursor = cursor_of(SLICE("abc"));
    struct err err;

    CHECK_NUMBER('a', cursor_u8(&cursor));
    CHECK_ERR(ERR_FORMAT, "offset 1: 2 bytes follow the end", cursor_done(&cursor, &err), err);
}

TEST(cursor_over_nothing_is_done)
{
    struct cursor cursor = cursor_of(slice_of(NULL, 0));
    struct err err;

    CHECK_OK(cursor_done(&cursor, &err), err);
    CHECK_NUMBER(0, cursor_u8(&cursor));
    CHECK_ERR(ERR_FORMAT, "offset 0: the data ends too early (0 bytes in all)",
              cursor_done(&cursor, &err), err);
}
