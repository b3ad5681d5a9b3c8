#include "bundle/sign/signer.h"

#include <bearssl.h>
#include <string.h>

#include "bundle/sign/signature_write.h"
#include "resolver/crypto/sha256.h"

#define ECDSA_RAW_MAX 96 /* bytes of r and s: P-384 */

/* BearSSL's keys point to bytes it does not change, through pointers without const. */
static unsigned char *unchanged(struct slice bytes)
{
    return (unsigned char *)(uintptr_t)bytes.ptr;
}

static void sign_ecdsa(const struct privkey *key, const uint8_t digest[SHA256_SIZE],
                       struct signature *signature)
{
    struct slice scalar = privkey_bytes(key, key->scalar);
    br_ec_private_key secret = {
        .curve = key->public.type == PUBKEY_P256 ? BR_EC_secp256r1 : BR_EC_secp384r1,
        .x = unchanged(scalar),
        .xlen = scalar.len,
    };
    uint8_t rs[ECDSA_RAW_MAX];
    size_t len = br_ecdsa_sign_raw_get_default()(br_ec_get_default(), &br_sha256_vtable, digest,
                                                 &secret, rs);

    signature_set_ecdsa(slice_of(rs, len), signature);
}

static void sign_rsa(const struct privkey *key, const uint8_t digest[SHA256_SIZE],
                     struct signature *signature)
{
    struct slice p = privkey_bytes(key, key->p), q = privkey_bytes(key, key->q);
    struct slice dp = privkey_bytes(key, key->dp), dq = privkey_bytes(key, key->dq);
    struct slice q_inv = privkey_bytes(key, key->q_inv);
    br_rsa_private_key secret = {
        .n_bitlen = key->public.bits,
        .p = unchanged(p),
        .plen = p.len,
        .q = unchanged(q),
        .qlen = q.len,
        .dp = unchanged(dp),
        .dplen = dp.len,
        .dq = unchanged(dq),
        .dqlen = dq.len,
        .iq = unchanged(q_inv),
        .iqlen = q_inv.len,
    };

    if (br_rsa_pkcs1_sign_get_default()(BR_HASH_OID_SHA256, digest, SHA256_SIZE, &secret,
                                        signature->bytes))
        signature->len = key->public.modulus.len;
}

enum err_code signer_sign(const struct privkey *key, const uint8_t digest[SHA256_SIZE],
                          struct signature *signature, struct err *err)
{
    enum err_code rc;

    memset(signature, 0, sizeof *signature);
    signature->form = SIGNATURE_DETACHED;
    if (key->public.type == PUBKEY_RSA)
        sign_rsa(key, digest, signature);
    else
        sign_ecdsa(key, digest, signature);
    rc = signature_check(signature, &key->public, digest, err);
    if (rc == ERR_OK)
        return ERR_OK;
    memset(signature, 0, sizeof *signature);
    if (rc == ERR_LIMIT)
        return rc;
    err->code = ERR_BUG;
    return err_add(err, "the signature that was made is not valid");
}

enum err_code signer_prove(const struct privkey *key, struct err *err)
{
    uint8_t digest[SHA256_SIZE];
    struct signature signature;
    enum err_code rc;

    sha256_of(SLICE("A trial signature of Sealift, which nobody gets to see."), digest);
    rc = signer_sign(key, digest, &signature, err);
    if (rc == ERR_BUG)
        return err_set(err, ERR_FORMAT, "the parts of the private key do not fit together");
    return rc;
}
