/*
 * bundle_part.h - the header of one part of a split archive.
 *
 * In the flow:  bundle_split -> [bundle_part] -> part files -> [bundle_part] -> bundle_parts, verify
 * Form:         BUNDLE_PART_HEADER bytes, then the part's body: a range of the archive. All numbers
 *               are big-endian. FORMAT.md has it byte by byte.
 *                 0      the statement, the same in all parts: magic, number of parts, size of the
 *                        archive and of a body, set id (SHA-256 of the archive), SHA-256 of each body
 *                 32768  which part this is: number, offset, length
 *                 33024  signatures of the statement's SHA-256, each with its key's id
 *                 65504  SHA-256 of all that is before it: whether the header itself is damaged
 *               Everything else is zero.
 * Checked here: every byte; that offset and length are those of that part.
 * Not checked:  the signatures (bundle_part_trust does), the body (bundle_parts.h), that parts belong
 *               together (bundle_parts.h).
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_BUNDLE_PART_H
#define SEALIFT_BUNDLE_ARCHIVE_BUNDLE_PART_H

#include "bundle/archive/bundle_trust.h"

#define BUNDLE_PART_HEADER ((size_t)64 << 10)
#define BUNDLE_PART_STATEMENT ((size_t)32 << 10)
#define BUNDLE_PARTS_MAX 999
#define BUNDLE_PART_SIGNATURES_MAX 32
#define BUNDLE_PART_BODY_MIN 4096 /* bytes of the body of every part but the last */

/* What all parts of a set have in common. */
struct bundle_part_set {
    uint32_t count;
    uint64_t archive_size, body_size;      /* body_size: of every part but the last */
    uint8_t id[SHA256_SIZE];               /* of the archive */
    const uint8_t (*digests)[SHA256_SIZE]; /* of each body */
};

struct bundle_part {
    struct bundle_part_set set; /* digests borrow from the header */
    uint32_t number;            /* from 1 */
    uint64_t offset, length;    /* of the body, in the archive */
    uint8_t statement_digest[SHA256_SIZE];
    struct manifest_signature *signatures;
    size_t signature_count;
};

/* The bytes of a part's body; number is 1 to set->count. */
uint64_t bundle_part_length(const struct bundle_part_set *set, uint32_t number);

/* Writes the statement into out; its SHA-256 is what is signed. */
void bundle_part_statement(const struct bundle_part_set *set, uint8_t out[BUNDLE_PART_STATEMENT]);

/* Writes a whole header: out holds the statement already. ERR_LIMIT for more than
 * BUNDLE_PART_SIGNATURES_MAX signatures. */
enum err_code bundle_part_finish(const struct bundle_part_set *set, uint32_t number,
                                 const struct manifest_signature *signatures, size_t count,
                                 uint8_t out[BUNDLE_PART_HEADER], struct err *err) MUST_USE;

/* Reads a header. signatures are allocated in arena. On failure *part is zeroed: ERR_FORMAT (not a
 * part, or numbers that make no sense), ERR_CORRUPT (the header is damaged), ERR_LIMIT. */
enum err_code bundle_part_parse(const uint8_t header[BUNDLE_PART_HEADER], struct arena *arena,
                                struct bundle_part *part, struct err *err) MUST_USE;

/* Checks the signatures of a header; as bundle_trust_check. */
enum err_code bundle_part_trust(const struct bundle_part *part, const struct keys *keys,
                                struct bundle_signers *signers, struct err *err) MUST_USE;

/*
 * A size of parts as the user gives it: "fat32" (4 GiB - 1), "cd", "dvd", "bd", or bytes, or a number
 * with K, M or G (powers of 1024). *body_size is what is left for a body. ERR_USAGE.
 */
enum err_code bundle_part_size_parse(struct slice text, uint64_t *body_size, struct err *err)
    MUST_USE;

#endif
