#include "resolver/base/base64.h"

#include <string.h>

#include "tests/unit/test.h"

static void check_both_ways(struct slice bytes, const char *text)
{
    uint8_t out[64];
    char encoded[64];
    struct buf buf;
    size_t len;
    struct err err;

    buf_init_fixed(&buf, encoded, sizeof encoded);
    base64_encode(bytes, &buf);
    CHECK_TEXT(text, buf_slice(&buf));
    CHECK_NUMBER(BASE64_SIZE(bytes.len), buf.len);
    CHECK_OK(base64_decode(test_guarded(slice_text(text)), out, bytes.len, &len, &err), err);
    CHECK(slice_equal(bytes, slice_of(out, len)));
}

/* RFC 4648, section 10 */
TEST(base64_vectors)
{
    check_both_ways(SLICE(""), "");
    check_both_ways(SLICE("f"), "Zg==");
    check_both_ways(SLICE("fo"), "Zm8=");
    check_both_ways(SLICE("foo"), "Zm9v");
    check_both_ways(SLICE("foob"), "Zm9vYg==");
    check_both_ways(SLICE("fooba"), "Zm9vYmE=");
    check_both_ways(SLICE("foobar"), "Zm9vYmFy");
}

TEST(base64_whole_alphabet)
{
    static const uint8_t bytes[] = {0x00, 0x10, 0x83, 0x10, 0x51, 0x87, 0x20, 0x92, 0x8B, 0x30,
                                    0xD3, 0x8F, 0x41, 0x14, 0x93, 0x51, 0x55, 0x97, 0x61, 0x96,
                                    0x9B, 0x71, 0xD7, 0x9F, 0x82, 0x18, 0xA3, 0x92, 0x59, 0xA7,
                                    0xA2, 0x9A, 0xAB, 0xB2, 0xDB, 0xAF, 0xC3, 0x1C, 0xB3, 0xD3,
                                    0x5D, 0xB7, 0xE3, 0x9E, 0xBB, 0xF3, 0xDF, 0xBF};
    char encoded[65];
    uint8_t out[48];
    struct buf buf;
    size_t len;
    struct err err;

    buf_init_fixed(&buf, encoded, sizeof encoded);
    base64_encode(slice_of(bytes, sizeof bytes), &buf);
    CHECK_TEXT("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", buf_slice(&buf));
    CHECK_OK(base64_decode(buf_slice(&buf), out, sizeof out, &len, &err), err);
    CHECK(slice_equal(slice_of(bytes, sizeof bytes), slice_of(out, len)));
}

/* Both ways of decoding refuse text, with that message and nothing left in out. */
static void check_refused(const char *text, enum err_code code, const char *message)
{
    struct slice guarded = test_guarded(slice_text(text));
    uint8_t out[6], zeros[6] = {0};
    struct err err;

    for (int with_lines = 0; with_lines < 2; with_lines++) {
        size_t len = 99;

        memset(out, 0, sizeof out);
        CHECK_ERR(code, message,
                  (with_lines ? base64_decode_lines : base64_decode)(guarded, out, sizeof out, &len,
                                                                     &err),
                  err);
        CHECK_NUMBER(0, len);
        CHECK(memcmp(out, zeros, sizeof out) == 0);
    }
}

TEST(base64_refuses_other_characters)
{
    check_refused(" Zm9v", ERR_FORMAT, "offset 0: \" \" is not a base64 character");
    check_refused("Zm9v\t", ERR_FORMAT, "offset 4: \"\\x09\" is not a base64 character");
    check_refused("Zm9v\r", ERR_FORMAT, "offset 4: \"\\x0d\" is not a base64 character");
    check_refused("Zm9v\rZm9v", ERR_FORMAT, "offset 4: \"\\x0d\" is not a base64 character");
    check_refused("Z\"9v", ERR_FORMAT, "offset 1: \"\\\"\" is not a base64 character");
    check_refused("\xEF\xBB\xBFZm9v", ERR_FORMAT, "offset 0: \"\\xef\" is not a base64 character");
    check_refused("Zm9-", ERR_FORMAT,
                  "offset 3: \"-\" is not a base64 character (it belongs to the URL-safe alphabet; "
                  "the standard one has + and /)");
    check_refused("Zm9_", ERR_FORMAT,
                  "offset 3: \"_\" is not a base64 character (it belongs to the URL-safe alphabet; "
                  "the standard one has + and /)");
}

