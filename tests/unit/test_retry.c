#include "resolver/net/retry.h"
#include "tests/unit/test.h"

TEST(retry_wait_doubles_up_to_its_limit)
{
    static const uint32_t longest[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};

    for (unsigned tries = 1; tries <= 7; tries++) {
        CHECK_NUMBER(longest[tries - 1], retry_wait_ms(tries, 1000, 0));
        for (uint32_t random = 0; random < 70000; random += 977) {
            uint32_t wait = retry_wait_ms(tries, 1000, random);

            CHECK(wait <= longest[tries - 1] && wait >= longest[tries - 1] / 2);
        }
    }
    CHECK_NUMBER(500, retry_wait_ms(1, 1000, 500));
    CHECK_NUMBER(30000, retry_wait_ms(4000000000, UINT32_MAX, 0));
    CHECK_NUMBER(0, retry_wait_ms(3, 0, 12345));
}

TEST(retry_after_is_never_shorter_than_asked)
{
    CHECK_NUMBER(0, retry_after_ms(0, 77));
    CHECK_NUMBER(5000, retry_after_ms(5, 0));
    CHECK_NUMBER(5500, retry_after_ms(5, 500));
    CHECK_NUMBER(5000, retry_after_ms(5, 501));
    CHECK_NUMBER(60000, retry_after_ms(4000000000, 0));
}

TEST(retry_status_names_what_may_pass)
{
    CHECK(retry_status(408) && retry_status(429) && retry_status(500) && retry_status(503) &&
          retry_status(599));
    CHECK(!retry_status(200) && !retry_status(404) && !retry_status(403) && !retry_status(499) &&
          !retry_status(600) && !retry_status(0));
}
