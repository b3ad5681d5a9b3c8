#include <string.h>

#include "resolver/base/quote.h"
#include "tests/unit/test.h"

#define CHECK_QUOTE(want, bytes) CHECK_TEXT(want, slice_text(quote(bytes).text))
#define CHECK_BARE(want, bytes) CHECK_TEXT(want, slice_text(quote_bare(bytes).text))

TEST(quote_leaves_harmless_text_as_it_is)
{
    CHECK_QUOTE("\"us-east-1\"", SLICE("us-east-1"));
    CHECK_QUOTE("\"\"", slice_of(NULL, 0));
    CHECK_QUOTE("\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"",
                SLICE("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"));
    CHECK_BARE("a b", SLICE("a b"));
}

TEST(quote_escapes_quotes_and_backslashes_within_quotes_alone)
{
    CHECK_QUOTE("\"a\\\"b\\\\c\"", SLICE("a\"b\\c"));
    CHECK_BARE("a\"b\\c", SLICE("a\"b\\c"));
}

TEST(quote_shows_control_characters)
{
    CHECK_QUOTE("\"\\x1b[31m\"", SLICE("\x1B[31m"));
    CHECK_QUOTE("\"a\\x00b\\x0a\\x7f\"", SLICE("a\0b\n\x7F"));
    /* U+0085, a C1 control character */
    CHECK_BARE("\\xc2\\x85", SLICE("\xC2\x85"));
}

TEST(quote_shows_what_turns_or_hides_text)
{
    CHECK_BARE("\\xe2\\x80\\xae", SLICE("\xE2\x80\xAE")); /* U+202E, right to left */
    CHECK_BARE("\\xe2\\x81\\xa6", SLICE("\xE2\x81\xA6")); /* U+2066, isolate */
    CHECK_BARE("\\xe2\\x80\\x8b", SLICE("\xE2\x80\x8B")); /* U+200B, no width */
    CHECK_BARE("\\xe2\\x80\\xa8", SLICE("\xE2\x80\xA8")); /* U+2028, line separator */
    CHECK_BARE("\\xef\\xbb\\xbf", SLICE("\xEF\xBB\xBF")); /* U+FEFF, byte order mark */
    CHECK_BARE("\\xd8\\x9c", SLICE("\xD8\x9C"));          /* U+061C, Arabic letter mark */
}

TEST(quote_shows_bytes_that_are_not_utf8)
{
    CHECK_QUOTE("\"\\xffa\\xc3\"", test_guarded(SLICE("\xFF" "a\xC3")));
}

TEST(quote_cuts_long_text)
{
    char text[4 * QUOTE_MAX];

    memset(text, 'a', sizeof text);
    CHECK_NUMBER(QUOTE_MAX - 1 + 5, strlen(quote(slice_of(text, sizeof text)).text));
    CHECK(strcmp(quote(slice_of(text, sizeof text)).text + QUOTE_MAX - 1, "a...\"") == 0);
    CHECK_NUMBER(QUOTE_MAX + 3, strlen(quote_bare(slice_of(text, sizeof text)).text));
    CHECK_NUMBER(QUOTE_MAX, strlen(quote_bare(slice_of(text, QUOTE_MAX)).text));
}

TEST(quote_never_cuts_within_an_escape)
{
    char text[QUOTE_MAX];
    const char *quoted;

    for (size_t plain = QUOTE_MAX - 8; plain < QUOTE_MAX; plain++) {
        struct quoted result;

        memset(text, 'a', sizeof text);
        memset(text + plain, '\x01', sizeof text - plain);
        result = quote(slice_of(text, sizeof text));
        quoted = strchr(result.text, '\\');
        CHECK(strlen(result.text) < sizeof result.text);
        CHECK(!quoted || (strlen(quoted) - 4) % 4 == 0);
    }
}
