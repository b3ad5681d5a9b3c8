#include "resolver/base/slice.h"
#include "tests/unit/test.h"

static const struct slice nothing = {NULL, 0};

TEST(slice_of_text_has_no_nul)
{
    CHECK_NUMBER(3, slice_text("abc").len);
    CHECK_NUMBER(0, slice_text("").len);
    CHECK_NUMBER(3, SLICE("a\0c").len);
}

TEST(slice_of_null_text_is_empty)
{
    CHECK_NUMBER(0, slice_text(NULL).len);
    CHECK(slice_text(NULL).ptr == NULL);
}

TEST(slice_equal_compares_length_and_bytes)
{
    CHECK(slice_equal(SLICE("abc"), SLICE("abc")));
    CHECK(!slice_equal(SLICE("abc"), SLICE("abd")));
    CHECK(!slice_equal(SLICE("abc"), SLICE("ab")));
    CHECK(!slice_equal(SLICE("a\0b"), SLICE("a\0c")));
    CHECK(slice_equal(nothing, SLICE("")));
}

TEST(slice_is_compares_with_a_text)
{
    CHECK(slice_is(SLICE("abc"), "abc"));
    CHECK(!slice_is(SLICE("ABC"), "abc"));
    CHECK(slice_is(nothing, ""));
    CHECK(slice_is(nothing, NULL));
}

TEST(slice_is_nocase_takes_ascii_letters_alone_as_the_same)
{
    CHECK(slice_is_nocase(SLICE("GCP"), "gcp"));
    CHECK(slice_is_nocase(SLICE("azAZ09-"), "AZaz09-"));
    CHECK(!slice_is_nocase(SLICE("gc"), "gcp"));
    CHECK(!slice_is_nocase(SLICE("gcq"), "gcp"));
    /* '@' and '`', '[' and '{' are 32 apart as well. */
    CHECK(!slice_is_nocase(SLICE("@["), "`{"));
    /* U+00C4 and U+00E4 */
    CHECK(!slice_is_nocase(SLICE("\xC3\x84"), "\xC3\xA4"));
    CHECK(slice_equal_nocase(SLICE("Mirror.TEST"), SLICE("mirror.test")));
    CHECK(!slice_equal_nocase(SLICE("mirror.test"), SLICE("mirror.tes")));
    CHECK(slice_equal_nocase(SLICE(""), SLICE("")));
}

TEST(slice_compare_orders_bytes_and_prefixes)
{
    CHECK(slice_compare(SLICE("a"), SLICE("b")) < 0);
    CHECK(slice_compare(SLICE("b"), SLICE("a")) > 0);
    CHECK(slice_compare(SLICE("a"), SLICE("a")) == 0);
    CHECK(slice_compare(SLICE("a"), SLICE("ab")) < 0);
    CHECK(slice_compare(SLICE("ab"), SLICE("a")) > 0);
    CHECK(slice_compare(SLICE("\x7F"), SLICE("\x80")) < 0);
    CHECK(slice_compare(nothing, nothing) == 0);
    CHECK(slice_compare(nothing, SLICE("a")) < 0);
}

TEST(slice_begins_and_ends)
{
    CHECK(slice_begins(SLICE("https://x"), "https://"));
    CHECK(!slice_begins(SLICE("http"), "https"));
    CHECK(!slice_begins(SLICE("xhttps"), "https"));
    CHECK(slice_begins(nothing, ""));
    CHECK(slice_ends(SLICE("a.sig"), ".sig"));
    CHECK(slice_ends(SLICE(".sig"), ".sig"));
    CHECK(!slice_ends(SLICE("sig"), ".sig"));
    CHECK(!slice_ends(SLICE("a.sig2"), ".sig"));
    CHECK(slice_ends(SLICE("a"), ""));
}

TEST(slice_part_gives_what_there_is)
{
    CHECK_TEXT("bc", slice_part(SLICE("abcd"), 1, 2));
    CHECK_TEXT("cd", slice_part(SLICE("abcd"), 2, 9));
    CHECK_TEXT("cd", slice_part(SLICE("abcd"), 2, SIZE_MAX));
    CHECK_NUMBER(0, slice_part(SLICE("abcd"), 4, 1).len);
    CHECK_NUMBER(0, slice_part(SLICE("abcd"), SIZE_MAX, SIZE_MAX).len);
    CHECK_NUMBER(0, slice_part(nothing, 0, 1).len);
}

TEST(slice_cut_walks_through_parts)
{
    struct slice rest = SLICE("a//b");

    CHECK_TEXT("a", slice_cut(&rest, '/'));
    CHECK_TEXT("/b", rest);
    CHECK_TEXT("", slice_cut(&rest, '/'));
    CHECK_TEXT("b", slice_cut(&rest, '/'));
    CHECK(rest.ptr == NULL && rest.len == 0);
    CHECK_TEXT("", slice_cut(&rest, '/'));
}

TEST(slice_cut_tells_a_separator_at_the_end_from_none)
{
    struct slice rest = SLICE("a/");

    CHECK_TEXT("a", slice_cut(&rest, '/'));
    CHECK(rest.ptr != NULL && rest.len == 0);
}

TEST(slice_find_stays_within)
{
    CHECK_NUMBER(1, slice_find(test_guarded(SLICE("abb")), 'b'));
    CHECK_NUMBER(3, slice_find(test_guarded(SLICE("abb")), 'x'));
    CHECK_NUMBER(0, slice_find(nothing, 'x'));
}
