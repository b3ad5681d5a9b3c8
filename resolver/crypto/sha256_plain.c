/* SHA-256 in plain C, for processors without instructions for it. */
#include "resolver/crypto/sha256_compress.h"

const uint32_t sha256_constants[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

static uint32_t rotate(uint32_t x, unsigned count)
{
    return x >> count | x << (32 - count);
}

static uint32_t load_be32(const uint8_t *in)
{
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

/* FIPS 180-4, 4.1.2: the lower-case sigmas, and the message schedule of 6.2.2 step 1. */
static void expand(const uint8_t *block, uint32_t w[64])
{
    for (unsigned t = 0; t < 16; t++)
        w[t] = load_be32(block + 4 * (size_t)t);
    for (unsigned t = 16; t < 64; t++) {
        uint32_t x = w[t - 2], y = w[t - 15];
        uint32_t sigma1 = rotate(x, 17) ^ rotate(x, 19) ^ x >> 10;
        uint32_t sigma0 = rotate(y, 7) ^ rotate(y, 18) ^ y >> 3;

        w[t] = sigma1 + w[t - 7] + sigma0 + w[t - 16];
    }
}

/* FIPS 180-4, 6.2.2 step 3, one t. The variables stay where they are and change their names: of
 * v, a is at [-t mod 8], b behind it and so on, so the new a takes the old h's place. */
static inline void round_of(uint32_t v[8], unsigned t, uint32_t kw)
{
    uint32_t a = v[(0u - t) & 7], b = v[(1u - t) & 7], c = v[(2u - t) & 7];
    uint32_t e = v[(4u - t) & 7], f = v[(5u - t) & 7], g = v[(6u - t) & 7];
    uint32_t *d = &v[(3u - t) & 7], *h = &v[(7u - t) & 7];
    uint32_t t1 = *h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + kw;
    uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));

    *d += t1;
    *h = t1 + t2;
}

static void compress_block(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[64], v[8];

    expand(block, w);
    for (unsigned i = 0; i < 8; i++)
        v[i] = state[i];
    /* Eight rounds bring every variable back to its place; written out, each is a register. */
    for (unsigned t = 0; t < 64; t += 8) {
        round_of(v, 0, sha256_constants[t] + w[t]);
        round_of(v, 1, sha256_constants[t + 1] + w[t + 1]);
        round_of(v, 2, sha256_constants[t + 2] + w[t + 2]);
        round_of(v, 3, sha256_constants[t + 3] + w[t + 3]);
        round_of(v, 4, sha256_constants[t + 4] + w[t + 4]);
        round_of(v, 5, sha256_constants[t + 5] + w[t + 5]);
        round_of(v, 6, sha256_constants[t + 6] + w[t + 6]);
        round_of(v, 7, sha256_constants[t + 7] + w[t + 7]);
    }
    for (unsigned i = 0; i < 8; i++)
        state[i] += v[i];
}

static void compress(uint32_t state[8], const uint8_t *data, size_t count)
{
    for (; count > 0; count--, data += SHA256_BLOCK)
        compress_block(state, data);
}

static bool is_usable(void)
{
    return true;
}

const struct sha256_way sha256_plain = {"plain", is_usable, compress};
