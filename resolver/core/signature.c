#include "resolver/core/signature.h"

#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/base/der.h"
#include "resolver/base/hex.h"
#include "resolver/base/json.h"
#include "resolver/base/quote.h"

#define NUMBER_MAX 48 /* bytes of r or s: P-384 */

/* Text in which binary data has been given. */
static bool is_binary(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];

        if (byte >= 0x7F || (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r'))
            return true;
    }
    return false;
}

/* A .sig that is no base64: says what it looks like, where that helps more than the offset. */
static enum err_code refuse_text(struct slice text, struct err *err)
{
    if (slice_begins(text, "-----BEGIN "))
        return err_set(err, ERR_FORMAT,
                       "have a PEM or PGP block, want the base64 of an ECDSA or RSA signature");
    if (slice_begins(text, "\xEF\xBB\xBF"))
        return err_set(err, ERR_FORMAT,
                       "the file begins with a byte order mark: save it without one");
    if (!is_binary(text))
        return err->code;
    if (text.ptr[0] == DER_SEQUENCE && text.len >= 2 && text.ptr[1] == text.len - 2)
        return err_set(err, ERR_FORMAT,
                       "this looks like raw DER: give its base64 (base64 -w0 FILE prints it)");
    return err_set(err, ERR_FORMAT,
                   "this is binary data: give the signature's base64 (base64 -w0 FILE prints it)");
}

/* A decoded signature must hold something, and no more than the longest there is. */
static enum err_code check_length(enum err_code rc, const struct signature *signature,
                                  struct err *err)
{
    if (rc == ERR_LIMIT)
        return err_set(err, ERR_FORMAT, "longer than any signature that is accepted (%d bytes)",
                       SIGNATURE_MAX);
    if (rc == ERR_OK && signature->len == 0)
        return err_set(err, ERR_FORMAT, "the signature is empty");
    return rc;
}

static enum err_code parse_detached(struct slice text, struct signature *signature, struct err *err)
{
    enum err_code rc =
        base64_decode_lines(text, signature->bytes, SIGNATURE_MAX, &signature->len, err);

    signature->form = SIGNATURE_DETACHED;
    if (rc == ERR_FORMAT)
        return refuse_text(text, err);
    return check_length(rc, signature, err);
}

/* A member of a protojson message: null is as good as absent. */
static const struct node *member(const struct node *map, const char *key)
{
    const struct node *node = node_get(map, key);

    return node && node->type == NODE_NULL ? NULL : node;
}

/* The same for a member that must be a map. */
static enum err_code map_member(const struct node *map, const char *key, const struct node **out,
                                struct err *err)
{
    *out = member(map, key);
    if (!*out)
        return err_set(err, ERR_FORMAT, "%s: missing, want a map", key);
    if ((*out)->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "line %u: %s: have %s, want a map", (unsigned)(*out)->line, key,
                       node_type_name(*out));
    return ERR_OK;
}

static enum err_code read_signature(const struct node *map, const char *key,
                                    struct signature *signature, struct err *err)
{
    struct slice text;
    enum err_code rc = node_string(member(map, key), key, &text, err);

    if (rc != ERR_OK)
        return rc;
    rc = base64_decode(text, signature->bytes, SIGNATURE_MAX, &signature->len, err);
    rc = check_length(rc, signature, err);
    return rc == ERR_OK ? ERR_OK : err_add(err, "%s", key);
}

/* HashAlgorithm, by its name or, as protojson also writes enums, its number. */
static enum err_code check_algorithm(const struct node *digest, struct err *err)
{
    const struct node *node = member(digest, "algorithm");

    if (node && node->type == NODE_NUMBER && slice_is(node_text(node), "1"))
        return ERR_OK;
    if (node && node->type == NODE_STRING && slice_is(node_text(node), "SHA2_256"))
        return ERR_OK;
    if (!node)
        return err_set(err, ERR_FORMAT, "messageDigest: algorithm: missing, want \"SHA2_256\"");
    return err_set(err, ERR_FORMAT, "line %u: messageDigest: algorithm: have %s, want \"SHA2_256\"",
                   (unsigned)node->line,
                   node->text ? quote(node_text(node)).text : node_type_name(node));
}

static enum err_code read_digest(const struct node *message, struct signature *signature,
                                 struct err *err)
{
    const struct node *digest;
    struct slice text;
    size_t len = 0;
    enum err_code rc = map_member(message, "messageDigest", &digest, err);

