#include "resolver/base/hex.h"

#include <string.h>

#include "tests/unit/test.h"

TEST(hex_encodes_lower_case)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0x9A, 0xBC, 0xFF};
    char out[11];

    memset(out, 'x', sizeof out);
    hex_encode(bytes, sizeof bytes, out);
    CHECK_TEXT("00019abcff", slice_of(out, 10));
    CHECK(out[10] == '\0');
    hex_encode(bytes, 0, out);
    CHECK(out[0] == '\0');
}

TEST(hex_decodes_either_case)
{
    static const uint8_t want[] = {0x00, 0x09, 0xAF, 0xAF, 0xFF};
    uint8_t out[5];

    CHECK(hex_decode(test_guarded(SLICE("0009afAFfF")), out, 5));
    CHECK(memcmp(want, out, 5) == 0);
    CHECK(hex_decode(SLICE(""), out, 0));
}

TEST(hex_decodes_what_it_encodes)
{
    uint8_t bytes[256], back[256];
    char text[513];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    hex_encode(bytes, sizeof bytes, text);
    CHECK(hex_decode(slice_of(text, 512), back, sizeof back));
    CHECK(memcmp(bytes, back, sizeof bytes) == 0);
}

static void check_refused(struct slice text, size_t len)
{
    uint8_t out[4] = {1, 2, 3, 4}, zeros[4] = {0};

    CHECK(!hex_decode(test_guarded(text), out, len));
    CHECK(memcmp(out, zeros, len) == 0);
}

TEST(hex_refuses_other_lengths)
{
    check_refused(SLICE("abc"), 1);
    check_refused(SLICE("abcdef"), 4);
    check_refused(SLICE("abcd"), 1);
    check_refused(SLICE("a"), 0);
    check_refused(SLICE(""), 1);
}

TEST(hex_refuses_other_characters)
{
    for (unsigned c = 0; c < 256; c++) {
        char text[4] = {'0', (char)c, '0', '0'};
        bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        uint8_t out[2];

        CHECK(hex_decode(slice_of(text, 4), out, 2) == is_digit);
        if (is_digit)
            continue;
        check_refused(slice_of(text, 4), 2);
        text[0] = (char)c;
        text[1] = '0';
        check_refused(slice_of(text, 4), 2);
    }
}
