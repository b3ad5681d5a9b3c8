#include "bundle/measure/command_line.h"

#include "tests/unit/test.h"

#define UNITS_MAX 64

/* The units that the stub makes of text, without the NUL at the end: ASCII as it is, others in hex. */
static void check_units(const char *want, struct slice text, unsigned stub)
{
    uint8_t memory[2 * UNITS_MAX];
    char shown[8 * UNITS_MAX];
    struct buf units, have;
    size_t count;

    buf_init_fixed(&units, memory, sizeof memory);
    buf_init_fixed(&have, shown, sizeof shown);
    command_line_encode(test_guarded(text), stub, &units);
    count = units.len / 2;
    CHECK(!units.failed && units.len % 2 == 0 && count > 0);
    for (size_t i = 0; i + 1 < count; i++) {
        unsigned unit = memory[2 * i] | (unsigned)memory[2 * i + 1] << 8;

        if (unit >= 0x20 && unit < 0x7F)
            buf_add_byte(&have, (uint8_t)unit);
        else
            buf_add_format(&have, "<%04x>", unit);
    }
    CHECK(memory[2 * count - 2] == 0 && memory[2 * count - 1] == 0);
    CHECK_TEXT(want, buf_slice(&have));
}

static void check_both(const char *want, struct slice text)
{
    check_units(want, text, 254);
    check_units(want, text, 255);
}

TEST(command_line_keeps_what_is_plain)
{
    check_both("root=/dev/sda2 quiet", SLICE("root=/dev/sda2 quiet"));
    check_both("a~b", SLICE("a~b"));
    check_both("", slice_of(NULL, 0));
    check_both("", SLICE(" \t\r\n "));
}

TEST(command_line_makes_blanks_of_control_characters)
{
    check_both("a b", SLICE("a\tb"));
    check_both("a  b   c", SLICE("a\r\nb \x01 c"));
    check_both("a", SLICE("a\n"));
}

TEST(command_line_trims_its_start_from_255_on)
{
    check_units("  a", SLICE("\t a "), 252);
    check_units("  a", SLICE("\t a "), 254);
    check_units("a", SLICE("\t a "), 255);
    check_units("a b", SLICE(" a b "), 262);
}

TEST(command_line_takes_delete_for_a_blank_from_255_on)
{
    check_units("a<007f>b<007f>", SLICE("a\x7f" "b\x7f"), 254);
    check_units("a b", SLICE("\x7f" "a\x7f" "b\x7f"), 255);
}

TEST(command_line_ends_at_the_first_nul)
{
    check_both("a", SLICE("a\0b"));
    check_both("a", SLICE("a\xc0\x80" "b"));
    check_both("", SLICE("\0a"));
}

TEST(command_line_decodes_utf8)
{
    check_both("<00e4><20ac>", SLICE("\xc3\xa4\xe2\x82\xac"));
    check_both("<0080><07ff><0800><ffff>", SLICE("\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"));
    check_both("<d7ff><e000>", SLICE("\xed\x9f\xbf\xee\x80\x80"));
}

/* As the stub does: its decoder knows no shortest form. */
TEST(command_line_takes_overlong_forms)
{
    check_both("AAAA", SLICE("\xc1\x81\xe0\x81\x81\xf0\x80\x81\x81" "A"));
    check_both("AA", SLICE("\xf8\x80\x80\x81\x81\xfc\x80\x80\x80\x81\x81"));
}

TEST(command_line_drops_what_ucs2_cannot_say)
{
    check_both("ab", SLICE("a\xf0\x9f\x98\x80" "b"));
    check_both("ab", SLICE("a\xf0\x90\x80\x80" "b"));
    check_both("ab", SLICE("a\xed\xa0\x80\xed\xbf\xbf" "b"));
}

TEST(command_line_drops_what_is_malformed)
{
    check_both("ab", SLICE("a\x80\xbf" "b"));
    check_both("ab", SLICE("a\xfe\xff" "b"));
    check_both("ab", SLICE("a\xc3(b")); /* with the byte that does not continue it */
    check_both("a", SLICE("a\xe2\x82"));
    check_both("a", SLICE("a\xfc\x80\x80\x80\x80"));
}

TEST(command_line_needs_room)
{
    uint8_t memory[7];
    struct buf out;
    struct err err;

    buf_init_fixed(&out, memory, sizeof memory);
    command_line_encode(SLICE("abc"), 257, &out);
    CHECK_NUMBER(ERR_LIMIT, buf_done(&out, &err));
}