    if (rc == ERR_OK)
        rc = check_algorithm(digest, err);
    if (rc == ERR_OK)
        rc = node_string(member(digest, "digest"), "messageDigest: digest", &text, err);
    if (rc != ERR_OK)
        return rc;
    rc = base64_decode(text, signature->digest, SHA256_SIZE, &len, err);
    if (rc == ERR_FORMAT)
        return err_add(err, "messageDigest: digest");
    if (rc != ERR_OK || len != SHA256_SIZE)
        return err_set(err, ERR_FORMAT, "messageDigest: digest: %s than the 32 bytes of SHA-256",
                       rc == ERR_OK ? "shorter" : "longer");
    signature->has_digest = true;
    return ERR_OK;
}

static enum err_code check_media_type(const struct node *root, struct err *err)
{
    static const char *const known[] = {
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.3",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
    };
    struct slice text;
    enum err_code rc = node_string(member(root, "mediaType"), "mediaType", &text, err);

    if (rc != ERR_OK)
        return rc;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (slice_is(text, known[i]))
            return ERR_OK;
    }
    return err_set(err, ERR_FORMAT,
                   "mediaType: have %s, want a Sigstore bundle of version 0.1, 0.2 or 0.3",
                   quote(text).text);
}

/* The transparency-log entries of a bundle: only whether there are any. */
static enum err_code look_for_log(const struct node *root, struct signature *signature,
                                  struct err *err)
{
    const struct node *material, *entries;
    enum err_code rc = map_member(root, "verificationMaterial", &material, err);

    if (rc != ERR_OK)
        return rc;
    entries = member(material, "tlogEntries");
    if (entries && entries->type != NODE_LIST)
        return err_set(err, ERR_FORMAT, "line %u: tlogEntries: have %s, want a list", (unsigned)entries->line,
                       node_type_name(entries));
    signature->has_log = node_count(entries) > 0;
    return ERR_OK;
}

/* Sigstore's protobuf specification, sigstore_bundle.proto: Bundle, in protojson */
static enum err_code read_sigstore(const struct node *root, struct signature *signature,
                                   struct err *err)
{
    const struct node *message;
    enum err_code rc = check_media_type(root, err);

    signature->form = SIGNATURE_SIGSTORE;
    if (rc == ERR_OK && member(root, "dsseEnvelope"))
        rc = err_set(err, ERR_FORMAT,
                     "the bundle has a dsseEnvelope: it signs a container artifact, not a file");
    if (rc == ERR_OK)
        rc = map_member(root, "messageSignature", &message, err);
    if (rc == ERR_OK)
        rc = read_digest(message, signature, err);
    if (rc == ERR_OK)
        rc = read_signature(message, "signature", signature, err);
    if (rc == ERR_OK)
        rc = look_for_log(root, signature, err);
    return rc;
}

static enum err_code read_cosign2(const struct node *root, struct signature *signature,
                                  struct err *err)
{
    signature->form = SIGNATURE_COSIGN2;
    signature->has_log = member(root, "rekorBundle") != NULL;
    return read_signature(root, "base64Signature", signature, err);
}

static enum err_code parse_json(struct slice text, struct arena *scratch,
                                struct signature *signature, struct err *err)
{
    const struct node *root;
    enum err_code rc = json_parse(text, scratch, &root, err);

    if (rc != ERR_OK)
        return rc;
    if (node_get(root, "mediaType"))
        return read_sigstore(root, signature, err);
    if (node_get(root, "base64Signature"))
        return read_cosign2(root, signature, err);
    return err_set(err, ERR_FORMAT,
                   "have neither mediaType (a Sigstore bundle) nor base64Signature (cosign 2)");
}

/* JSON may begin with blanks; base64 may not. */
static bool is_json(struct slice text)
{
    size_t at = 0;

    while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t' || text.ptr[at] == '\n' ||
                             text.ptr[at] == '\r'))
        at++;
    return at < text.len && text.ptr[at] == '{';
}

enum err_code signature_parse(struct slice text, struct arena *scratch, struct signature *signature,
                              struct err *err)
{
    enum err_code rc;

    memset(signature, 0, sizeof *signature);
    if (text.len > SIGNATURE_FILE_MAX)
        return err_set(err, ERR_LIMIT, "a signature file of %zu bytes, at most %zu are read",
                       text.len, SIGNATURE_FILE_MAX);
    if (is_json(text))
        rc = parse_json(text, scratch, signature, err);
    else
        rc = parse_detached(text, signature, err);
    if (rc != ERR_OK)
        memset(signature, 0, sizeof *signature);
    return rc;
}

struct ecdsa_value {
    struct slice r, s; /* INTEGERs in two's complement */
};

static enum crypto_curve curve_of(const struct pubkey *key)
{
    return key->type == PUBKEY_P256 ? CURVE_P256 : CURVE_P384;
}

