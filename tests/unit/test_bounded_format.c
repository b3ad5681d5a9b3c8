/* The bounded formatter gives what the C library gives. */
#include "resolver/base/bounded_format.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"

#define SAME(...)                                                               \
    do {                                                                        \
        char want[64], have[64];                                                \
        int want_len = snprintf(want, sizeof want, __VA_ARGS__);                \
        int have_len = bounded_snprintf(have, sizeof have, __VA_ARGS__);        \
        CHECK_NUMBER(want_len, have_len);                                       \
        CHECK_TEXT(want, slice_text(have));                                     \
    } while (0)

TEST(bounded_format_says_what_the_c_library_says)
{
    SAME("plain");
    SAME("%s", "");
    SAME("%s and %s", "one", "two");
    SAME("100%% of %s", "it");
    SAME("%d %d %d", 0, INT_MAX, INT_MIN);
    SAME("%u %u", 0u, UINT_MAX);
    SAME("%zu %zu", (size_t)0, SIZE_MAX);
    SAME("%ld %lu", LONG_MIN, ULONG_MAX);
    SAME("%x %02x %04x %04x", 0xabcu, 5u, 0xbeefu, 0x12345u);
    SAME("%lld %llu", LLONG_MIN, ULLONG_MAX);
    SAME("%5d|%05d|%3u|%5s|%2s", -42, -42, 7u, "abc", "abc");
    SAME("%-5d|%-5s|%-2s|%-5u|", -42, "abc", "abc", 7u);
    SAME("%.2s|%.0s|%.9s|%5.2s|%-5.1s|", "abc", "abc", "abc", "abc", "abc");
    SAME("%*s|%.*s|%.*s|%-*d|", 5, "abc", 2, "abc", -1, "abc", 4, 7);
}

TEST(bounded_format_cuts_what_does_not_fit)
{
    for (size_t size = 0; size < 12; size++) {
        char want[16], have[16];

        memset(want, '#', sizeof want);
        memset(have, '#', sizeof have);
        CHECK_NUMBER(10, bounded_snprintf(have, size, "%s-%04x", "texts", 0xabu));
        (void)snprintf(want, size, "%s-%04x", "texts", 0xabu);
        CHECK(memcmp(want, have, sizeof have) == 0);
    }
    CHECK_NUMBER(3, bounded_snprintf(NULL, 0, "%d", 123));
}
