/* SHA-384 in pieces of all lengths, against both libraries. */
#include "bundle/measure/sha384.h"

#include <string.h>

#include "tests/unit/library_hashes.h"
#include "tests/unit/test.h"

static uint8_t message[700];

static void check_split(size_t length, size_t first)
{
    uint8_t want[SHA384_SIZE], again[SHA384_SIZE], have[SHA384_SIZE];
    struct slice whole = slice_of(message, length);
    struct sha384 hash;

    library_sha384(0, whole, want);
    library_sha384(1, whole, again);
    sha384_init(&hash);
    sha384_update(&hash, slice_part(whole, 0, first));
    sha384_update(&hash, slice_part(whole, first, length));
    sha384_final(&hash, have);
    CHECK(memcmp(want, again, sizeof want) == 0);
    CHECK(memcmp(want, have, sizeof want) == 0);
}

TEST(sha384_agrees_with_both_libraries)
{
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(i * 7 + i / 256);
    for (size_t length = 0; length < sizeof message; length++) {
        check_split(length, 0);
        check_split(length, length / 3);
        check_split(length, length > 128 ? 128 : length);
    }
}
