/*
 * bank.h - the hash of a PCR bank: SHA-256 or SHA-384, of bytes, of zeros and of parts of images.
 *
 * In the flow:  UKI, events -> [bank] -> digests -> pcr
 * Memory:       the context is the caller's; parts of images pass through a buffer on the stack.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_BANK_H
#define SEALIFT_BUNDLE_MEASURE_BANK_H

#include "bundle/archive/image.h"
#include "bundle/measure/sha384.h"
#include "resolver/crypto/sha256.h"

#define BANK_SIZE_MAX SHA384_SIZE

enum bank { BANK_SHA256, BANK_SHA384 };

/* Bytes of a digest: 32 or 48; and "sha256" or "sha384". */
size_t bank_size(enum bank bank);
const char *bank_name(enum bank bank);

struct bank_hash {
    enum bank bank;
    union {
        struct sha256 sha256;
        struct sha384 sha384;
    } as;
};

void bank_init(struct bank_hash *hash, enum bank bank);
void bank_update(struct bank_hash *hash, struct slice data);
void bank_update_zeros(struct bank_hash *hash, uint64_t count);

/* Hashes the bytes [at, at + size) of an image. Codes of image_read. */
enum err_code bank_update_image(struct bank_hash *hash, const struct image *image, uint64_t at,
                                uint64_t size, struct err *err) MUST_USE;

/* bank_size bytes to digest, zeros after them. The context is used up. */
void bank_final(struct bank_hash *hash, uint8_t digest[BANK_SIZE_MAX]);

/* All at once. */
void bank_digest(enum bank bank, struct slice data, uint8_t digest[BANK_SIZE_MAX]);
enum err_code bank_digest_image(enum bank bank, const struct image *image,
                                uint8_t digest[BANK_SIZE_MAX], struct err *err) MUST_USE;

#endif
