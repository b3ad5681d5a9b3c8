#include "resolver/net/decimal.h"
#include "tests/unit/test.h"

TEST(decimal_reads_digits)
{
    uint64_t value;

    CHECK(decimal_parse(SLICE("0"), 10, &value) && value == 0);
    CHECK(decimal_parse(SLICE("007"), 10, &value) && value == 7);
    CHECK(decimal_parse(test_guarded(SLICE("18446744073709551615")), UINT64_MAX, &value));
    CHECK(value == UINT64_MAX);
}

TEST(decimal_refuses_what_is_no_number_or_too_large)
{
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1a",
                                      "0x10",
                                      "11",
                                      "100",
                                      "18446744073709551616",
                                      "99999999999999999999999"};
    uint64_t value;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        value = 5;
        CHECK(!decimal_parse(slice_text(bad[i]), 10, &value));
        CHECK_NUMBER(0, value);
    }
    CHECK(!decimal_parse(SLICE("18446744073709551616"), UINT64_MAX, &value));
    CHECK(!decimal_parse((struct slice){NULL, 0}, 10, &value));
    CHECK(decimal_parse(SLICE("10"), 10, &value));
}
