#include "bundle/cli/sign_elsewhere.h"

#include <stdio.h>
#include <string.h>

#include "bundle/sign/signature_write.h"
#include "resolver/base/base64.h"
#include "resolver/base/der.h"
#include "resolver/base/hex.h"
#include "resolver/base/json_write.h"
#include "resolver/base/quote.h"
#include "resolver/source/file.h"

/* Words in capitals are for the user to fill in. */
static void print_commands(struct json_writer *json, const char *base64)
{
    static const char aws[] = "aws kms sign --key-id KEY --message-type DIGEST "
                              "--signing-algorithm %s --message %s --query Signature --output text "
                              "> SIG";
    char ecdsa[256], rsa[256];

    snprintf(ecdsa, sizeof ecdsa, aws, "ECDSA_SHA_256", base64);
    snprintf(rsa, sizeof rsa, aws, "RSASSA_PKCS1_V1_5_SHA_256", base64);
    json_begin_map(json);
    json_member(json, "openssl", "openssl dgst -sha256 -sign KEY -out SIG FILE");
    json_member(json, "pkcs11-ecdsa",
                "openssl dgst -sha256 -binary FILE | pkcs11-tool --module MODULE --login --sign "
                "--id ID --mechanism ECDSA --output-file SIG");
    json_member(json, "pkcs11-rsa",
                "pkcs11-tool --module MODULE --login --sign --id ID --mechanism SHA256-RSA-PKCS "
                "--input-file FILE --output-file SIG");
    json_member(json, "gcp",
                "gcloud kms asymmetric-sign --location LOCATION --keyring KEYRING --key KEY "
                "--version VERSION --digest-algorithm sha256 --input-file FILE --signature-file SIG");
    json_member(json, "aws-ecdsa", ecdsa);
    json_member(json, "aws-rsa", rsa);
    json_member(json, "then", "sealift sign --attach SIG --key PUBLIC-KEY FILE");
    json_end_map(json);
}

void sign_prepare_print(const struct invocation *invocation, const struct signed_file *file)
{
    struct json_writer json = json_writer_to(invocation->out, 0);
    char hex[2 * SHA256_SIZE + 1], base64[BASE64_SIZE(SHA256_SIZE) + 1] = "";
    struct buf text;

    hex_encode(file->digest, SHA256_SIZE, hex);
    if (!invocation->given[OPT_JSON]) {
        buf_add_format(invocation->out, "%s\n", hex);
        return;
    }
    buf_init_fixed(&text, base64, sizeof base64 - 1);
    base64_encode(slice_of(file->digest, SHA256_SIZE), &text);
    json_begin_map(&json);
    json_member(&json, "file", file->path);
    json_member(&json, "sha256", hex);
    json_member(&json, "sha256Base64", base64);
    json_key(&json, "commands");
    print_commands(&json, base64);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}

/* r and s alone, or what RSA gives: as many bytes as the key's numbers have. No base64 of a signature by
 * the same key is so short. */
static bool has_raw_length(size_t len, const struct pubkey *key)
{
    return len == (key->type == PUBKEY_RSA ? key->modulus.len : 2 * (size_t)(key->bits / 8));
}

/* Bytes that are in no text: raw DER, or a raw signature of another key. */
static bool is_binary(struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] >= 0x80 || bytes.ptr[i] < '\t')
            return true;
    }
    return false;
}

static enum err_code take_raw(struct slice bytes, struct signature *signature, struct err *err)
{
    if (bytes.len > SIGNATURE_MAX)
        return err_set(err, ERR_FORMAT, "%zu bytes: longer than any signature", bytes.len);
    memcpy(signature->bytes, bytes.ptr, bytes.len);
    signature->len = bytes.len;
    return ERR_OK;
}

enum err_code sign_attach_read(const char *path, const struct pubkey *key, struct arena *scratch,
                               struct signature *signature, struct err *err)
{
    uint8_t rs[SIGNATURE_MAX];
    struct slice bytes;
    enum err_code rc = file_read(path, SIGNATURE_FILE_MAX, scratch, &bytes, err);

    memset(signature, 0, sizeof *signature);
    if (rc != ERR_OK)
        return rc;
    rc = has_raw_length(bytes.len, key) || is_binary(bytes)
             ? take_raw(bytes, signature, err)
             : signature_parse(bytes, scratch, signature, err);
    if (rc != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    signature->form = SIGNATURE_DETACHED;
    if (key->type != PUBKEY_RSA && has_raw_length(signature->len, key)) {
        memcpy(rs, signature->bytes, signature->len);
        signature_set_ecdsa(slice_of(rs, signature->len), signature);
    }
    return ERR_OK;
}
