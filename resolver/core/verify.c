#include "resolver/core/verify.h"

#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/crypto/sha256.h"

/* What is known while the files are gone through. */
struct count {
    struct verified *verified;
    size_t first_slot_bad; /* files of the first slot that no key validates */
    size_t first_slot_good;
    const char *bad_name; /* the last bad one, and why */
    struct err why;
};

static void add_signer(struct verified *verified, const struct key *key)
{
    for (size_t i = 0; i < verified->signer_count; i++) {
        if (verified->signers[i] == key)
            return;
    }
    verified->signers[verified->signer_count++] = key;
}

static enum err_code check_named(const struct signature *signature, const struct evidence *file,
                                 const uint8_t digest[SHA256_SIZE], struct count *count,
                                 struct err *err)
{
    if (signature_check(signature, &file->only->public, digest, err))
        return err_add(err, "%s", quote_bare(slice_text(file->name)).text);
    add_signer(count->verified, file->only);
    return ERR_OK;
}

/* A file of the first slot may be by any key. An encoding that no key can read stays ERR_FORMAT;
 * as soon as one key reads it and refuses it, the answer is ERR_FORGED. A check that could not be
 * made (ERR_LIMIT) says nothing about the signature and is the only failure here. */
static enum err_code check_first(const struct signature *signature, const struct evidence *file,
                                 const struct keys *keys, const uint8_t digest[SHA256_SIZE],
                                 struct count *count, struct err *err)
{
    struct err worst = {ERR_OK, ""};

    for (size_t i = 0; i < keys->count; i++) {
        enum err_code rc = signature_check(signature, &keys->list[i]->public, digest, err);

        if (rc == ERR_OK) {
            add_signer(count->verified, keys->list[i]);
            count->first_slot_good++;
            return ERR_OK;
        }
        if (rc != ERR_FORMAT && rc != ERR_FORGED)
            return err_add(err, "%s", quote_bare(slice_text(file->name)).text);
        if (worst.code == ERR_OK || rc == ERR_FORGED)
            worst = *err;
    }
    count->first_slot_bad++;
    count->bad_name = file->name;
    count->why = worst;
    if (worst.code == ERR_FORGED && keys->count > 1)
        err_set(&count->why, ERR_FORGED, "none of the %zu keys given validates this signature",
                keys->count);
    return ERR_OK;
}

static enum err_code check_file(const struct evidence *file, const struct keys *keys,
                                const uint8_t digest[SHA256_SIZE], struct arena *scratch,
                                struct count *count, struct err *err)
{
    struct signature signature;

    if (signature_parse(file->bytes, scratch, &signature, err))
        return err_add(err, "%s", quote_bare(slice_text(file->name)).text);
    if (file->only ? check_named(&signature, file, digest, count, err)
                   : check_first(&signature, file, keys, digest, count, err))
        return err->code;
    count->verified->log_unchecked = count->verified->log_unchecked || signature.has_log;
    return ERR_OK;
}

static enum err_code judge(const struct count *count, const struct keys *keys, struct err *err)
{
    size_t wanted = keys->threshold > 1 ? keys->threshold : 1;
    size_t have = count->verified->signer_count;
    bool is_bad = count->first_slot_bad && (count->first_slot_good || have < wanted);

    if (is_bad) {
        *err = count->why;
        return err_add(err, "%s", quote_bare(slice_text(count->bad_name)).text);
    }
    if (have < wanted)
        return err_set(err, ERR_NO_KEY,
                       "%zu of the keys given signed it, the threshold is %zu different keys", have,
                       wanted);
    return ERR_OK;
}

static enum err_code check_all(const uint8_t digest[SHA256_SIZE], const struct evidence *evidence,
                               size_t evidence_count, const struct keys *keys,
                               struct arena *scratch, struct verified *verified, struct err *err)
{
    struct count count = {.verified = verified};

    if (keys->count == 0)
        return err_set(err, ERR_NO_KEY, "no key given to check it with");
    if (keys->count < keys->threshold)
        return err_set(err, ERR_NO_KEY,
                       "the threshold is %zu different keys, only %zu %s given", keys->threshold,
                       keys->count, keys->count == 1 ? "is" : "are");
    if (evidence_count == 0)
        return err_set(err, ERR_NO_KEY, "there is no signature");
    for (size_t i = 0; i < evidence_count; i++) {
        if (check_file(&evidence[i], keys, digest, scratch, &count, err))
            return err->code;
    }
    return judge(&count, keys, err);
}

enum err_code verify_digest(const uint8_t digest[SHA256_SIZE], const struct evidence *evidence,
                            size_t evidence_count, const struct keys *keys, struct arena *scratch,
                            struct verified *verified, struct err *err)
{
    memset(verified, 0, sizeof *verified);
    if (check_all(digest, evidence, evidence_count, keys, scratch, verified, err)) {
        memset(verified, 0, sizeof *verified);
        return err->code;
    }
    return ERR_OK;
}

enum err_code verify_bytes(struct slice document, const struct evidence *evidence,
                           size_t evidence_count, const struct keys *keys, struct arena *scratch,
                           struct verified *verified, struct err *err)
{
    uint8_t digest[SHA256_SIZE];

    sha256_of(document, digest);
    if (verify_digest(digest, evidence, evidence_count, keys, scratch, verified, err))
        return err->code;
    verified->bytes = document;
    return ERR_OK;
}
