#include "bundle/sign/signature_write.h"

#include "resolver/base/base64.h"
#include "resolver/base/der.h"
#include "resolver/base/json_write.h"

#define INTEGER_MAX 51 /* bytes of an INTEGER in DER: P-384 */

void signature_set_ecdsa(struct slice rs, struct signature *signature)
{
    uint8_t memory[2 * INTEGER_MAX];
    struct buf numbers, out;

    buf_init_fixed(&numbers, memory, sizeof memory);
    der_write_unsigned(&numbers, slice_part(rs, 0, rs.len / 2));
    der_write_unsigned(&numbers, slice_part(rs, rs.len / 2, rs.len / 2));
    buf_init_fixed(&out, signature->bytes, sizeof signature->bytes);
    der_write(&out, DER_SEQUENCE, buf_slice(&numbers));
    signature->len = out.len;
}

void signature_write_detached(const struct signature *signature, struct buf *out)
{
    base64_encode(slice_of(signature->bytes, signature->len), out);
}

static void write_base64(struct json_writer *json, const char *name, const void *bytes, size_t len)
{
    char memory[BASE64_SIZE(SIGNATURE_MAX)];
    struct buf text;

    buf_init_fixed(&text, memory, sizeof memory);
    base64_encode(slice_of(bytes, len), &text);
    json_member_slice(json, name, buf_slice(&text));
}

/* Sigstore's protobuf specification, sigstore_bundle.proto: Bundle, in protojson */
void signature_write_sigstore(const struct signature *signature, const struct pubkey *key,
                              const uint8_t digest[SHA256_SIZE], struct buf *out)
{
    struct json_writer json = json_writer_to(out, 0);

    json_begin_map(&json);
    json_member(&json, "mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json");
    json_key(&json, "verificationMaterial");
    json_begin_map(&json);
    json_key(&json, "publicKey");
    json_begin_map(&json);
    write_base64(&json, "hint", key->id, KEY_ID_SIZE);
    json_end_map(&json);
    json_end_map(&json);
    json_key(&json, "messageSignature");
    json_begin_map(&json);
    json_key(&json, "messageDigest");
    json_begin_map(&json);
    json_member(&json, "algorithm", "SHA2_256");
    write_base64(&json, "digest", digest, SHA256_SIZE);
    json_end_map(&json);
    write_base64(&json, "signature", signature->bytes, signature->len);
    json_end_map(&json);
    json_end_map(&json);
}
