#include "bundle/archive/bundle_part.h"

#include <string.h>

#include "resolver/base/cursor.h"
#include "resolver/base/quote.h"

#define MAGIC "sealift part v1\n"
#define MAGIC_SIZE (sizeof MAGIC - 1)
#define DIGESTS_AT 128
#define SIGNATURES_AT 33024
#define RECORDS_AT (SIGNATURES_AT + 16)
#define RECORD_SIZE 560 /* key id, length, signature, zeros */
#define RECORD_SIGNATURE_AT 34
#define CHECKSUM_AT (BUNDLE_PART_HEADER - SHA256_SIZE)

/* Where a part's body lies in the archive. */
static uint64_t offset_of(const struct bundle_part_set *set, uint32_t number)
{
    return set->body_size * (number - 1);
}

uint64_t bundle_part_length(const struct bundle_part_set *set, uint32_t number)
{
    return number < set->count ? set->body_size
                               : set->archive_size - offset_of(set, number);
}

static void put_be(uint8_t *out, int bytes, uint64_t value)
{
    for (; bytes > 0; value >>= 8)
        out[--bytes] = (uint8_t)value;
}

void bundle_part_statement(const struct bundle_part_set *set, uint8_t out[BUNDLE_PART_STATEMENT])
{
    memset(out, 0, BUNDLE_PART_STATEMENT);
    memcpy(out, MAGIC, MAGIC_SIZE);
    put_be(out + 16, 4, set->count);
    put_be(out + 24, 8, set->archive_size);
    put_be(out + 32, 8, set->body_size);
    memcpy(out + 40, set->id, SHA256_SIZE);
    memcpy(out + DIGESTS_AT, set->digests, set->count * SHA256_SIZE);
}

static void put_signature(uint8_t *out, const struct manifest_signature *signature)
{
    memcpy(out, signature->hint, KEY_ID_SIZE);
    put_be(out + KEY_ID_SIZE, 2, signature->signature.len);
    memcpy(out + RECORD_SIGNATURE_AT, signature->signature.bytes, signature->signature.len);
}

enum err_code bundle_part_finish(const struct bundle_part_set *set, uint32_t number,
                                 const struct manifest_signature *signatures, size_t count,
                                 uint8_t out[BUNDLE_PART_HEADER], struct err *err)
{
    uint8_t *own = out + BUNDLE_PART_STATEMENT;

    if (count > BUNDLE_PART_SIGNATURES_MAX)
        return err_set(err, ERR_LIMIT, "%zu signatures, the header of a part holds %d", count,
                       BUNDLE_PART_SIGNATURES_MAX);
    memset(own, 0, BUNDLE_PART_HEADER - BUNDLE_PART_STATEMENT);
    put_be(own, 4, number);
    put_be(own + 8, 8, offset_of(set, number));
    put_be(own + 16, 8, bundle_part_length(set, number));
    put_be(out + SIGNATURES_AT, 4, count);
    for (size_t i = 0; i < count; i++)
        put_signature(out + RECORDS_AT + i * RECORD_SIZE, &signatures[i]);
    sha256_of(slice_of(out, CHECKSUM_AT), out + CHECKSUM_AT);
    return ERR_OK;
}

/* How many bodies of that size an archive gives. */
static uint64_t count_bodies(uint64_t archive_size, uint64_t body_size)
{
    return archive_size / body_size + (archive_size % body_size != 0);
}

static enum err_code read_statement(const uint8_t *header, struct bundle_part_set *set,
                                    struct err *err)
{
    struct cursor in = cursor_of(slice_of(header + MAGIC_SIZE, DIGESTS_AT - MAGIC_SIZE));

    set->count = cursor_be32(&in);
    cursor_be32(&in);
    set->archive_size = cursor_be64(&in);
    set->body_size = cursor_be64(&in);
    memcpy(set->id, cursor_take(&in, SHA256_SIZE).ptr, SHA256_SIZE);
    set->digests = (const uint8_t(*)[SHA256_SIZE])(header + DIGESTS_AT);
    if (set->count < 1 || set->count > BUNDLE_PARTS_MAX || set->body_size < BUNDLE_PART_BODY_MIN ||
        set->body_size > OCI_SIZE_MAX || set->archive_size > OCI_SIZE_MAX ||
        count_bodies(set->archive_size, set->body_size) != set->count)
        return err_set(err, ERR_FORMAT,
                       "the header's numbers make no sense: %u parts of %llu "
                       "bytes, %llu in all",
                       set->count, (unsigned long long)set->body_size,
                       (unsigned long long)set->archive_size);
    return ERR_OK;
}

static enum err_code read_own(const uint8_t *header, struct bundle_part *part, struct err *err)
{
    struct cursor in = cursor_of(slice_of(header + BUNDLE_PART_STATEMENT, 24));

    part->number = cursor_be32(&in);
    cursor_be32(&in);
    part->offset = cursor_be64(&in);
    part->length = cursor_be64(&in);
    if (part->number >= 1 && part->number <= part->set.count &&
        part->offset == offset_of(&part->set, part->number) &&
        part->length == bundle_part_length(&part->set, part->number))
        return ERR_OK;
    return err_set(err, ERR_FORMAT,
                   "the header's numbers make no sense: part %u of %u, %llu bytes "
                   "at %llu",
                   part->number, part->set.count, (unsigned long long)part->length,
                   (unsigned long long)part->offset);
}

static enum err_code read_signature(const uint8_t *record, const uint8_t *statement_digest,
                                    struct manifest_signature *out, struct err *err)
{
    struct cursor in = cursor_of(slice_of(record + KEY_ID_SIZE, 2));
    size_t len = cursor_be16(&in);

