#include "resolver/base/der.h"

#include <string.h>

#include "tests/unit/test.h"

#define BYTES(literal) test_guarded(SLICE(literal))

TEST(der_open_steps_in_and_past)
{
    struct cursor in = cursor_of(BYTES("\x30\x03\x02\x01\x05\x05\x00")), inside;
    struct slice number;
    struct err err;

    CHECK_NUMBER(DER_SEQUENCE, der_next_tag(&in));
    CHECK_OK(der_open(&in, DER_SEQUENCE, "pair", &inside, &err), err);
    CHECK_NUMBER(DER_INTEGER, der_next_tag(&inside));
    CHECK_OK(der_integer(&inside, "number", &number, &err), err);
    CHECK(slice_equal(number, SLICE("\x05")));
    CHECK_OK(der_end(&inside, "pair", &err), err);
    CHECK_NUMBER(0, der_next_tag(&inside));
    CHECK_OK(der_null(&in, "nothing", &err), err);
    CHECK_OK(der_end(&in, "whole", &err), err);
}

TEST(der_end_refuses_what_is_left)
{
    struct cursor in = cursor_of(BYTES("\x30\x03\x02\x01\x05\x05\x00")), inside;
    struct err err;

    CHECK_OK(der_open(&in, DER_SEQUENCE, "pair", &inside, &err), err);
    CHECK_ERR(ERR_FORMAT, "offset 2: pair: data follows its end (3 bytes)",
              der_end(&inside, "pair", &err), err);
    CHECK_ERR(ERR_FORMAT, "offset 5: whole: data follows its end (2 bytes)",
              der_end(&in, "whole", &err), err);
}

static void check_open(struct slice bytes, const char *message)
{
    struct cursor in = cursor_of(bytes), inside;
    struct err err;

    memset(&inside, 1, sizeof inside);
    CHECK_ERR(ERR_FORMAT, message, der_open(&in, DER_SEQUENCE, "thing", &inside, &err), err);
    CHECK_NUMBER(0, cursor_left(&inside));
    CHECK(inside.in.len == 0 && inside.in.ptr == NULL);
}

TEST(der_open_refuses_other_tags)
{
    check_open(BYTES(""), "offset 0: thing: the data ends before it");
    check_open(BYTES("\x31\x00"), "offset 0: thing: have the tag 0x31, want a SEQUENCE (0x30)");
    check_open(BYTES("\x10\x00"), "offset 0: thing: have the tag 0x10, want a SEQUENCE (0x30)");
}

TEST(der_names_the_tag_it_wants)
{
    static const struct {
        uint8_t tag;
        const char *message;
    } wants[] = {
        {DER_INTEGER, "offset 0: x: have the tag 0x00, want an INTEGER (0x02)"},
        {DER_BIT_STRING, "offset 0: x: have the tag 0x00, want a BIT STRING (0x03)"},
        {DER_OCTET_STRING, "offset 0: x: have the tag 0x00, want an OCTET STRING (0x04)"},
        {DER_NULL, "offset 0: x: have the tag 0x00, want a NULL (0x05)"},
        {DER_OID, "offset 0: x: have the tag 0x00, want an OBJECT IDENTIFIER (0x06)"},
        {DER_SEQUENCE, "offset 0: x: have the tag 0x00, want a SEQUENCE (0x30)"},
        {DER_CONTEXT(1), "offset 0: x: have the tag 0x00, want an element (0xa1)"},
    };

    for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++) {
        struct cursor in = cursor_of(BYTES("\x00\x00"));
        struct slice out = SLICE("x");
        struct err err;

        CHECK_ERR(ERR_FORMAT, wants[i].message, der_read(&in, wants[i].tag, "x", &out, &err), err);
        CHECK_NUMBER(0, out.len);
    }
}

