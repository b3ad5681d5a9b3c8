#include "bundle/archive/oci.h"

#include <string.h>

#include "resolver/base/hex.h"
#include "resolver/base/quote.h"

#define HEX_SIZE (2 * SHA256_SIZE)
#define TAG_DIGITS 16 /* of the SHA-256 that ends a tag that was cut */

struct descriptor descriptor_of(const char *media_type, struct slice bytes)
{
    struct descriptor descriptor = {.media_type = slice_text(media_type), .size = bytes.len};

    sha256_of(bytes, descriptor.digest);
    return descriptor;
}

static void with_hex(const char *prefix, const uint8_t digest[SHA256_SIZE], char *out)
{
    size_t len = strlen(prefix);

    memcpy(out, prefix, len);
    hex_encode(digest, SHA256_SIZE, out + len);
}

void oci_digest_text(const uint8_t digest[SHA256_SIZE], char out[OCI_DIGEST_SIZE])
{
    with_hex("sha256:", digest, out);
}

void oci_blob_name(const uint8_t digest[SHA256_SIZE], char out[OCI_BLOB_NAME_SIZE])
{
    with_hex("blobs/sha256/", digest, out);
}

static bool is_lower_hex(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';

        if (!is_digit && (text.ptr[i] < 'a' || text.ptr[i] > 'f'))
            return false;
    }
    return true;
}

enum err_code oci_digest_parse(struct slice text, uint8_t digest[SHA256_SIZE], struct err *err)
{
    struct slice digits = slice_part(text, 7, text.len);

    memset(digest, 0, SHA256_SIZE);
    if (slice_begins(text, "sha256:") && is_lower_hex(digits) &&
        hex_decode(digits, digest, SHA256_SIZE))
        return ERR_OK;
    return err_set(err, ERR_FORMAT, "digest: have %s, want sha256: and 64 lower-case hex digits",
                   quote(text).text);
}

static bool is_tag_character(char c, bool is_first)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')
        return true;
    return !is_first && (c == '.' || c == '-');
}

void oci_tag(const struct uid *uid, char out[OCI_TAG_MAX + 1])
{
    size_t len = strlen(uid->text), kept = len;
    uint8_t digest[SHA256_SIZE];
    char hex[HEX_SIZE + 1];

    if (len > OCI_TAG_MAX)
        kept = OCI_TAG_MAX - TAG_DIGITS - 1;
    for (size_t i = 0; i < kept; i++)
        out[i] = is_tag_character(uid->text[i], i == 0) ? uid->text[i] : i ? '-' : '_';
    if (kept < len) {
        sha256_of(slice_text(uid->text), digest);
        hex_encode(digest, SHA256_SIZE, hex);
        out[kept++] = '-';
        memcpy(out + kept, hex, TAG_DIGITS);
        kept += TAG_DIGITS;
    }
    out[kept] = '\0';
}

void descriptor_write(struct json_writer *writer, const struct descriptor *descriptor)
{
    char digest[OCI_DIGEST_SIZE];

    oci_digest_text(descriptor->digest, digest);
    json_member_slice(writer, "mediaType", descriptor->media_type);
    json_member(writer, "digest", digest);
    json_key(writer, "size");
    json_number(writer, descriptor->size);
}

enum err_code oci_number_parse(struct slice text, const char *what, uint64_t max, uint64_t *out,
                               struct err *err)
{
    uint64_t value = 0;
    bool is_number = text.len > 0 && text.len < 20 && (text.ptr[0] != '0' || text.len == 1);

