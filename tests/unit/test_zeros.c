#include "resolver/base/zeros.h"

#include <string.h>

#include "tests/unit/test.h"

TEST(zeros_only_sees_every_byte)
{
    uint8_t bytes[200];

    memset(bytes, 0, sizeof bytes);
    CHECK(zeros_only(slice_of(NULL, 0)));
    for (size_t len = 1; len <= sizeof bytes; len++) {
        struct slice guarded = test_guarded(slice_of(bytes, len));

        CHECK(zeros_only(guarded));
        bytes[len - 1] = 1;
        CHECK(!zeros_only(slice_of(bytes, len)));
        bytes[len - 1] = 0;
    }
    for (size_t at = 0; at < sizeof bytes; at++) {
        bytes[at] = 0x80;
        CHECK(!zeros_only(slice_of(bytes, sizeof bytes)));
        bytes[at] = 0;
    }
}

TEST(zeros_run_ends_where_the_kind_changes)
{
    uint8_t bytes[100];
    bool is_zero;

    memset(bytes, 0, sizeof bytes);
    CHECK_NUMBER(100, zeros_run(slice_of(bytes, 100), 16, &is_zero));
    CHECK(is_zero);
    bytes[40] = 1;
    CHECK_NUMBER(32, zeros_run(slice_of(bytes, 100), 16, &is_zero));
    CHECK(is_zero);
    CHECK_NUMBER(16, zeros_run(slice_of(bytes + 32, 68), 16, &is_zero));
    CHECK(!is_zero);
    bytes[99] = 1;
    CHECK_NUMBER(4, zeros_run(slice_of(bytes + 96, 4), 16, &is_zero));
    CHECK(!is_zero);
}
