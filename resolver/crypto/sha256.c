#include "resolver/crypto/sha256.h"

#include <stdatomic.h>
#include <string.h>

#include "resolver/crypto/sha256_compress.h"

const struct sha256_way *const sha256_ways[SHA256_WAYS] = {&sha256_x86, &sha256_arm, &sha256_plain};

/* Asking the processor is slow in a virtual machine, where it may be an exit to the host, so the
 * answer is kept. Threads that ask at the same time find and store the same one. */
static const struct sha256_way *best_way(void)
{
    static _Atomic(const struct sha256_way *) kept;
    const struct sha256_way *way = atomic_load_explicit(&kept, memory_order_relaxed);

    if (way)
        return way;
    for (size_t i = 0; !way; i++) {
        if (sha256_ways[i]->is_usable())
            way = sha256_ways[i];
    }
    atomic_store_explicit(&kept, way, memory_order_relaxed);
    return way;
}

const char *sha256_name(void)
{
    return best_way()->name;
}

void sha256_init(struct sha256 *hash)
{
    /* FIPS 180-4, 5.3.3 */
    *hash = (struct sha256){.state = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F,
                                      0x9B05688C, 0x1F83D9AB, 0x5BE0CD19}};
}

/* Moves bytes from *data into the block begun; compresses it when it is full. */
static void fill_block(struct sha256 *hash, struct slice *data)
{
    size_t used = (size_t)(hash->length % SHA256_BLOCK);
    struct slice part = slice_part(*data, 0, SHA256_BLOCK - used);

    memcpy(hash->block + used, part.ptr, part.len);
    hash->length += part.len;
    *data = slice_part(*data, part.len, data->len);
    if (used + part.len == SHA256_BLOCK)
        best_way()->compress(hash->state, hash->block, 1);
}

void sha256_update(struct sha256 *hash, struct slice data)
{
    size_t blocks;

    if (hash->length % SHA256_BLOCK != 0 && data.len > 0)
        fill_block(hash, &data);
    blocks = data.len / SHA256_BLOCK;
    if (blocks > 0) {
        best_way()->compress(hash->state, data.ptr, blocks);
        hash->length += blocks * SHA256_BLOCK;
        data = slice_part(data, blocks * SHA256_BLOCK, data.len);
    }
    if (data.len > 0)
        fill_block(hash, &data);
}

static void store_be32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* FIPS 180-4, 5.1.1: a one bit, zeros, and the length in bits, to the end of a block. */
static size_t padding(uint64_t length, uint8_t out[SHA256_BLOCK + 8])
{
    size_t used = (size_t)(length % SHA256_BLOCK);
    size_t zeros = (used < 56 ? 56 : 120) - used;

    memset(out, 0, SHA256_BLOCK + 8);
    out[0] = 0x80;
    store_be32(out + zeros, (uint32_t)(length >> 29));
    store_be32(out + zeros + 4, (uint32_t)(length << 3));
    return zeros + 8;
}

void sha256_final(struct sha256 *hash, uint8_t digest[SHA256_SIZE])
{
    uint8_t pad[SHA256_BLOCK + 8];

    sha256_update(hash, slice_of(pad, padding(hash->length, pad)));
    for (int i = 0; i < 8; i++)
        store_be32(digest + 4 * i, hash->state[i]);
}

void sha256_of(struct slice data, uint8_t digest[SHA256_SIZE])
{
    struct sha256 hash;

    sha256_init(&hash);
    sha256_update(&hash, data);
    sha256_final(&hash, digest);
}