TEST(der_open_refuses_lengths)
{
    check_open(BYTES("\x30"), "offset 1: thing: the data ends in its length");
    check_open(BYTES("\x30\x80\x00\x00"), "offset 1: thing: an indefinite length (not DER)");
    check_open(BYTES("\x30\x81"), "offset 1: thing: the data ends in its length");
    check_open(BYTES("\x30\x82\x01"), "offset 1: thing: the data ends in its length");
    check_open(BYTES("\x30\x81\x01\x00"),
               "offset 1: thing: a length that is not in its shortest form (not DER)");
    check_open(BYTES("\x30\x81\x7F"),
               "offset 1: thing: a length that is not in its shortest form (not DER)");
    check_open(BYTES("\x30\x82\x00\xFF"),
               "offset 1: thing: a length that is not in its shortest form (not DER)");
    check_open(BYTES("\x30\x83\x00\xFF\xFF"),
               "offset 1: thing: a length that is not in its shortest form (not DER)");
    check_open(BYTES("\x30\x84\x00\xFF\xFF\xFF"),
               "offset 1: thing: a length that is not in its shortest form (not DER)");
    check_open(BYTES("\x30\x85\x01\x00\x00\x00\x00"), "offset 1: thing: a length of 5 octets");
    check_open(BYTES("\x30\xFF\x01"), "offset 1: thing: a length of 127 octets");
    check_open(BYTES("\x30\x02\x00"), "offset 1: thing: a length of 2 octets, 1 are left");
    check_open(BYTES("\x30\x84\xFF\xFF\xFF\xFF\x00"),
               "offset 1: thing: a length of 4294967295 octets, 1 are left");
}

TEST(der_reads_every_length_it_writes)
{
    static const size_t lengths[] = {0, 1, 127, 128, 255, 256, 65535, 65536, 70000};
    static uint8_t contents[70000], memory[70010];

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct buf buf;
        struct cursor in;
        struct slice out;
        struct err err;

        buf_init_fixed(&buf, memory, sizeof memory);
        der_write(&buf, DER_OCTET_STRING, slice_of(contents, lengths[i]));
        CHECK_NUMBER(der_header_size(lengths[i]) + lengths[i], buf.len);
        in = cursor_of(buf_slice(&buf));
        CHECK_OK(der_read(&in, DER_OCTET_STRING, "octets", &out, &err), err);
        CHECK_NUMBER(lengths[i], out.len);
        CHECK_OK(der_end(&in, "whole", &err), err);
    }
}

TEST(der_header_sizes)
{
    CHECK_NUMBER(2, der_header_size(0));
    CHECK_NUMBER(2, der_header_size(127));
    CHECK_NUMBER(3, der_header_size(128));
    CHECK_NUMBER(3, der_header_size(255));
    CHECK_NUMBER(4, der_header_size(256));
    CHECK_NUMBER(5, der_header_size(65536));
}

static void check_integer(struct slice bytes, struct slice want)
{
    struct cursor in = cursor_of(bytes);
    struct slice have;
    struct err err;

    CHECK_OK(der_integer(&in, "n", &have, &err), err);
    CHECK(slice_equal(want, have));
}

TEST(der_integers)
{
    check_integer(BYTES("\x02\x01\x00"), SLICE("\x00"));
    check_integer(BYTES("\x02\x01\x7F"), SLICE("\x7F"));
    check_integer(BYTES("\x02\x01\x80"), SLICE("\x80"));
    check_integer(BYTES("\x02\x01\xFF"), SLICE("\xFF"));
    check_integer(BYTES("\x02\x02\x00\x80"), SLICE("\x00\x80"));
    check_integer(BYTES("\x02\x02\xFF\x7F"), SLICE("\xFF\x7F"));
    check_integer(BYTES("\x02\x02\x01\x00"), SLICE("\x01\x00"));
}

TEST(der_refuses_integers_not_in_the_fewest_octets)
{
    static const struct slice bad[] = {
        {(const uint8_t *)"\x02\x00", 2},         {(const uint8_t *)"\x02\x02\x00\x00", 4},
        {(const uint8_t *)"\x02\x02\x00\x7F", 4}, {(const uint8_t *)"\x02\x02\xFF\x80", 4},
        {(const uint8_t *)"\x02\x02\xFF\xFF", 4}, {(const uint8_t *)"\x02\x03\x00\x00\x80", 5},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct cursor in = cursor_of(test_guarded(bad[i]));
        struct slice out = SLICE("x");
        struct err err;

        CHECK_ERR(ERR_FORMAT,
                  "offset 0: n: an INTEGER of no octets, or of more than it needs (not DER)",
                  der_integer(&in, "n", &out, &err), err);
        CHECK_NUMBER(0, out.len);
        in = cursor_of(bad[i]);
        out = SLICE("x");
        CHECK(der_positive(&in, "n", &out, &err) == ERR_FORMAT);
        CHECK_NUMBER(0, out.len);
    }
}

