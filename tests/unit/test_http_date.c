#include "resolver/net/http_date.h"
#include "tests/unit/test.h"

#define NOW_2026 1782864000 /* 2026-07-01 */

static int64_t seconds_of(const char *text)
{
    int64_t seconds;

    return http_date_parse(test_guarded(slice_text(text)), NOW_2026, &seconds) ? seconds : -1;
}

TEST(http_date_reads_the_three_forms)
{
    CHECK_NUMBER(784111777, seconds_of("Sun, 06 Nov 1994 08:49:37 GMT"));
    CHECK_NUMBER(784111777, seconds_of("Sunday, 06-Nov-94 08:49:37 GMT"));
    CHECK_NUMBER(784111777, seconds_of("Sun Nov  6 08:49:37 1994"));
    CHECK_NUMBER(784975777, seconds_of("Wed Nov 16 08:49:37 1994"));
}

TEST(http_date_knows_the_calendar)
{
    CHECK_NUMBER(0, seconds_of("Thu, 01 Jan 1970 00:00:00 GMT"));
    CHECK_NUMBER(951782400, seconds_of("Tue, 29 Feb 2000 00:00:00 GMT"));
    CHECK_NUMBER(1709164800, seconds_of("Thu, 29 Feb 2024 00:00:00 GMT"));
    CHECK_NUMBER(1798761599, seconds_of("Thu, 31 Dec 2026 23:59:59 GMT"));
    CHECK_NUMBER(1483228800, seconds_of("Sat, 31 Dec 2016 23:59:60 GMT"));
    CHECK_NUMBER(4107542400, seconds_of("Mon, 01 Mar 2100 00:00:00 GMT"));
    CHECK_NUMBER(253402300799, seconds_of("Fri, 31 Dec 9999 23:59:59 GMT"));
}

TEST(http_date_places_two_digit_years)
{
    CHECK_NUMBER(seconds_of("Sat, 01 Jan 2000 00:00:00 GMT"),
                 seconds_of("Saturday, 01-Jan-00 00:00:00 GMT"));
    CHECK_NUMBER(seconds_of("Wed, 01 Jan 2076 00:00:00 GMT"),
                 seconds_of("Wednesday, 01-Jan-76 00:00:00 GMT"));
    CHECK_NUMBER(seconds_of("Sat, 01 Jan 1977 00:00:00 GMT"),
                 seconds_of("Saturday, 01-Jan-77 00:00:00 GMT"));
}

TEST(http_date_refuses)
{
    static const char *const bad[] = {
        "",
        "Sun",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Abc 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 2100 08:49:37 GMT",
        "Sun, 29 Feb 2023 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov 19x4 08:49:37 GMT",
        "S1n, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sun Nov 06 08:49:37 94",
        "Sun Nov x6 08:49:37 1994",
        "1994-11-06T08:49:37Z",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_NUMBER(-1, seconds_of(bad[i]));
}

static long long wait_of(const char *text)
{
    uint32_t wait_s;

    return http_retry_after(slice_text(text), NOW_2026, &wait_s) ? (long long)wait_s : -1;
}

TEST(http_retry_after_reads_seconds_and_dates)
{
    CHECK_NUMBER(0, wait_of("0"));
    CHECK_NUMBER(120, wait_of("120"));
    CHECK_NUMBER(4294967295, wait_of("4294967295"));
    CHECK_NUMBER(90, wait_of("Wed, 01 Jul 2026 00:01:30 GMT"));
    CHECK_NUMBER(0, wait_of("Wed, 01 Jul 2026 00:00:00 GMT"));
    CHECK_NUMBER(0, wait_of("Sun, 06 Nov 1994 08:49:37 GMT"));
    CHECK_NUMBER(4294967295, wait_of("Fri, 31 Dec 9999 23:59:59 GMT"));
}

TEST(http_retry_after_refuses)
{
    static const char *const bad[] = {"", "-1", "1.5", "4294967296", "soon", "1 s"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_NUMBER(-1, wait_of(bad[i]));
}