    *out = 0;
    for (size_t i = 0; i < text.len && is_number; i++) {
        is_number = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    if (!is_number || value > max)
        return err_set(err, ERR_FORMAT, "%s: have %s, want a whole number up to %llu", what,
                       quote(text).text, (unsigned long long)max);
    *out = value;
    return ERR_OK;
}

static bool is_named(struct slice name, const char *const *names)
{
    for (; names && *names; names++) {
        if (slice_is(name, *names))
            return true;
    }
    return false;
}

static const struct node *next_member(const struct node *map, const struct node *key)
{
    return node_next(map, node_next(map, key));
}

enum err_code oci_only(const struct node *node, const char *what, const char *const *names,
                       struct err *err)
{
    if (!node || node->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "%s: have %s, want a map", what, node_type_name(node));
    for (const struct node *key = node_first(node); key; key = next_member(node, key)) {
        if (!is_named(node_text(key), names))
            return err_set(err, ERR_FORMAT, "%s: %s: is not expected here", what,
                           quote_bare(node_text(key)).text);
    }
    return ERR_OK;
}

enum err_code oci_is(const struct node *map, const char *name, const char *text, struct err *err)
{
    const struct node *node = node_get(map, name);

    if (!node)
        return err_set(err, ERR_FORMAT, "%s: missing, want \"%s\"", name, text);
    if (node->type != NODE_STRING)
        return err_set(err, ERR_FORMAT, "%s: have %s, want \"%s\"", name, node_type_name(node),
                       text);
    if (!slice_is(node_text(node), text))
        return err_set(err, ERR_FORMAT, "%s: have %s, want \"%s\"", name,
                       quote(node_text(node)).text, text);
    return ERR_OK;
}

/* type/subtype of RFC 6838's characters, parameters after ";" included. */
static enum err_code check_media_type(struct slice type, struct err *err)
{
    bool good = type.len <= OCI_MEDIA_TYPE_MAX && slice_find(type, '/') < type.len;

    for (size_t i = 0; i < type.len; i++)
        good = good && type.ptr[i] > ' ' && type.ptr[i] < 0x7F && type.ptr[i] != '"' &&
               type.ptr[i] != '\\';
    if (good)
        return ERR_OK;
    return err_set(err, ERR_FORMAT, "mediaType: %s is none", quote(type).text);
}

static enum err_code read_members(const struct node *node, struct descriptor *out, struct err *err)
{
    const struct node *size = node_get(node, "size");
    struct slice digest;
    enum err_code rc = node_string(node_get(node, "mediaType"), "mediaType", &out->media_type, err);

    if (rc == ERR_OK)
        rc = check_media_type(out->media_type, err);
    if (rc == ERR_OK)
        rc = node_string(node_get(node, "digest"), "digest", &digest, err);
    if (rc == ERR_OK)
        rc = oci_digest_parse(digest, out->digest, err);
    if (rc == ERR_OK && (!size || size->type != NODE_NUMBER))
        rc = err_set(err, ERR_FORMAT, "size: have %s, want a number", node_type_name(size));
    if (rc == ERR_OK)
        rc = oci_number_parse(node_text(size), "size", OCI_SIZE_MAX, &out->size, err);
    return rc;
}

enum err_code descriptor_parse(const struct node *node, const char *what, const char *const *also,
                               struct descriptor *descriptor, struct err *err)
{
    static const char *const members[] = {"mediaType", "digest", "size", NULL};

    memset(descriptor, 0, sizeof *descriptor);
    if (!node || node->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "%s: have %s, want a map", what, node_type_name(node));
    for (const struct node *key = node_first(node); key; key = next_member(node, key)) {
        if (!is_named(node_text(key), members) && !is_named(node_text(key), also))
            return err_set(err, ERR_FORMAT, "%s: %s: is not expected here", what,
                           quote_bare(node_text(key)).text);
    }
    if (read_members(node, descriptor, err) == ERR_OK)
        return ERR_OK;
    memset(descriptor, 0, sizeof *descriptor);
    return err_add(err, "%s", what);
}

enum err_code oci_check_head(const struct node *map, const char *media_type, struct err *err)
{
    const struct node *version = node_get(map, "schemaVersion");

    if (!version || version->type != NODE_NUMBER || !slice_is(node_text(version), "2"))
        return err_set(err, ERR_FORMAT, "schemaVersion: want 2");
    return oci_is(map, "mediaType", media_type, err);
}

void oci_begin(struct json_writer *writer, const char *media_type)
{
    json_begin_map(writer);
    json_key(writer, "schemaVersion");
    json_number(writer, 2);
    json_member(writer, "mediaType", media_type);
}