TEST(base64_refuses_each_byte_outside_the_alphabet)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (unsigned c = 0; c < 256; c++) {
        char text[4] = {'A', (char)c, 'A', 'A'};
        uint8_t out[3];
        size_t len;
        struct err err;
        bool is_good = c != 0 && strchr(alphabet, (int)c);

        CHECK((base64_decode(slice_of(text, 4), out, 3, &len, &err) == ERR_OK) == is_good);
    }
}

TEST(base64_refuses_wrong_padding)
{
    check_refused("=", ERR_FORMAT, "offset 0: base64 padding where none belongs");
    check_refused("Z===", ERR_FORMAT, "offset 1: base64 padding where none belongs");
    check_refused("Zg=", ERR_FORMAT,
                  "offset 3: the base64 text ends in the middle (padding missing, or cut off)");
    check_refused("Zg", ERR_FORMAT,
                  "offset 2: the base64 text ends in the middle (padding missing, or cut off)");
    check_refused("Zm9vZ", ERR_FORMAT,
                  "offset 5: the base64 text ends in the middle (padding missing, or cut off)");
    check_refused("Zg===", ERR_FORMAT, "offset 4: text after the base64 padding");
    check_refused("Zg==Zg==", ERR_FORMAT, "offset 4: text after the base64 padding");
    check_refused("Zm8=Zm9v", ERR_FORMAT, "offset 4: text after the base64 padding");
    check_refused("Zg=v", ERR_FORMAT, "offset 3: text after the base64 padding");
}

TEST(base64_refuses_unused_bits)
{
    check_refused("Zh==", ERR_FORMAT, "offset 3: bits before the base64 padding are not zero");
    check_refused("Zo==", ERR_FORMAT, "offset 3: bits before the base64 padding are not zero");
    check_refused("Zm9=", ERR_FORMAT, "offset 3: bits before the base64 padding are not zero");
}

/* Of the 64 * 64 endings "xy==", one in 16 has its unused bits zero; of "xyz=" one in 4. */
TEST(base64_has_one_text_for_each_value)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t two = 0, one = 0;

    for (size_t i = 0; i < 64; i++) {
        char text_two[4] = {'A', alphabet[i], '=', '='}, text_one[4] = {'A', 'A', alphabet[i], '='};
        uint8_t out[3];
        size_t len;
        struct err err;

        two += base64_decode(slice_of(text_two, 4), out, 3, &len, &err) == ERR_OK;
        one += base64_decode(slice_of(text_one, 4), out, 3, &len, &err) == ERR_OK;
    }
    CHECK_NUMBER(4, two);
    CHECK_NUMBER(16, one);
}

TEST(base64_refuses_more_than_there_is_room_for)
{
    check_refused("Zm9vYmFyIQ==", ERR_LIMIT, "offset 11: the base64 text holds more than 6 bytes");
    check_refused("Zm9vYmFyZm9v", ERR_LIMIT, "offset 11: the base64 text holds more than 6 bytes");
}

TEST(base64_lines_may_end_anywhere)
{
    static const char *const texts[] = {"Zm9vYmFy\n",       "Zm9vYmFy\r\n",
                                        "Zm\n9vYm\r\nFy",   "\nZm9vYmFy",
                                        "Zm9v\n\n\r\nYmFy", "Z\nm\n9\nv\nY\nm\nF\ny\n"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct slice text = test_guarded(slice_text(texts[i]));
        uint8_t out[6];
        size_t len;
        struct err err;

        CHECK_OK(base64_decode_lines(text, out, sizeof out, &len, &err), err);
        CHECK_TEXT("foobar", slice_of(out, len));
        CHECK(base64_decode(text, out, sizeof out, &len, &err) == ERR_FORMAT);
    }
}

TEST(base64_lines_may_end_within_the_padding)
{
    uint8_t out[1];
    size_t len;
    struct err err;

    CHECK_OK(base64_decode_lines(SLICE("Zg=\n=\n"), out, 1, &len, &err), err);
    CHECK_TEXT("f", slice_of(out, len));
}

TEST(base64_without_lines_names_the_line_end)
{
    uint8_t out[6];
    size_t len;
    struct err err;

    CHECK_ERR(ERR_FORMAT, "offset 4: \"\\x0a\" is not a base64 character",
              base64_decode(SLICE("Zm9v\n"), out, sizeof out, &len, &err), err);
}

TEST(base64_encode_marks_a_full_buf)
{
    char text[3];
    struct buf buf;
    struct err err;

    buf_init_fixed(&buf, text, sizeof text);
    base64_encode(SLICE("f"), &buf);
    CHECK(buf_done(&buf, &err) == ERR_LIMIT);
}
