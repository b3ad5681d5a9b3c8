/* SHA-256 with the SHA extensions of x86-64 (Intel SDM, SHA256RNDS2, SHA256MSG1, SHA256MSG2). */
#include "resolver/crypto/sha256_compress.h"

#ifdef __x86_64__

#include <cpuid.h>
#include <immintrin.h>

#define SHA_CODE __attribute__((target("sha,sse4.1,ssse3")))

/* The instructions want the state as a, b, e, f and c, d, g, h (the first named is the highest). */
struct halves {
    __m128i abef;
    __m128i cdgh;
};

static bool is_usable(void)
{
    unsigned a, b, c, d;
    unsigned wanted = bit_SSSE3 | bit_SSE4_1;

    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & wanted) != wanted)
        return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) != 0;
}

SHA_CODE static inline struct halves load_state(const uint32_t state[8])
{
    __m128i dcba = _mm_loadu_si128((const __m128i *)(const void *)state);
    __m128i hgfe = _mm_loadu_si128((const __m128i *)(const void *)(state + 4));
    __m128i abcd = _mm_shuffle_epi32(dcba, 0x1B); /* reversed */
    __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1B);

    return (struct halves){_mm_unpackhi_epi64(efgh, abcd), _mm_unpacklo_epi64(efgh, abcd)};
}

SHA_CODE static inline void store_state(struct halves halves, uint32_t state[8])
{
    __m128i abcd = _mm_unpackhi_epi64(halves.cdgh, halves.abef);
    __m128i efgh = _mm_unpacklo_epi64(halves.cdgh, halves.abef);

    _mm_storeu_si128((__m128i *)(void *)state, _mm_shuffle_epi32(abcd, 0x1B));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_shuffle_epi32(efgh, 0x1B));
}

/* Four big-endian words of the block. */
SHA_CODE static inline __m128i load_words(const uint8_t *data)
{
    __m128i swap = _mm_set_epi64x(0x0C0D0E0F08090A0B, 0x0405060700010203);

    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)data), swap);
}

/* Rounds t to t + 3 with the words w (FIPS 180-4, 6.2.2 step 3). */
SHA_CODE static inline void four_rounds(struct halves *halves, __m128i w, unsigned t)
{
    __m128i k = _mm_loadu_si128((const __m128i *)(const void *)(sha256_constants + t));
    __m128i kw = _mm_add_epi32(w, k);

    /* Two rounds turn a, b, e, f into the next c, d, g, h. */
    halves->cdgh = _mm_sha256rnds2_epu32(halves->cdgh, halves->abef, kw);
    halves->abef = _mm_sha256rnds2_epu32(halves->abef, halves->cdgh, _mm_shuffle_epi32(kw, 0x0E));
}

/* The words t + 16 to t + 19 from the sixteen before them (FIPS 180-4, 6.2.2 step 1). */
SHA_CODE static inline __m128i next_words(__m128i w0, __m128i w4, __m128i w8, __m128i w12)
{
    __m128i with_sigma0 = _mm_sha256msg1_epu32(w0, w4);
    __m128i w9 = _mm_alignr_epi8(w12, w8, 4);

    return _mm_sha256msg2_epu32(_mm_add_epi32(with_sigma0, w9), w12);
}

SHA_CODE static inline struct halves compress_block(struct halves before, const uint8_t *data)
{
    struct halves halves = before;
    __m128i w0 = load_words(data), w4 = load_words(data + 16);
    __m128i w8 = load_words(data + 32), w12 = load_words(data + 48);

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
    halves.abef = _mm_add_epi32(halves.abef, before.abef);
    halves.cdgh = _mm_add_epi32(halves.cdgh, before.cdgh);
    return halves;
}

SHA_CODE static void compress(uint32_t state[8], const uint8_t *data, size_t count)
{
    struct halves halves = load_state(state);

    for (; count > 0; count--, data += SHA256_BLOCK)
        halves = compress_block(halves, data);
    store_state(halves, state);
}

const struct sha256_way sha256_x86 = {"SHA-NI", is_usable, compress};

#else

static bool is_usable(void)
{
    return false;
}

const struct sha256_way sha256_x86 = {"SHA-NI", is_usable, NULL};

#endif
