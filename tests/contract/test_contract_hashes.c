/* Our SHA-256, each way of it, gives what the libraries give: all lengths around the block, random
 * lengths, splits and alignments. */
#include <string.h>

#include "resolver/crypto/sha256.h"
#include "resolver/crypto/sha256_compress.h"
#include "tests/unit/library_hashes.h"
#include "tests/unit/test.h"

#define DATA_MAX 5000

/* Random numbers, the same in each run (xorshift64). */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void fill(uint8_t *data, size_t len, uint64_t *state)
{
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)next_random(state);
}

static void check_digest(struct slice data, const uint8_t have[SHA256_SIZE])
{
    uint8_t want[SHA256_SIZE];

    for (size_t i = 0; i < LIBRARIES; i++) {
        library_sha256(i, data, want);
        CHECK(memcmp(have, want, SHA256_SIZE) == 0);
    }
}

/* Whole blocks and the padding, put together here, through one way of compressing. */
static void hash_one_way(const struct sha256_way *way, struct slice data,
                         uint8_t digest[SHA256_SIZE])
{
    struct sha256 hash;
    uint8_t tail[2 * SHA256_BLOCK] = {0};
    size_t whole = data.len / SHA256_BLOCK, rest = data.len % SHA256_BLOCK;
    size_t tail_blocks = rest < 56 ? 1 : 2;
    uint64_t bits = (uint64_t)data.len * 8;

    sha256_init(&hash);
    way->compress(hash.state, data.ptr, whole);
    memcpy(tail, data.ptr + whole * SHA256_BLOCK, rest);
    tail[rest] = 0x80;
    for (size_t i = 0; i < 8; i++)
        tail[tail_blocks * SHA256_BLOCK - 1 - i] = (uint8_t)(bits >> 8 * i);
    way->compress(hash.state, tail, tail_blocks);
    for (size_t i = 0; i < SHA256_SIZE; i++)
        digest[i] = (uint8_t)(hash.state[i / 4] >> (24 - 8 * (i % 4)));
}

TEST(contract_sha256_each_way_at_each_alignment)
{
    static uint8_t data[DATA_MAX + 64];
    uint64_t state = 0x9E3779B97F4A7C15;
    uint8_t digest[SHA256_SIZE];

    fill(data, sizeof data, &state);
    for (size_t w = 0; w < SHA256_WAYS; w++) {
        if (!sha256_ways[w]->is_usable())
            continue;
        for (size_t i = 0; i < 400; i++) {
            struct slice part = slice_of(data + i % 64, (size_t)(next_random(&state) % DATA_MAX));

            hash_one_way(sha256_ways[w], part, digest);
            check_digest(part, digest);
        }
    }
}

TEST(contract_sha256_all_lengths_to_five_blocks)
{
    static uint8_t data[5 * SHA256_BLOCK];
    uint64_t state = 1;
    uint8_t digest[SHA256_SIZE];

    fill(data, sizeof data, &state);
    for (size_t len = 0; len <= sizeof data; len++) {
        struct slice part = test_guarded(slice_of(data, len));

        sha256_of(part, digest);
        check_digest(part, digest);
    }
}

TEST(contract_sha256_random_splits)
{
    static uint8_t data[DATA_MAX];
    uint64_t state = 2;
    uint8_t digest[SHA256_SIZE];

    fill(data, sizeof data, &state);
    for (size_t round = 0; round < 300; round++) {
        size_t len = (size_t)(next_random(&state) % DATA_MAX);
        size_t most = 1 + (size_t)(next_random(&state) % 300);
        struct sha256 hash;

        sha256_init(&hash);
        for (size_t at = 0; at < len;) {
            struct slice part =
                slice_part(slice_of(data, len), at, (size_t)(next_random(&state) % (most + 1)));

            sha256_update(&hash, part);
            at += part.len;
        }
        sha256_final(&hash, digest);
        check_digest(slice_of(data, len), digest);
    }
}