    if (len == 0 || len > SIGNATURE_MAX)
        return err_set(err, ERR_FORMAT, "a signature of %zu bytes in the header", len);
    out->form = SIGNING_PARTS;
    out->has_hint = true;
    memcpy(out->hint, record, KEY_ID_SIZE);
    out->signature.form = SIGNATURE_DETACHED;
    out->signature.len = len;
    memcpy(out->signature.bytes, record + RECORD_SIGNATURE_AT, len);
    memcpy(out->manifest, statement_digest, SHA256_SIZE);
    memcpy(out->digest, statement_digest, SHA256_SIZE);
    return ERR_OK;
}

static enum err_code read_signatures(const uint8_t *header, struct arena *arena,
                                     struct bundle_part *part, struct err *err)
{
    struct cursor in = cursor_of(slice_of(header + SIGNATURES_AT, 4));
    uint32_t count = cursor_be32(&in);

    if (count > BUNDLE_PART_SIGNATURES_MAX)
        return err_set(err, ERR_FORMAT, "%u signatures in the header, at most %d are read", count,
                       BUNDLE_PART_SIGNATURES_MAX);
    part->signatures = arena_array(arena, count, sizeof *part->signatures, err);
    if (!part->signatures)
        return err->code;
    for (; part->signature_count < count; part->signature_count++) {
        if (read_signature(header + RECORDS_AT + part->signature_count * RECORD_SIZE,
                           part->statement_digest, &part->signatures[part->signature_count], err))
            return err->code;
    }
    return ERR_OK;
}

/* Whatever is not said to be something must be zero: the header is written again and compared. */
static enum err_code check_form(const uint8_t *header, const struct bundle_part *part,
                                struct arena *arena, struct err *err)
{
    uint8_t *again = arena_alloc(arena, BUNDLE_PART_HEADER, err);

    if (!again)
        return err->code;
    bundle_part_statement(&part->set, again);
    if (bundle_part_finish(&part->set, part->number, part->signatures, part->signature_count, again,
                           err))
        return err->code;
    if (memcmp(again, header, BUNDLE_PART_HEADER) == 0)
        return ERR_OK;
    return err_set(err, ERR_FORMAT, "the header holds bytes that mean nothing");
}

static enum err_code check_checksum(const uint8_t *header, struct err *err)
{
    uint8_t digest[SHA256_SIZE];

    sha256_of(slice_of(header, CHECKSUM_AT), digest);
    if (memcmp(digest, header + CHECKSUM_AT, SHA256_SIZE) == 0)
        return ERR_OK;
    return err_set(err, ERR_CORRUPT, "the header is damaged");
}

enum err_code bundle_part_parse(const uint8_t header[BUNDLE_PART_HEADER], struct arena *arena,
                                struct bundle_part *part, struct err *err)
{
    enum err_code rc = ERR_OK;

    memset(part, 0, sizeof *part);
    if (memcmp(header, MAGIC, MAGIC_SIZE) != 0)
        return err_set(err, ERR_FORMAT, "is no part of a split archive");
    rc = check_checksum(header, err);
    if (rc == ERR_OK)
        rc = read_statement(header, &part->set, err);
    if (rc == ERR_OK)
        rc = read_own(header, part, err);
    if (rc == ERR_OK) {
        sha256_of(slice_of(header, BUNDLE_PART_STATEMENT), part->statement_digest);
        rc = read_signatures(header, arena, part, err);
    }
    if (rc == ERR_OK)
        rc = check_form(header, part, arena, err);
    if (rc != ERR_OK)
        memset(part, 0, sizeof *part);
    return rc;
}

enum err_code bundle_part_trust(const struct bundle_part *part, const struct keys *keys,
                                struct bundle_signers *signers, struct err *err)
{
    struct signed_manifest statement = {.signatures = part->signatures,
                                        .signature_count = part->signature_count};

    memcpy(statement.digest, part->statement_digest, SHA256_SIZE);
    return bundle_trust_check(&statement, keys, signers, err);
}

/* Media are a little larger than this: what is left is for their file systems. */
static const struct {
    const char *name;
    uint64_t size;
} media[] = {
    {"fat32", 4294967295u}, /* the longest file there */
    {"cd", 734003200u},     /* 700 MiB */
    {"dvd", 4690000000u},   /* single layer */
    {"bd", 25000000000u},   /* single layer */
};

static bool read_size(struct slice text, uint64_t *size)
{
    static const char units[] = "KMG";
    unsigned shift = 0;
    struct err unused;

    for (size_t i = 0; i < sizeof media / sizeof media[0]; i++) {
        *size = media[i].size;
        if (slice_is(text, media[i].name))
            return true;
    }
    for (unsigned i = 0; text.len > 0 && units[i]; i++) {
        if (text.ptr[text.len - 1] == units[i])
            shift = 10 * (i + 1);
    }
    if (shift)
        text.len--;
    if (oci_number_parse(text, "size", OCI_SIZE_MAX >> shift, size, &unused))
        return false;
    *size <<= shift;
    return true;
}

enum err_code bundle_part_size_parse(struct slice text, uint64_t *body_size, struct err *err)
{
    uint64_t size;

    *body_size = 0;
    if (!read_size(text, &size))
        return err_set(err, ERR_USAGE,
                       "have %s, want fat32, cd, dvd, bd, or bytes (K, M and G are allowed)",
                       quote(text).text);
    if (size < BUNDLE_PART_HEADER + BUNDLE_PART_BODY_MIN)
        return err_set(err, ERR_USAGE, "parts of %llu bytes, want %zu at least",
                       (unsigned long long)size, BUNDLE_PART_HEADER + BUNDLE_PART_BODY_MIN);
    *body_size = size - BUNDLE_PART_HEADER;
    return ERR_OK;
}
