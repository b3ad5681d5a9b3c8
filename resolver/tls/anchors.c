#include "resolver/tls/anchors.h"

#include <stdbool.h>
#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/base/cursor.h"
#include "resolver/base/der.h"

#define HEAD_CHARACTERS 512 /* of base64: most subjects end within */
#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_END "-----END CERTIFICATE-----"

const char *const anchors_usual_paths[] = {
    "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Alpine, Arch */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* Fedora, RHEL */
    "/etc/pki/tls/certs/ca-bundle.crt",                  /* older of them */
    "/etc/ssl/ca-bundle.pem",                            /* SUSE */
    "/etc/ssl/cert.pem",                                 /* Alpine without ca-certificates, BSD */
    "/var/lib/ca-certificates/ca-bundle.pem",            /* SUSE */
    NULL,
};

/* FNV-1a: names come from the bundle, which is trusted; collisions cost a comparison. */
static uint32_t hash_of(struct slice bytes)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ bytes.ptr[i]) * 16777619u;
    return hash;
}

/* A text that is taken line by line. */
struct lines {
    struct slice rest;
    uint32_t number; /* of the line last taken, from 1 */
};

static struct slice next_line(struct lines *lines)
{
    struct slice line = slice_cut(&lines->rest, '\n');

    lines->number++;
    if (slice_ends(line, "\r"))
        line.len--;
    return line;
}

/* Finds the block that begins at or after *lines; false when there is none any more. */
static enum err_code next_block(struct lines *lines, const struct slice *bundle,
                                struct anchor_entry *entry, bool *found, struct err *err)
{
    struct slice line = {NULL, 0};

    *found = false;
    while (lines->rest.len > 0 && !slice_is(line, PEM_BEGIN))
        line = next_line(lines);
    if (!slice_is(line, PEM_BEGIN))
        return ERR_OK;
    entry->line = lines->number;
    entry->at = (uint32_t)(bundle->len - lines->rest.len);
    while (lines->rest.len > 0) {
        line = next_line(lines);
        if (!slice_begins(line, "-----"))
            continue;
        if (!slice_is(line, PEM_END))
            break;
        entry->len = (uint32_t)(line.ptr - (bundle->ptr + entry->at));
        *found = true;
        return ERR_OK;
    }
    return err_set(err, ERR_FORMAT, "line %lu: the certificate has no line %s",
                   (unsigned long)entry->line, PEM_END);
}

static struct slice text_of(const struct anchors *anchors, const struct anchor_entry *entry)
{
    return slice_part(anchors->bundle, entry->at, entry->len);
}

/* As much of text, from its beginning, as has count characters besides line ends. */
static struct slice head_of(struct slice text, size_t count)
{
    size_t at;

    for (at = 0; at < text.len && count > 0; at++)
        count -= text.ptr[at] != '\n' && text.ptr[at] != '\r';
    return slice_part(text, 0, at);
}

/* Steps into an element of which perhaps only the beginning is there. */
static bool enter(struct cursor *in, uint8_t tag)
{
    uint8_t length;

    if (cursor_u8(in) != tag)
        return false;
    length = cursor_u8(in);
    if (length > 0x80)
        cursor_take(in, length & 0x7F);
    return !in->failed;
}

/* Certificate, tbsCertificate, version, serial, signature, issuer, validity, subject. False when
 * the bytes end before the subject does, or are no certificate. */
static bool find_subject(struct slice der, struct slice *subject)
{
    static const uint8_t before[] = {DER_INTEGER, DER_SEQUENCE, DER_SEQUENCE, DER_SEQUENCE};
    struct cursor in = cursor_of(der);
    struct slice passed;
    struct err ignored;
    size_t at;

    if (!enter(&in, DER_SEQUENCE) || !enter(&in, DER_SEQUENCE))
        return false;
    if (der_next_tag(&in) == DER_CONTEXT(0) &&
        der_read(&in, DER_CONTEXT(0), "version", &passed, &ignored) != ERR_OK)
        return false;
    for (size_t i = 0; i < sizeof before; i++) {
        if (der_read(&in, before[i], "part", &passed, &ignored) != ERR_OK)
            return false;
    }
    at = in.at;
    if (der_read(&in, DER_SEQUENCE, "subject", &passed, &ignored) != ERR_OK)
        return false;
    *subject = slice_part(der, at, in.at - at);
    return true;
}

