#include <stddef.h>

#include "resolver/core/semver.h"
#include "tests/unit/test.h"

static struct semver parse(const char *text)
{
    struct semver version;
    struct err err;

    CHECK_OK(semver_parse(test_guarded(slice_text(text)), &version, &err), err);
    return version;
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static int compare(const char *a, const char *b)
{
    struct semver left = parse(a), right = parse(b);

    return sign(semver_compare(&left, &right));
}

TEST(semver_reads_the_three_numbers)
{
    struct semver version = parse("v2.10.307");

    CHECK_NUMBER(2, version.major);
    CHECK_NUMBER(10, version.minor);
    CHECK_NUMBER(307, version.patch);
    CHECK(version.prerelease.len == 0);
}

TEST(semver_reads_zeros)
{
    struct semver version = parse("v0.0.0");

    CHECK(version.major == 0 && version.minor == 0 && version.patch == 0);
}

TEST(semver_reads_the_prerelease_without_its_hyphen)
{
    CHECK_TEXT("pre-debug", parse("v2.3.0-pre-debug").prerelease);
    CHECK_TEXT("pre.0.20230922011244-0744d001aa84",
               parse("v2.4.0-pre.0.20230922011244-0744d001aa84").prerelease);
    CHECK_TEXT("-", parse("v1.0.0--").prerelease);
    CHECK_TEXT("0", parse("v1.0.0-0").prerelease);
    CHECK_TEXT("0a", parse("v1.0.0-0a").prerelease);
    CHECK_TEXT("00-", parse("v1.0.0-00-").prerelease);
}

TEST(semver_reads_numbers_of_18_digits)
{
    struct semver version = parse("v999999999999999999.0.1");

    CHECK(version.major == 999999999999999999u);
    CHECK_NUMBER(1, version.patch);
}

#define THREE_NUMBERS "want vMAJOR.MINOR.PATCH, three numbers without leading zeros"
#define BEGINS_WITH_V "a version begins with \"v\""

static const struct {
    const char *text;
    const char *message;
} refused[] = {
    {"", BEGINS_WITH_V},
    {"2.2.0", BEGINS_WITH_V},
    {"V2.2.0", BEGINS_WITH_V},
    {" v2.2.0", BEGINS_WITH_V},
    {"v", THREE_NUMBERS},
    {"v2", THREE_NUMBERS},
    {"v2.2", THREE_NUMBERS},
    {"v2.2.", THREE_NUMBERS},
    {"v2..0", THREE_NUMBERS},
    {"v.2.0", THREE_NUMBERS},
    {"v2.2.0.0", THREE_NUMBERS},
    {"v2.2.0.", THREE_NUMBERS},
    {"v02.2.0", THREE_NUMBERS},
    {"v2.02.0", THREE_NUMBERS},
    {"v2.2.00", THREE_NUMBERS},
    {"v2.2.0 ", THREE_NUMBERS},
    {"v2.2.x", THREE_NUMBERS},
    {"v2.2.0x", THREE_NUMBERS},
    {"v+2.2.0", "build metadata (\"+...\") is not allowed"},
    {"v-2.2.0", THREE_NUMBERS},
    {"v2.-2.0", THREE_NUMBERS},
    {"v1000000000000000000.0.0", THREE_NUMBERS},
    {"v18446744073709551618.0.0", THREE_NUMBERS},
    {"v2.2.0/", THREE_NUMBERS},
    {"v2.2.0/../x", THREE_NUMBERS},
    {"v2.2.0%2e", THREE_NUMBERS},
    {"v2.2.0+build", "build metadata (\"+...\") is not allowed"},
    {"v2.2.0-pre+build", "build metadata (\"+...\") is not allowed"},
    {"v2.2.0-", "empty identifier in the pre-release"},
    {"v2.2.0-.", "empty identifier in the pre-release"},
    {"v2.2.0-pre.", "empty identifier in the pre-release"},
    {"v2.2.0-pre..1", "empty identifier in the pre-release"},
    {"v2.2.0-.pre", "empty identifier in the pre-release"},
    {"v2.2.0-01", "leading zero in a number of the pre-release"},
    {"v2.2.0-pre.00", "leading zero in a number of the pre-release"},
    {"v2.2.0-pre_debug", "a pre-release has letters, digits, hyphens and dots alone"},
    {"v2.2.0-pre/debug", "a pre-release has letters, digits, hyphens and dots alone"},
    {"v2.2.0-pre debug", "a pre-release has letters, digits, hyphens and dots alone"},
    {"v2.2.0-pre%2e", "a pre-release has letters, digits, hyphens and dots alone"},
    {"v2.2.0-pr\xC3\xA9", "a pre-release has letters, digits, hyphens and dots alone"},
};

TEST(semver_refuses_what_is_not_canonical)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct semver version = {9, 9, 9, SLICE("9")};
        struct err err;

        CHECK_ERR(ERR_FORMAT, refused[i].message,
                  semver_parse(test_guarded(slice_text(refused[i].text)), &version, &err), err);
        CHECK(version.major == 0 && version.minor == 0 && version.patch == 0);
        CHECK(version.prerelease.ptr == NULL && version.prerelease.len == 0);
    }
}

TEST(semver_refuses_a_nul_byte)
{
    static const char after[] = "v2.2.0\0", inside[] = "v2.2.0-a\0b";
    struct semver version;
    struct err err;

    CHECK_ERR(ERR_FORMAT, THREE_NUMBERS,
              semver_parse(slice_of(after, sizeof after - 1), &version, &err), err);
    CHECK_ERR(ERR_FORMAT, "a pre-release has letters, digits, hyphens and dots alone",
              semver_parse(slice_of(inside, sizeof inside - 1), &version, &err), err);
}

/* The example of Semantic Versioning 2.0.0, clause 11, with more between its steps. */
static const char *const chain[] = {
    "v0.0.0-0",
    "v0.0.0",
    "v0.0.1",
    "v0.1.0",
    "v1.0.0--",
    "v1.0.0-alpha",
    "v1.0.0-alpha.1",
    "v1.0.0-alpha.1.0",
    "v1.0.0-alpha.beta",
    "v1.0.0-beta",
    "v1.0.0-beta.2",
    "v1.0.0-beta.11",
    "v1.0.0-beta.99999999999999999999",
    "v1.0.0-beta.100000000000000000000",
    "v1.0.0-beta.-",
    "v1.0.0-beta.1a",
    "v1.0.0-rc.1",
    "v1.0.0",
    "v1.0.1-0",
    "v1.0.9",
    "v1.0.10",
    "v1.9.0",
    "v1.10.0",
    "v2.0.0-1",
    "v2.0.0-2",
    "v2.0.0-10",
    "v2.0.0-A",
    "v2.0.0-a",
    "v2.0.0-a.a",
    "v2.0.0-a-b",
    "v2.0.0-ab",
    "v2.0.0",
    "v10.0.0",
    "v999999999999999999.0.0",
};

#define CHAIN_LENGTH (sizeof chain / sizeof chain[0])

static int order_in_chain(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

TEST(semver_orders_by_precedence)
{
    for (size_t a = 0; a < CHAIN_LENGTH; a++) {
        for (size_t b = 0; b < CHAIN_LENGTH; b++) {
            if (compare(chain[a], chain[b]) == order_in_chain(a, b))
                continue;
            CHECK_TEXT(chain[a], slice_text(chain[b]));
            CHECK_NUMBER(order_in_chain(a, b), compare(chain[a], chain[b]));
        }
    }
}