TEST(der_positive_numbers)
{
    struct cursor in = cursor_of(BYTES("\x02\x01\x01\x02\x02\x00\x80\x02\x02\x7F\x00"));
    struct slice out;
    struct err err;

    CHECK_OK(der_positive(&in, "n", &out, &err), err);
    CHECK(slice_equal(SLICE("\x01"), out));
    CHECK_OK(der_positive(&in, "n", &out, &err), err);
    CHECK(slice_equal(SLICE("\x80"), out));
    CHECK_OK(der_positive(&in, "n", &out, &err), err);
    CHECK(slice_equal(SLICE("\x7F\x00"), out));
}

static void check_not_positive(struct slice bytes)
{
    struct cursor in = cursor_of(bytes);
    struct slice out = SLICE("x");
    struct err err;

    CHECK_ERR(ERR_FORMAT, "offset 0: n: zero or negative", der_positive(&in, "n", &out, &err), err);
    CHECK_NUMBER(0, out.len);
}

TEST(der_positive_refuses_zero_and_less)
{
    check_not_positive(BYTES("\x02\x01\x00"));
    check_not_positive(BYTES("\x02\x01\x80"));
    check_not_positive(BYTES("\x02\x02\x80\x00"));
}

TEST(der_bit_strings)
{
    struct cursor in = cursor_of(BYTES("\x03\x03\x00\x0A\x0B\x03\x01\x00")), inside;
    struct err err;

    CHECK_OK(der_bit_string(&in, "bits", &inside, &err), err);
    CHECK_NUMBER(2, cursor_left(&inside));
    CHECK_NUMBER(0x0A, cursor_u8(&inside));
    CHECK_NUMBER(4, inside.at); /* offsets are those of the whole */
    CHECK_OK(der_bit_string(&in, "bits", &inside, &err), err);
    CHECK_NUMBER(0, cursor_left(&inside));
}

static void check_bits(struct slice bytes)
{
    struct cursor in = cursor_of(bytes), inside;
    struct err err;

    memset(&inside, 1, sizeof inside);
    CHECK_ERR(ERR_FORMAT, "offset 0: bits: a BIT STRING that is not of whole octets",
              der_bit_string(&in, "bits", &inside, &err), err);
    CHECK(inside.in.len == 0 && cursor_left(&inside) == 0);
}

TEST(der_refuses_bit_strings_of_other_than_octets)
{
    check_bits(BYTES("\x03\x00"));
    check_bits(BYTES("\x03\x02\x01\xFE"));
    check_bits(BYTES("\x03\x02\x08\x00"));
}

TEST(der_refuses_a_null_with_contents)
{
    struct cursor in = cursor_of(BYTES("\x05\x01\x00"));
    struct err err;

    CHECK_ERR(ERR_FORMAT, "offset 0: none: a NULL with contents", der_null(&in, "none", &err), err);
}

static void check_written(struct slice number, struct slice want)
{
    uint8_t memory[16];
    struct buf buf;

    buf_init_fixed(&buf, memory, sizeof memory);
    der_write_unsigned(&buf, number);
    CHECK(slice_equal(want, buf_slice(&buf)));
}

TEST(der_writes_unsigned_numbers)
{
    check_written(SLICE(""), SLICE("\x02\x01\x00"));
    check_written(SLICE("\x00\x00"), SLICE("\x02\x01\x00"));
    check_written(SLICE("\x7F"), SLICE("\x02\x01\x7F"));
    check_written(SLICE("\x80"), SLICE("\x02\x02\x00\x80"));
    check_written(SLICE("\x00\x00\x01\x00"), SLICE("\x02\x02\x01\x00"));
}
