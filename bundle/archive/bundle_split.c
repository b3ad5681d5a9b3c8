#include "bundle/archive/bundle_split.h"

#include <string.h>

#define COPY_BUFFER ((size_t)32 << 10)

static enum err_code write_part(struct bundle_split *split, uint32_t number, uint64_t at,
                                struct slice bytes, struct err *err)
{
    struct output output;

    if (number > BUNDLE_PARTS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d parts of this size would be needed",
                       BUNDLE_PARTS_MAX);
    if (split->store->write(split->store->ctx, number, &output, err))
        return err->code;
    if (number > split->begun)
        split->begun = number;
    return output.write(output.ctx, BUNDLE_PART_HEADER + at, bytes, err);
}

static enum err_code write_split(void *ctx, uint64_t at, struct slice bytes, struct err *err)
{
    struct bundle_split *split = ctx;

    while (bytes.len > 0) {
        uint64_t part = at / split->body_size, within = at % split->body_size;
        uint64_t left = split->body_size - within;
        struct slice piece = slice_part(bytes, 0, bytes.len < left ? bytes.len : (size_t)left);

        if (part >= UINT32_MAX - 1)
            part = UINT32_MAX - 1;
        if (write_part(split, (uint32_t)part + 1, within, piece, err))
            return err->code;
        bytes = slice_part(bytes, piece.len, bytes.len);
        at += piece.len;
    }
    return ERR_OK;
}

/* Every part gets its length, those that only hold zeros too; those beyond the end go. */
static enum err_code set_size(void *ctx, uint64_t size, struct err *err)
{
    struct bundle_split *split = ctx;
    uint64_t count = (size + split->body_size - 1) / split->body_size;

    if (count > BUNDLE_PARTS_MAX)
        return err_set(err, ERR_LIMIT,
                       "%llu parts of this size would be needed, at most %d are "
                       "possible",
                       (unsigned long long)count, BUNDLE_PARTS_MAX);
    split->size = size;
    for (uint32_t number = 1; number <= count; number++) {
        uint64_t from = split->body_size * (number - 1), left = size - from;
        struct output output;

        if (split->store->write(split->store->ctx, number, &output, err) ||
            output.set_size(
                output.ctx,
                BUNDLE_PART_HEADER + (left < split->body_size ? left : split->body_size), err))
            return err->code;
    }
    for (; split->begun > count; split->begun--) {
        if (split->store->remove(split->store->ctx, split->begun, err))
            return err->code;
    }
    split->begun = (uint32_t)count;
    return ERR_OK;
}

struct output bundle_split_output(struct bundle_split *split, const struct part_store *store,
                                  uint64_t body_size)
{
    *split = (struct bundle_split){.store = store, .body_size = body_size};
    return (struct output){.ctx = split, .write = write_split, .set_size = set_size};
}

/* Hashes a body, and adds it to the hash of the archive. */
static enum err_code hash_part(const struct bundle_split *split, uint32_t number, uint64_t length,
                               struct sha256 *whole, uint8_t digest[SHA256_SIZE], struct err *err)
{
    uint8_t bytes[COPY_BUFFER];
    struct sha256 body;
    struct image image;

    if (split->store->read(split->store->ctx, number, &image, err))
        return err->code;
    sha256_init(&body);
    for (uint64_t at = 0; at < length;) {
        size_t len = length - at < sizeof bytes ? (size_t)(length - at) : sizeof bytes;

        if (image_read(&image, BUNDLE_PART_HEADER + at, bytes, len, err))
            return err_add(err, "part %u", number);
        sha256_update(&body, slice_of(bytes, len));
        sha256_update(whole, slice_of(bytes, len));
        at += len;
    }
    sha256_final(&body, digest);
    return ERR_OK;
}

static enum err_code hash_parts(const struct bundle_split *split, struct bundle_part_set *set,
                                uint8_t (*digests)[SHA256_SIZE], struct err *err)
{
    struct sha256 whole;

    sha256_init(&whole);
    for (uint32_t number = 1; number <= set->count; number++) {
        if (hash_part(split, number, bundle_part_length(set, number), &whole, digests[number - 1],
                      err))
            return err->code;
    }
    sha256_final(&whole, set->id);
    return ERR_OK;
}

static enum err_code sign(const uint8_t *statement, const struct bundle_signer *signers,
                          size_t count, struct manifest_signature *signatures, struct err *err)
{
    uint8_t digest[SHA256_SIZE];

    sha256_of(slice_of(statement, BUNDLE_PART_STATEMENT), digest);
    for (size_t i = 0; i < count; i++) {
        if (signers[i].sign(signers[i].ctx, digest, &signatures[i].signature, err))
            return err->code;
        memcpy(signatures[i].hint, signers[i].key->id, KEY_ID_SIZE);
    }
    return ERR_OK;
}

static enum err_code write_headers(const struct bundle_split *split,
                                   const struct bundle_part_set *set,
                                   const struct manifest_signature *signatures, size_t count,
                                   uint8_t *header, struct err *err)
{
    for (uint32_t number = 1; number <= set->count; number++) {
        struct output output;

        if (bundle_part_finish(set, number, signatures, count, header, err) ||
            split->store->write(split->store->ctx, number, &output, err) ||
            output.write(output.ctx, 0, slice_of(header, BUNDLE_PART_HEADER), err))
            return err->code;
    }
    return ERR_OK;
}

enum err_code bundle_split_finish(struct bundle_split *split, const struct bundle_signer *signers,
                                  size_t signer_count, struct arena *arena, uint32_t *count,
                                  struct err *err)
{
    struct bundle_part_set set = {
        .count = split->begun, .archive_size = split->size, .body_size = split->body_size};
    uint8_t(*digests)[SHA256_SIZE] = arena_array(arena, set.count, SHA256_SIZE, err);
    uint8_t *header = digests ? arena_alloc(arena, BUNDLE_PART_HEADER, err) : NULL;
    struct manifest_signature *signatures =
        header ? arena_array(arena, signer_count, sizeof *signatures, err) : NULL;

    *count = 0;
    if (!signatures || hash_parts(split, &set, digests, err))
        return err->code;
    set.digests = (const uint8_t(*)[SHA256_SIZE])digests;
    bundle_part_statement(&set, header);
    if (sign(header, signers, signer_count, signatures, err) ||
        write_headers(split, &set, signatures, signer_count, header, err))
        return err->code;
    *count = set.count;
    return ERR_OK;
}
