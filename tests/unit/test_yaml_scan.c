#include <stdlib.h>
#include <string.h>

#include "resolver/base/yaml_scan.h"
#include "tests/unit/test.h"

static enum err_code scan(struct slice text, struct err *err)
{
    return yaml_scan(test_guarded(text), err);
}

static void check_refused(const char *want_msg, struct slice text, int line)
{
    struct err err;
    enum err_code rc = scan(text, &err);

    test_check_err(ERR_FORMAT, want_msg, rc, &err, __FILE__, line);
}

#define REFUSES(want_msg, text) check_refused((want_msg), SLICE(text), __LINE__)

TEST(yaml_scan_accepts_text)
{
    struct err err;

    CHECK_OK(scan(SLICE(""), &err), err);
    CHECK_OK(scan(SLICE("a: 1\r\nb:\t\"\xC3\xA4 % \xF0\x9F\x98\x80\"\n\n # %YAML\n"), &err), err);
    CHECK_OK(scan(SLICE("\xC2\xA0\xEF\xBF\xBD\xEE\x80\x80"), &err), err);
}

TEST(yaml_scan_refuses_bytes_that_are_not_utf8)
{
    REFUSES("line 1, column 1: the byte \\xff is not UTF-8", "\xFF\xFE" "a\0");
    REFUSES("line 2, column 3: the byte \\xc3 is not UTF-8", "\xC3\xA4\n\xC3\xA4 \xC3");
}

TEST(yaml_scan_refuses_byte_order_marks_anywhere)
{
    REFUSES("line 1, column 1: have a byte order mark, want the document without it",
            "\xEF\xBB\xBF" "a: 1");
    REFUSES("line 2, column 1: have a byte order mark, want the document without it",
            "a: 1\n\xEF\xBB\xBF" "b: 1");
}

TEST(yaml_scan_refuses_control_characters)
{
    REFUSES("line 1, column 2: the control character U+0000 is not allowed", "a\0");
    REFUSES("line 1, column 1: the control character U+001B is not allowed", "\x1B[31m");
    REFUSES("line 1, column 1: the control character U+007F is not allowed", "\x7F");
    REFUSES("line 1, column 1: the control character U+009B is not allowed", "\xC2\x9B");
    REFUSES("line 1, column 1: the control character U+FFFE is not allowed", "\xEF\xBF\xBE");
    REFUSES("line 1, column 1: the control character U+FFFF is not allowed", "\xEF\xBF\xBF");
}

TEST(yaml_scan_refuses_line_ends_that_do_not_show)
{
    REFUSES("line 1, column 4: have the line end U+0085, want LF or CR LF", "# a\xC2\x85" "b: 1\n");
    REFUSES("line 1, column 4: have the line end U+2028, want LF or CR LF",
            "# a\xE2\x80\xA8" "b: 1\n");
    REFUSES("line 1, column 4: have the line end U+2029, want LF or CR LF",
            "# a\xE2\x80\xA9" "b: 1\n");
    REFUSES("line 1, column 4: have the line end CR, want LF or CR LF", "# a\rb: 1\n");
    REFUSES("line 1, column 5: have the line end CR, want LF or CR LF", "a: 1\r");
}

TEST(yaml_scan_refuses_directives)
{
    REFUSES("line 1, column 1: directives (lines that begin with %) are not allowed",
            "%YAML 1.1\n---\na: 1\n");
    REFUSES("line 3, column 1: directives (lines that begin with %) are not allowed",
            "a: 1\r\n...\r\n%TAG ! x\n");
}

TEST(yaml_scan_limits_blanks_in_a_row)
{
    char text[YAML_BLANKS_MAX + 2];
    struct err err;

    memset(text, ' ', sizeof text);
    text[0] = 'a';
    CHECK_OK(scan(slice_of(text, YAML_BLANKS_MAX + 1), &err), err);
    check_refused("line 1, column 1026: more than 1024 blanks and line ends in a row",
                  slice_of(text, YAML_BLANKS_MAX + 2), __LINE__);
    text[100] = '\t';
    text[200] = '\n';
    text[500] = '\r';
    text[501] = '\n';
    check_refused("line 3, column 524: more than 1024 blanks and line ends in a row",
                  slice_of(text, YAML_BLANKS_MAX + 2), __LINE__);
    text[800] = '#';
    CHECK_OK(scan(slice_of(text, YAML_BLANKS_MAX + 2), &err), err);
}

TEST(yaml_scan_limits_size)
{
    struct err err;

    /* Not a byte of it is read. */
    CHECK_ERR(ERR_LIMIT, "the document has 16777217 bytes, at most 16777216 are read",
              yaml_scan(slice_of("", YAML_SIZE_MAX + 1), &err), err);
}
