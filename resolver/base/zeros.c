#include "resolver/base/zeros.h"

#include <string.h>

#define STEP 8 /* words that are looked at together */

bool zeros_only(struct slice bytes)
{
    const uint8_t *at = bytes.ptr, *end = bytes.len ? bytes.ptr + bytes.len : bytes.ptr;
    uint64_t words[STEP], any = 0;

    while ((size_t)(end - at) >= sizeof words) {
        memcpy(words, at, sizeof words);
        for (size_t i = 0; i < STEP; i++)
            any |= words[i];
        if (any)
            return false;
        at += sizeof words;
    }
    while (at < end)
        any |= *at++;
    return !any;
}

size_t zeros_run(struct slice bytes, size_t block_size, bool *is_zero)
{
    size_t len = 0;

    *is_zero = zeros_only(slice_part(bytes, 0, block_size));
    do {
        len += block_size;
    } while (len < bytes.len && zeros_only(slice_part(bytes, len, block_size)) == *is_zero);
    return len < bytes.len ? len : bytes.len;
}