/* The hash of the subject, from the head of the certificate or, if need be, from all of it. */
static enum err_code index_entry(const struct anchors *anchors, struct anchor_entry *entry,
                                 struct err *err)
{
    struct slice text = text_of(anchors, entry), subject;
    uint8_t der[ANCHOR_MAX];
    size_t len;
    enum err_code rc;

    rc = base64_decode_lines(head_of(text, HEAD_CHARACTERS), der, sizeof der, &len, err);
    if (rc == ERR_OK && !find_subject(slice_of(der, len), &subject)) {
        rc = base64_decode_lines(text, der, sizeof der, &len, err);
        if (rc == ERR_OK && !find_subject(slice_of(der, len), &subject))
            rc = err_set(err, ERR_FORMAT, "it is no X.509 certificate");
    }
    if (rc != ERR_OK)
        return err_add(err, "line %lu: certificate", (unsigned long)entry->line);
    entry->name_hash = hash_of(subject);
    return ERR_OK;
}

static size_t count_blocks(struct slice bundle)
{
    struct lines lines = {.rest = bundle};
    size_t count = 0;

    while (lines.rest.len > 0)
        count += slice_is(next_line(&lines), PEM_BEGIN);
    return count;
}

static enum err_code index_bundle(struct anchors *anchors, struct anchor_entry *entries,
                                  struct err *err)
{
    struct lines lines = {.rest = anchors->bundle};
    bool found;
    enum err_code rc;

    anchors->entries = entries;
    for (;;) {
        struct anchor_entry *entry = &entries[anchors->count];

        rc = next_block(&lines, &anchors->bundle, entry, &found, err);
        if (rc != ERR_OK || !found)
            return rc;
        rc = index_entry(anchors, entry, err);
        if (rc != ERR_OK)
            return rc;
        anchors->count++;
    }
}

enum err_code anchors_init(struct anchors *anchors, struct slice bundle, struct arena *arena,
                           struct err *err)
{
    struct anchor_entry *entries;
    size_t count;
    enum err_code rc;

    memset(anchors, 0, sizeof *anchors);
    if (bundle.len > ANCHORS_FILE_MAX)
        return err_set(err, ERR_LIMIT, "%zu bytes, at most %zu are read", bundle.len,
                       ANCHORS_FILE_MAX);
    count = count_blocks(bundle);
    if (count == 0)
        return err_set(err, ERR_FORMAT, "no certificate in it (want PEM: %s)", PEM_BEGIN);
    entries = arena_array(arena, count + 1, sizeof *entries, err);
    if (!entries)
        return err->code;
    anchors->bundle = bundle;
    rc = index_bundle(anchors, entries, err);
    if (rc != ERR_OK)
        memset(anchors, 0, sizeof *anchors);
    return rc;
}

enum err_code anchors_decode(const struct anchors *anchors, size_t index, struct arena *arena,
                             struct slice *der, struct err *err)
{
    const struct anchor_entry *entry = &anchors->entries[index];
    struct slice text = text_of(anchors, entry);
    size_t max_len = text.len / 4 * 3, len;
    uint8_t *bytes;
    enum err_code rc;

    *der = slice_of(NULL, 0);
    if (max_len > ANCHOR_MAX)
        max_len = ANCHOR_MAX;
    bytes = arena_alloc(arena, max_len, err);
    if (!bytes)
        return err->code;
    rc = base64_decode_lines(text, bytes, max_len, &len, err);
    if (rc != ERR_OK)
        return err_add(err, "trust anchor at line %lu", (unsigned long)entry->line);
    *der = slice_of(bytes, len);
    return ERR_OK;
}

enum err_code anchors_next(const struct anchors *anchors, struct slice subject, size_t *position,
                           struct arena *arena, struct slice *der, struct err *err)
{
    uint32_t hash = hash_of(subject);

    *der = slice_of(NULL, 0);
    while (*position < anchors->count) {
        size_t index = (*position)++;
        struct slice found;
        enum err_code rc;

        if (anchors->entries[index].name_hash != hash)
            continue;
        rc = anchors_decode(anchors, index, arena, der, err);
        if (rc != ERR_OK)
            return rc;
        if (find_subject(*der, &found) && slice_equal(found, subject))
            return ERR_OK;
    }
    *der = slice_of(NULL, 0);
    return ERR_OK;
}
