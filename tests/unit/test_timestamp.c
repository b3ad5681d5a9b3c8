#include "bundle/archive/timestamp.h"

#include "tests/unit/test.h"

static void check_both(int64_t seconds, const char *text)
{
    char have[TIMESTAMP_SIZE];
    int64_t again;
    struct err err;

    timestamp_format(seconds, have);
    CHECK_TEXT(text, slice_text(have));
    CHECK_OK(timestamp_parse(slice_text(text), &again, &err), err);
    CHECK_NUMBER(seconds, again);
}

TEST(timestamp_knows_the_calendar)
{
    check_both(0, "1970-01-01T00:00:00Z");
    check_both(951782399, "2000-02-28T23:59:59Z");
    check_both(951782400, "2000-02-29T00:00:00Z");
    check_both(1709164800, "2024-02-29T00:00:00Z");
    check_both(1735689599, "2024-12-31T23:59:59Z");
    check_both(4107542400, "2100-03-01T00:00:00Z");
    check_both(TIMESTAMP_MAX, "9999-12-31T23:59:59Z");
    for (int64_t at = 0; at < 4200000000; at += 86400 * 29 + 3607) {
        char text[TIMESTAMP_SIZE];

        timestamp_format(at, text);
        check_both(at, text);
    }
}

TEST(timestamp_stays_in_range)
{
    char text[TIMESTAMP_SIZE];

    timestamp_format(-1, text);
    CHECK_TEXT("1970-01-01T00:00:00Z", slice_text(text));
    timestamp_format(INT64_MAX, text);
    CHECK_TEXT("9999-12-31T23:59:59Z", slice_text(text));
}

TEST(timestamp_refuses_any_other_form)
{
    static const char *const bad[] = {
        "", "2024-11-05", "2024-11-05T23:59:59", "2024-11-05T23:59:59+00:00",
        "2024-11-05 23:59:59Z", "2023-02-29T00:00:00Z", "2024-13-05T00:00:00Z",
        "2024-00-05T00:00:00Z", "2024-11-31T00:00:00Z", "2024-11-00T00:00:00Z",
        "2024-11-05T24:00:00Z", "2024-11-05T23:60:00Z", "2024-11-05T23:59:60Z",
        "1969-12-31T23:59:59Z", "2o24-11-05T23:59:59Z", "2024-11-05T23:59:59z",
        "0000-00-00T00:00:00Z", "\xFF\xFF\xFF\xFF-\xFF\xFF-\xFF\xFFT00:00:00Z",
    };
    int64_t seconds;
    struct err err;

    CHECK_ERR(ERR_FORMAT, "have \"tomorrow\", want a time like 2024-11-05T23:59:59Z",
              timestamp_parse(SLICE("tomorrow"), &seconds, &err), err);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(timestamp_parse(slice_text(bad[i]), &seconds, &err) == ERR_FORMAT);
        CHECK_NUMBER(0, seconds);
    }
}
