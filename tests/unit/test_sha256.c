#include "resolver/crypto/sha256.h"

#include <string.h>

#include "resolver/base/hex.h"
#include "resolver/crypto/sha256_compress.h"
#include "tests/unit/test.h"

static void check_hex(const uint8_t digest[SHA256_SIZE], const char *want)
{
    char text[2 * SHA256_SIZE + 1];

    hex_encode(digest, SHA256_SIZE, text);
    CHECK_TEXT(want, slice_text(text));
}

static void check_sha256(struct slice data, const char *want)
{
    uint8_t digest[SHA256_SIZE];

    sha256_of(data, digest);
    check_hex(digest, want);
}

/* FIPS 180-2, B.1 and B.2, and the empty message */
TEST(sha256_vectors)
{
    check_sha256(slice_of(NULL, 0),
                 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_sha256(SLICE("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_sha256(SLICE("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* FIPS 180-2, B.3, fed in pieces of 1 to 130 bytes */
TEST(sha256_million_bytes_in_pieces)
{
    uint8_t piece[130], digest[SHA256_SIZE];
    struct sha256 hash;
    size_t left = 1000000, size = 0;

    memset(piece, 'a', sizeof piece);
    sha256_init(&hash);
    while (left > 0) {
        size = size % sizeof piece + 1;
        if (size > left)
            size = left;
        sha256_update(&hash, slice_of(piece, size));
        left -= size;
    }
    CHECK_NUMBER(1000000, hash.length);
    sha256_final(&hash, digest);
    check_hex(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(sha256_empty_updates_change_nothing)
{
    uint8_t digest[SHA256_SIZE];
    struct sha256 hash;

    sha256_init(&hash);
    sha256_update(&hash, slice_of(NULL, 0));
    sha256_update(&hash, SLICE("a"));
    sha256_update(&hash, slice_of(NULL, 0));
    sha256_update(&hash, SLICE("bc"));
    sha256_update(&hash, slice_of(NULL, 0));
    sha256_final(&hash, digest);
    check_hex(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* FIPS 180-4, 5.1.1: the length in bits, 64 of them. As gigabytes take too long here, the count is
 * put there; the last block is made here too. */
TEST(sha256_counts_in_64_bits)
{
    static const uint8_t length[8] = {0x08, 0x01, 0x80, 0x00, 0x00, 0x00, 0x0A, 0x00}; /* bits */
    uint8_t block[SHA256_BLOCK] = {0x80}, digest[SHA256_SIZE];
    struct sha256 hash, by_hand;

    sha256_init(&hash);
    hash.length = 0x0100300000000140; /* bytes: whole blocks */
    sha256_final(&hash, digest);
    memcpy(block + 56, length, sizeof length);
    sha256_init(&by_hand);
    sha256_plain.compress(by_hand.state, block, 1);
    for (size_t i = 0; i < SHA256_SIZE; i++)
        CHECK_NUMBER(by_hand.state[i / 4] >> (24 - 8 * (i % 4)) & 0xFF, digest[i]);
}

/* Each way of compressing gives the state after the one block of "abc" (FIPS 180-2, B.1). */
TEST(sha256_each_way_compresses_one_block)
{
    static const uint32_t want[8] = {0xBA7816BF, 0x8F01CFEA, 0x414140DE, 0x5DAE2223,
                                     0xB00361A3, 0x96177A9C, 0xB410FF61, 0xF20015AD};
    uint8_t block[SHA256_BLOCK] = {'a', 'b', 'c', 0x80};

    block[63] = 24;
    for (size_t i = 0; i < SHA256_WAYS; i++) {
        struct sha256 hash;

        if (!sha256_ways[i]->is_usable())
            continue;
        sha256_init(&hash);
        sha256_ways[i]->compress(hash.state, block, 1);
        CHECK(memcmp(want, hash.state, sizeof want) == 0);
        sha256_ways[i]->compress(hash.state, block, 0);
        CHECK(memcmp(want, hash.state, sizeof want) == 0);
    }
}

TEST(sha256_uses_the_best_way)
{
    for (size_t i = 0; i < SHA256_WAYS; i++) {
        if (!sha256_ways[i]->is_usable())
            continue;
        CHECK_TEXT(sha256_ways[i]->name, slice_text(sha256_name()));
        break;
    }
    CHECK(sha256_ways[SHA256_WAYS - 1]->is_usable());
    CHECK_TEXT("plain", slice_text(sha256_ways[SHA256_WAYS - 1]->name));
}
