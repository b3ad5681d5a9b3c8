#include "resolver/tls/x509_time.h"

#include <stdio.h>

#include "tests/unit/der_script.h"
#include "tests/unit/test.h"

static const struct {
    const char *script;
    int64_t seconds;
    const char *text;
} good[] = {
    {"17\"700101000000Z\"", 0, "1970-01-01 00:00:00 UTC"},
    {"17\"691231235959Z\"", -1, "1969-12-31 23:59:59 UTC"},
    {"17\"500101000000Z\"", -631152000, "1950-01-01 00:00:00 UTC"},
    {"17\"491231235959Z\"", 2524607999, "2049-12-31 23:59:59 UTC"},
    {"17\"260131123456Z\"", 1769862896, "2026-01-31 12:34:56 UTC"},
    {"18\"20000229120000Z\"", 951825600, "2000-02-29 12:00:00 UTC"},
    {"18\"20000301000000Z\"", 951868800, "2000-03-01 00:00:00 UTC"},
    {"18\"20380119031408Z\"", 2147483648, "2038-01-19 03:14:08 UTC"},
    {"18\"99991231235959Z\"", 253402300799, "9999-12-31 23:59:59 UTC"},
    {"18\"00000101000000Z\"", -62167219200, "0000-01-01 00:00:00 UTC"},
};

static const struct {
    const char *script;
    const char *message;
} bad[] = {
    {"17\"7001010000Z\"", "\"7001010000Z\" is not a time (have UTCTime, want YYMMDDHHMMSSZ)"},
    {"17\"700101000000\"", "\"700101000000\" is not a time (have UTCTime, want YYMMDDHHMMSSZ)"},
    {"17\"7001010000000\"", "\"7001010000000\" is not a time (have UTCTime, want YYMMDDHHMMSSZ)"},
    {"17\"x00101000000Z\"", "\"x00101000000Z\" is not a time (have UTCTime, want YYMMDDHHMMSSZ)"},
    {"17\"700001000000Z\"", "\"700001000000Z\" is not a time (have UTCTime, want YYMMDDHHMMSSZ)"},
    {"17\"701301000000Z\"", "\"701301000000Z\" is not a time (have UTCTime, want YYMMDDHHMMSSZ)"},
    {"17\"700100000000Z\"", "\"700100000000Z\" is not a time (have UTCTime, want YYMMDDHHMMSSZ)"},
    {"17\"700431000000Z\"", "\"700431000000Z\" is not a time (have UTCTime, want YYMMDDHHMMSSZ)"},
    {"17\"700101240000Z\"", "\"700101240000Z\" is not a time (have UTCTime, want YYMMDDHHMMSSZ)"},
    {"17\"700101006000Z\"", "\"700101006000Z\" is not a time (have UTCTime, want YYMMDDHHMMSSZ)"},
    {"17\"700101000060Z\"", "\"700101000060Z\" is not a time (have UTCTime, want YYMMDDHHMMSSZ)"},
    {"18\"19000229000000Z\"",
     "\"19000229000000Z\" is not a time (have GeneralizedTime, want YYYYMMDDHHMMSSZ)"},
    {"18\"20230229000000Z\"",
     "\"20230229000000Z\" is not a time (have GeneralizedTime, want YYYYMMDDHHMMSSZ)"},
    {"18\"20230101000000.5Z\"",
     "\"20230101000000.5Z\" is not a time (have GeneralizedTime, want YYYYMMDDHHMMSSZ)"},
    {"18\"20230101000000+0100\"",
     "\"20230101000000+0100\" is not a time (have GeneralizedTime, want YYYYMMDDHHMMSSZ)"},
    {"18\"2x230101000000Z\"",
     "\"2x230101000000Z\" is not a time (have GeneralizedTime, want YYYYMMDDHHMMSSZ)"},
    {"18\"202x0101000000Z\"",
     "\"202x0101000000Z\" is not a time (have GeneralizedTime, want YYYYMMDDHHMMSSZ)"},
    {"02:05", "have the tag 0x02, want an element (0x18)"},
};

TEST(x509_time_reads_both_forms)
{
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct cursor in = cursor_of(der_script(good[i].script));
        int64_t seconds = 5;
        struct err err;

        CHECK_OK(x509_time_read(&in, "time", &seconds, &err), err);
        CHECK_NUMBER(good[i].seconds, seconds);
        CHECK_NUMBER(0, cursor_left(&in));
        CHECK_TEXT(good[i].text, slice_text(x509_time_format(seconds).text));
    }
}

TEST(x509_time_refuses_what_is_no_time)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct cursor in = cursor_of(der_script(bad[i].script));
        int64_t seconds = 5;
        char message[256];
        struct err err;

        snprintf(message, sizeof message, "offset 0: not after: %s", bad[i].message);
        CHECK_ERR(ERR_FORMAT, message, x509_time_read(&in, "not after", &seconds, &err), err);
        CHECK_NUMBER(0, seconds);
    }
}

TEST(x509_time_shows_years_that_four_digits_do_not_hold)
{
    CHECK_TEXT("the year 10000", slice_text(x509_time_format(253402300800).text));
    CHECK_TEXT("the year -1", slice_text(x509_time_format(-62167219201).text));
    CHECK_TEXT("the year 292277026596", slice_text(x509_time_format(INT64_MAX).text));
    CHECK_TEXT("the year -292277022657", slice_text(x509_time_format(INT64_MIN).text));
}
