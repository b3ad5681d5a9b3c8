#include <string.h>

#include "resolver/base/utf8.h"
#include "tests/unit/test.h"

/* Decodes the whole of bytes as one character; -1 when it is not one. */
static long decode(struct slice bytes)
{
    uint32_t code_point = 1;
    size_t len = utf8_decode(test_guarded(bytes), 0, &code_point);

    if (len == 0) {
        CHECK_NUMBER(0, code_point);
        return -1;
    }
    return len == bytes.len ? (long)code_point : -2;
}

TEST(utf8_decodes_each_length_at_its_limits)
{
    CHECK_NUMBER(0x00, decode(SLICE("\0")));
    CHECK_NUMBER(0x7F, decode(SLICE("\x7F")));
    CHECK_NUMBER(0x80, decode(SLICE("\xC2\x80")));
    CHECK_NUMBER(0x7FF, decode(SLICE("\xDF\xBF")));
    CHECK_NUMBER(0x800, decode(SLICE("\xE0\xA0\x80")));
    CHECK_NUMBER(0xD7FF, decode(SLICE("\xED\x9F\xBF")));
    CHECK_NUMBER(0xE000, decode(SLICE("\xEE\x80\x80")));
    CHECK_NUMBER(0xFFFF, decode(SLICE("\xEF\xBF\xBF")));
    CHECK_NUMBER(0x10000, decode(SLICE("\xF0\x90\x80\x80")));
    CHECK_NUMBER(0x10FFFF, decode(SLICE("\xF4\x8F\xBF\xBF")));
}

TEST(utf8_refuses_longer_forms_than_needed)
{
    CHECK_NUMBER(-1, decode(SLICE("\xC0\x80")));
    CHECK_NUMBER(-1, decode(SLICE("\xC1\xBF")));
    CHECK_NUMBER(-1, decode(SLICE("\xE0\x9F\xBF")));
    CHECK_NUMBER(-1, decode(SLICE("\xF0\x8F\xBF\xBF")));
}

TEST(utf8_refuses_surrogates_and_what_is_too_high)
{
    CHECK_NUMBER(-1, decode(SLICE("\xED\xA0\x80")));
    CHECK_NUMBER(-1, decode(SLICE("\xED\xBF\xBF")));
    CHECK_NUMBER(-1, decode(SLICE("\xF4\x90\x80\x80")));
    CHECK_NUMBER(-1, decode(SLICE("\xF5\x80\x80\x80")));
    CHECK_NUMBER(-1, decode(SLICE("\xFF")));
}

TEST(utf8_refuses_broken_sequences)
{
    CHECK_NUMBER(-1, decode(SLICE("\x80")));
    CHECK_NUMBER(-1, decode(SLICE("\xBF")));
    CHECK_NUMBER(-1, decode(SLICE("\xC3")));
    CHECK_NUMBER(-1, decode(SLICE("\xE2\x82")));
    CHECK_NUMBER(-1, decode(SLICE("\xF0\x9F\x98")));
    CHECK_NUMBER(-1, decode(SLICE("\xC3\x28")));
    CHECK_NUMBER(-1, decode(SLICE("\xE2\x28\xA1")));
    CHECK_NUMBER(-1, decode(SLICE("\xF0\x9F\x98\xC0")));
}

TEST(utf8_decode_at_the_end_is_no_character)
{
    uint32_t code_point = 1;

    CHECK_NUMBER(0, utf8_decode(SLICE("a"), 1, &code_point));
    CHECK_NUMBER(0, code_point);
    CHECK_NUMBER(0, utf8_decode(SLICE("a"), SIZE_MAX, &code_point));
    CHECK_NUMBER(1, utf8_decode(SLICE("ab"), 1, &code_point));
    CHECK_NUMBER('b', code_point);
}

TEST(utf8_encode_undoes_decode)
{
    for (uint32_t code_point = 0; code_point < 0x110000; code_point += 0x3F) {
        uint8_t bytes[4];
        uint32_t back = 1;
        size_t len = utf8_encode(code_point, bytes);
        bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;

        if (is_surrogate) {
            CHECK_NUMBER(0, len);
            continue;
        }
        CHECK(len > 0 && utf8_decode(slice_of(bytes, len), 0, &back) == len);
        CHECK_NUMBER(code_point, back);
    }
}

TEST(utf8_encode_refuses_what_is_no_character)
{
    uint8_t bytes[4];

    CHECK_NUMBER(0, utf8_encode(0xD800, bytes));
    CHECK_NUMBER(0, utf8_encode(0xDFFF, bytes));
    CHECK_NUMBER(0, utf8_encode(0x110000, bytes));
    CHECK_NUMBER(0, utf8_encode(0xFFFFFFFF, bytes));
    CHECK_NUMBER(4, utf8_encode(0x10FFFF, bytes));
    CHECK(memcmp(bytes, "\xF4\x8F\xBF\xBF", 4) == 0);
}

TEST(utf8_check_finds_the_first_bad_byte_anywhere)
{
    for (size_t at = 0; at < 20; at++) {
        uint8_t text[20];

        memset(text, 'a', sizeof text);
        text[at] = 0xFF;
        CHECK_NUMBER(at, utf8_check(test_guarded(slice_of(text, sizeof text))));
    }
    CHECK_NUMBER(0, utf8_check(slice_of(NULL, 0)));
    CHECK_NUMBER(9, utf8_check(test_guarded(SLICE("aaaaaaa\xC3\xA4"))));
    CHECK_NUMBER(8, utf8_check(test_guarded(SLICE("aaaaaaaa\xC3"))));
}
