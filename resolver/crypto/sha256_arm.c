/* SHA-256 with the cryptography extension of ARMv8 (SHA256H, SHA256H2, SHA256SU0, SHA256SU1). */
#include "resolver/crypto/sha256_compress.h"

/* gcc can use these instructions in the functions marked for it alone; clang's headers have them
 * only where the whole file may use them (-march=armv8-a+crypto). Elsewhere plain C serves. */
#if defined(__aarch64__) && defined(__linux__) && \
    (defined(__ARM_FEATURE_SHA2) || !defined(__clang__))

#include <arm_neon.h>
#include <sys/auxv.h>

#ifdef __clang__
#define SHA_CODE
#else
#define SHA_CODE __attribute__((target("+crypto")))
#endif
#define HWCAP_SHA256 (1ul << 6) /* HWCAP_SHA2 of the kernel's headers */

struct halves {
    uint32x4_t abcd;
    uint32x4_t efgh;
};

static bool is_usable(void)
{
    return (getauxval(AT_HWCAP) & HWCAP_SHA256) != 0;
}

/* Four big-endian words of the block. */
SHA_CODE static inline uint32x4_t load_words(const uint8_t *data)
{
    return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(data)));
}

/* Rounds t to t + 3 with the words w (FIPS 180-4, 6.2.2 step 3). */
SHA_CODE static inline void four_rounds(struct halves *halves, uint32x4_t w, unsigned t)
{
    uint32x4_t kw = vaddq_u32(w, vld1q_u32(sha256_constants + t));
    uint32x4_t abcd = halves->abcd;

    halves->abcd = vsha256hq_u32(abcd, halves->efgh, kw);
    halves->efgh = vsha256h2q_u32(halves->efgh, abcd, kw);
}

/* The words t + 16 to t + 19 from the sixteen before them (FIPS 180-4, 6.2.2 step 1). */
SHA_CODE static inline uint32x4_t next_words(uint32x4_t w0, uint32x4_t w4, uint32x4_t w8,
                                             uint32x4_t w12)
{
    return vsha256su1q_u32(vsha256su0q_u32(w0, w4), w8, w12);
}

SHA_CODE static inline struct halves compress_block(struct halves before, const uint8_t *data)
{
    struct halves halves = before;
    uint32x4_t w0 = load_words(data), w4 = load_words(data + 16);
    uint32x4_t w8 = load_words(data + 32), w12 = load_words(data + 48);

    for (unsigned t = 0; t < 48; t += 16) {
        four_rounds(&halves, w0, t);
        w0 = next_words(w0, w4, w8, w12);
        four_rounds(&halves, w4, t + 4);
        w4 = next_words(w4, w8, w12, w0);
        four_rounds(&halves, w8, t + 8);
        w8 = next_words(w8, w12, w0, w4);
        four_rounds(&halves, w12, t + 12);
        w12 = next_words(w12, w0, w4, w8);
    }
    four_rounds(&halves, w0, 48);
    four_rounds(&halves, w4, 52);
    four_rounds(&halves, w8, 56);
    four_rounds(&halves, w12, 60);
    halves.abcd = vaddq_u32(halves.abcd, before.abcd);
    halves.efgh = vaddq_u32(halves.efgh, before.efgh);
    return halves;
}

SHA_CODE static void compress(uint32_t state[8], const uint8_t *data, size_t count)
{
    struct halves halves = {vld1q_u32(state), vld1q_u32(state + 4)};

    for (; count > 0; count--, data += SHA256_BLOCK)
        halves = compress_block(halves, data);
    vst1q_u32(state, halves.abcd);
    vst1q_u32(state + 4, halves.efgh);
}

const struct sha256_way sha256_arm = {"ARMv8", is_usable, compress};

#else

static bool is_usable(void)
{
    return false;
}

const struct sha256_way sha256_arm = {"ARMv8", is_usable, NULL};

#endif
