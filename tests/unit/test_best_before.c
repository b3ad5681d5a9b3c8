#include "bundle/import/best_before.h"

#include <string.h>

#include "tests/unit/test.h"

#define MADE 1700000000   /* 2023-11-14T22:13:20Z */
#define BEST 1700086400   /* 2023-11-15T22:13:20Z */

static enum err_code check(int64_t created, int64_t best_before, int64_t now, struct err *err)
{
    struct manifest manifest;

    memset(&manifest, 0, sizeof manifest);
    CHECK_OK(uid_parse(SLICE("v2.2.0"), &manifest.uid, err), *err);
    manifest.created = created;
    manifest.best_before = best_before;
    return best_before_check(&manifest, now, err);
}

TEST(best_before_is_compared_with_the_clock)
{
    struct err err;

    CHECK_OK(check(MADE, BEST, MADE, &err), err);
    CHECK_OK(check(MADE, BEST, BEST, &err), err);
    CHECK_ERR(ERR_POLICY, "v2.2.0: was best before 2023-11-15T22:13:20Z, and the clock of this machine "
              "says 2023-11-15T22:13:21Z", check(MADE, BEST, BEST + 1, &err), err);
    CHECK_OK(check(MANIFEST_TIME_NONE, BEST, MADE - 1, &err), err);
    CHECK_OK(check(MADE, MANIFEST_TIME_NONE, BEST + 1, &err), err);
    CHECK_OK(check(MADE, MANIFEST_TIME_NONE, 0, &err), err);
}

TEST(best_before_names_a_clock_that_cannot_be_right)
{
    struct err err;

    CHECK_ERR(ERR_POLICY, "v2.2.0: the clock of this machine says 1970-01-01T00:00:07Z, which cannot be: "
              "whether the bundle, best before 2023-11-15T22:13:20Z, is still good cannot be told",
              check(MADE, BEST, 7, &err), err);
    CHECK_ERR(ERR_POLICY, NULL, check(MANIFEST_TIME_NONE, BEST, CLOCK_MIN - 1, &err), err);
    CHECK_OK(check(MANIFEST_TIME_NONE, BEST, CLOCK_MIN, &err), err);
    CHECK_ERR(ERR_POLICY, "v2.2.0: the clock of this machine says 2023-11-14T22:13:19Z, and the bundle was "
              "made at 2023-11-14T22:13:20Z: whether it, best before 2023-11-15T22:13:20Z, is still good "
              "cannot be told", check(MADE, BEST, MADE - 1, &err), err);
}
