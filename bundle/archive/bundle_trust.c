#include "bundle/archive/bundle_trust.h"

#include <string.h>

#include "bundle/archive/oci.h"

static void add_key(struct bundle_signers *signers, const struct key *key)
{
    for (size_t i = 0; i < signers->key_count; i++) {
        if (signers->keys[i] == key)
            return;
    }
    signers->keys[signers->key_count++] = key;
}

static const char *form_name(const struct manifest_signature *signature)
{
    static const char *const names[] = {
        [SIGNING_SIMPLE] = "simple-signing signature",
        [SIGNING_SIGSTORE] = "Sigstore bundle",
        [SIGNING_PARTS] = "signature in the header",
    };

    return names[signature->form];
}

static enum err_code check_subject(const struct signed_manifest *manifest,
                                   const struct manifest_signature *signature, struct err *err)
{
    char have[OCI_DIGEST_SIZE];

    if (memcmp(signature->manifest, manifest->digest, SHA256_SIZE) == 0)
        return ERR_OK;
    oci_digest_text(signature->manifest, have);
    return err_set(err, ERR_FORGED, "%s: is for something else (%s)", form_name(signature), have);
}

/* The key that made the signature, or NULL; what stood in the way of others is in *worst: a key that
 * could read it and refused it counts more than one of another kind. */
static const struct key *find_signer(const struct manifest_signature *signature,
                                     const struct keys *keys, struct err *worst)
{
    *worst = (struct err){ERR_OK, ""};
    for (size_t i = 0; i < keys->count; i++) {
        struct err err;

        if (signature_check(&signature->signature, &keys->list[i]->public, signature->digest,
                            &err) == ERR_OK)
            return keys->list[i];
        if (worst->code == ERR_OK || err.code == ERR_LIMIT ||
            (err.code == ERR_FORGED && worst->code != ERR_LIMIT))
            *worst = err;
    }
    return NULL;
}

static const struct key *hinted(const struct manifest_signature *signature, const struct keys *keys)
{
    for (size_t i = 0; i < keys->count && signature->has_hint; i++) {
        if (memcmp(keys->list[i]->public.id, signature->hint, KEY_ID_SIZE) == 0)
            return keys->list[i];
    }
    return NULL;
}

static enum err_code check_one(const struct signed_manifest *manifest,
                               const struct manifest_signature *signature, const struct keys *keys,
                               struct bundle_signers *signers, struct err *worst, struct err *err)
{
    const struct key *named = hinted(signature, keys), *signer;
    struct err why;

    if (check_subject(manifest, signature, err))
        return err->code;
    signer = find_signer(signature, keys, &why);
    signers->log_unchecked = signers->log_unchecked || signature->signature.has_log;
    if (signer)
        add_key(signers, signer);
    else
        signers->unknown++;
    if (!signer && why.code == ERR_LIMIT) {
        *err = why;
        return err->code;
    }
    if (named && named != signer)
        return err_set(err, ERR_FORGED, "%s: names the key %s, which did not make it",
                       form_name(signature), named->name);
    if (!signer && (worst->code == ERR_OK || why.code == ERR_FORGED))
        *worst = why;
    return ERR_OK;
}

static enum err_code judge(const struct bundle_signers *signers, const struct keys *keys,
                           const struct err *worst, struct err *err)
{
    size_t wanted = keys->threshold ? keys->threshold : 1;

    if (signers->key_count == 0 && keys->count > 1)
        return err_set(err, worst->code, "signed, but by none of the %zu keys given", keys->count);
    if (signers->key_count == 0)
        return err_set(err, worst->code, "signed, but not by the key %s: %s", keys->list[0]->name,
                       worst->msg);
    if (signers->key_count < wanted)
        return err_set(err, ERR_NO_KEY,
                       "%zu of the keys given signed it, the threshold is %zu different keys",
                       signers->key_count, wanted);
    return ERR_OK;
}

enum err_code bundle_trust_check(const struct signed_manifest *manifest, const struct keys *keys,
                                 struct bundle_signers *signers, struct err *err)
{
    struct err worst = {ERR_OK, ""};

    memset(signers, 0, sizeof *signers);
    if (keys->count == 0)
        return err_set(err, ERR_NO_KEY, "no bundle key given to check it with");
    if (keys->count < keys->threshold)
        return err_set(err, ERR_NO_KEY,
                       "%zu key%s given, the threshold is %zu different keys", keys->count,
                       keys->count == 1 ? " is" : "s are", keys->threshold);
    if (manifest->signature_count == 0)
        return err_set(err, ERR_NO_KEY, "is not signed");
    for (size_t i = 0; i < manifest->signature_count; i++) {
        if (check_one(manifest, &manifest->signatures[i], keys, signers, &worst, err))
            return err->code;
    }
    return judge(signers, keys, &worst, err);
}
