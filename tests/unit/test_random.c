#include "bundle/sign/random.h"

#include <string.h>

#include "tests/unit/test.h"

TEST(random_fills_all_of_it)
{
    const struct random_source *random = &random_of_kernel;
    uint8_t a[1000] = {0}, b[1000] = {0};
    size_t zeros = 0;
    struct err err;

    CHECK_OK(random->fill(random->ctx, a, sizeof a, &err), err);
    CHECK_OK(random->fill(random->ctx, b, sizeof b - 1, &err), err);
    for (size_t i = 0; i < sizeof a; i++)
        zeros += a[i] == 0;
    CHECK(zeros < 40); /* about 4 are to be expected */
    CHECK(b[sizeof b - 1] == 0);
    CHECK(memcmp(a, b, sizeof a) != 0);
    CHECK_OK(random->fill(random->ctx, a, 0, &err), err);
}
