#include "bundle/measure/bank.h"

#include <string.h>

#define PIECE ((size_t)64 << 10) /* bytes read at once */

size_t bank_size(enum bank bank)
{
    return bank == BANK_SHA384 ? SHA384_SIZE : SHA256_SIZE;
}

const char *bank_name(enum bank bank)
{
    return bank == BANK_SHA384 ? "sha384" : "sha256";
}

void bank_init(struct bank_hash *hash, enum bank bank)
{
    hash->bank = bank;
    if (bank == BANK_SHA384)
        sha384_init(&hash->as.sha384);
    else
        sha256_init(&hash->as.sha256);
}

void bank_update(struct bank_hash *hash, struct slice data)
{
    if (hash->bank == BANK_SHA384)
        sha384_update(&hash->as.sha384, data);
    else
        sha256_update(&hash->as.sha256, data);
}

void bank_update_zeros(struct bank_hash *hash, uint64_t count)
{
    static const uint8_t zeros[4096];

    while (count > 0) {
        size_t now = count < sizeof zeros ? (size_t)count : sizeof zeros;

        bank_update(hash, slice_of(zeros, now));
        count -= now;
    }
}

enum err_code bank_update_image(struct bank_hash *hash, const struct image *image, uint64_t at,
                                uint64_t size, struct err *err)
{
    uint8_t piece[PIECE];

    while (size > 0) {
        size_t now = size < PIECE ? (size_t)size : PIECE;
        enum err_code rc = image_read(image, at, piece, now, err);

        if (rc != ERR_OK)
            return rc;
        bank_update(hash, slice_of(piece, now));
        at += now;
        size -= now;
    }
    return ERR_OK;
}

void bank_final(struct bank_hash *hash, uint8_t digest[BANK_SIZE_MAX])
{
    memset(digest, 0, BANK_SIZE_MAX);
    if (hash->bank == BANK_SHA384)
        sha384_final(&hash->as.sha384, digest);
    else
        sha256_final(&hash->as.sha256, digest);
}

void bank_digest(enum bank bank, struct slice data, uint8_t digest[BANK_SIZE_MAX])
{
    struct bank_hash hash;

    bank_init(&hash, bank);
    bank_update(&hash, data);
    bank_final(&hash, digest);
}

enum err_code bank_digest_image(enum bank bank, const struct image *image,
                                uint8_t digest[BANK_SIZE_MAX], struct err *err)
{
    struct bank_hash hash;
    enum err_code rc;

    bank_init(&hash, bank);
    rc = bank_update_image(&hash, image, 0, image->size, err);
    if (rc == ERR_OK)
        bank_final(&hash, digest);
    else
        memset(digest, 0, BANK_SIZE_MAX);
    return rc;
}