/* ECDSA-Sig-Value (RFC 3279, 2.2.3) */
static enum err_code read_ecdsa(struct slice der, struct ecdsa_value *value, struct err *err)
{
    struct cursor in = cursor_of(der), inside;
    enum err_code rc = der_open(&in, DER_SEQUENCE, "ECDSA signature", &inside, err);

    if (rc == ERR_OK)
        rc = der_end(&in, "ECDSA signature", err);
    if (rc == ERR_OK)
        rc = der_integer(&inside, "r", &value->r, err);
    if (rc == ERR_OK)
        rc = der_integer(&inside, "s", &value->s, err);
    if (rc == ERR_OK)
        rc = der_end(&inside, "ECDSA signature", err);
    return rc;
}

/* What is no DER may be the signature of another kind of key. */
static enum err_code refuse_der(struct slice bytes, enum crypto_curve curve, struct err *err)
{
    const char *name = crypto_curve_name(curve);

    if (bytes.len >= RSA_MODULUS_MIN)
        return err_set(err, ERR_FORGED, "have %zu bytes, as RSA signatures have; the key is %s",
                       bytes.len, name);
    if (bytes.len == 2 * crypto_curve_size(curve))
        return err_set(err, ERR_FORMAT,
                       "have %zu bytes that are not DER (r and s alone?), want the DER that cosign "
                       "and openssl dgst -sign write",
                       bytes.len);
    return err->code;
}

/* Writes an INTEGER as size bytes, big-endian. */
static enum err_code place(const char *name, struct slice number, enum crypto_curve curve,
                           uint8_t *out, struct err *err)
{
    size_t size = crypto_curve_size(curve);

    if (number.ptr[0] >= 0x80)
        return err_set(err, ERR_FORGED, "%s is negative", name);
    if (number.ptr[0] == 0)
        number = slice_part(number, 1, number.len);
    if (number.len > size)
        return err_set(err, ERR_FORGED, "%s has %zu bytes, %s has %zu", name, number.len,
                       crypto_curve_name(curve), size);
    memset(out, 0, size - number.len);
    if (number.len > 0)
        memcpy(out + size - number.len, number.ptr, number.len);
    return ERR_OK;
}

static enum err_code check_ecdsa(const struct ecdsa_value *value, const struct pubkey *key,
                                 const uint8_t digest[SHA256_SIZE], struct err *err)
{
    enum crypto_curve curve = curve_of(key);
    size_t size = crypto_curve_size(curve);
    uint8_t rs[2 * NUMBER_MAX];
    enum err_code rc = place("r", value->r, curve, rs, err);

    if (rc == ERR_OK)
        rc = place("s", value->s, curve, rs + size, err);
    if (rc == ERR_OK)
        rc = crypto_ecdsa_verify(curve, slice_of(key->spki + key->point.at, key->point.len), digest,
                                 slice_of(rs, 2 * size), err);
    return rc;
}

static enum err_code check_rsa(struct slice bytes, const struct pubkey *key,
                               const uint8_t digest[SHA256_SIZE], struct err *err)
{
    return crypto_rsa_verify(slice_of(key->spki + key->modulus.at, key->modulus.len),
                             slice_of(key->spki + key->exponent.at, key->exponent.len), digest,
                             bytes, err);
}

/* The digest that a bundle names must be the document's. */
static enum err_code check_digest(const struct signature *signature,
                                  const uint8_t digest[SHA256_SIZE], struct err *err)
{
    char have[2 * SHA256_SIZE + 1], want[2 * SHA256_SIZE + 1];

    if (!signature->has_digest || memcmp(signature->digest, digest, SHA256_SIZE) == 0)
        return ERR_OK;
    hex_encode(signature->digest, SHA256_SIZE, have);
    hex_encode(digest, SHA256_SIZE, want);
    return err_set(err, ERR_FORGED,
                   "the bundle is for another document (it names SHA-256 %s, this one has %s)",
                   have, want);
}

enum err_code signature_check(const struct signature *signature, const struct pubkey *key,
                              const uint8_t digest[SHA256_SIZE], struct err *err)
{
    struct slice bytes = slice_of(signature->bytes, signature->len);
    bool is_ecdsa = key->type != PUBKEY_RSA;
    struct ecdsa_value value;
    enum err_code rc;

    if (is_ecdsa && read_ecdsa(bytes, &value, err) != ERR_OK)
        return refuse_der(bytes, curve_of(key), err);
    rc = check_digest(signature, digest, err);
    if (rc == ERR_OK)
        rc = is_ecdsa ? check_ecdsa(&value, key, digest, err) : check_rsa(bytes, key, digest, err);
    return rc;
}
