#include "bundle/sign/beside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bundle/sign/signature_write.h"
#include "resolver/base/quote.h"
#include "resolver/core/keys.h"
#include "resolver/source/file.h"

#define MODE 0644

/* A signature file that may be there. */
struct found {
    bool is_there;
    struct signature signature;
};

static bool is_absent(const char *path)
{
    struct stat status;

    return lstat(path, &status) != 0 && errno == ENOENT;
}

static enum err_code read_signature(const char *path, struct arena *scratch,
                                    struct signature *signature, struct err *err)
{
    struct slice text;

    if (file_read(path, SIGNATURE_FILE_MAX, scratch, &text, err) != ERR_OK)
        return err->code;
    if (signature_parse(text, scratch, signature, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    return ERR_OK;
}

static enum err_code look_for(const char *path, struct arena *scratch, struct found *found,
                              struct err *err)
{
    memset(found, 0, sizeof *found);
    if (is_absent(path))
        return ERR_OK;
    if (read_signature(path, scratch, &found->signature, err) != ERR_OK)
        return err->code == ERR_FORMAT
                   ? err_add(err, "a broken signature is in the way (repair or remove it)")
                   : err->code;
    found->is_there = true;
    return ERR_OK;
}

/* Whether a file that is there is by the key. Only ERR_LIMIT is an error: it could not be told. */
static enum err_code is_by(const struct found *found, const struct pubkey *key,
                           const uint8_t digest[SHA256_SIZE], const struct signature *bundle,
                           bool *answer, struct err *err)
{
    enum err_code rc = signature_check(&found->signature, key, digest, err);

    if (rc != ERR_OK && rc != ERR_LIMIT && bundle->has_digest)
        rc = signature_check(&found->signature, key, bundle->digest, err);
    *answer = rc == ERR_OK;
    return rc == ERR_LIMIT ? rc : ERR_OK;
}

/* The files under the first names. */
struct first {
    bool is_free;
    bool is_own;   /* by this key, all that is there */
    bool is_stale; /* of other contents */
};

static enum err_code look_at_first(const struct beside *names, const struct pubkey *key,
                                   const uint8_t digest[SHA256_SIZE], struct arena *scratch,
                                   struct first *first, struct err *err)
{
    bool is_sig_own = true, is_bundle_own = true;
    struct found sig, bundle;
    enum err_code rc = look_for(names->sig, scratch, &sig, err);

    if (rc == ERR_OK)
        rc = look_for(names->bundle, scratch, &bundle, err);
    if (rc == ERR_OK && sig.is_there)
        rc = is_by(&sig, key, digest, &bundle.signature, &is_sig_own, err);
    if (rc == ERR_OK && bundle.is_there)
        rc = is_by(&bundle, key, digest, &bundle.signature, &is_bundle_own, err);
    if (rc != ERR_OK)
        return rc;
    first->is_free = !sig.is_there && !bundle.is_there;
    first->is_own = !first->is_free && is_sig_own && is_bundle_own;
    first->is_stale = bundle.signature.has_digest &&
                      memcmp(bundle.signature.digest, digest, SHA256_SIZE) != 0;
    return ERR_OK;
}

static enum err_code make_names(const char *path, const char *middle, struct arena *arena,
                                struct beside *names, struct err *err)
{
    size_t size = strlen(path) + strlen(middle) + sizeof ".sigstore.json";
    char *sig = arena_alloc(arena, size, err), *bundle = arena_alloc(arena, size, err);

    if (!sig || !bundle)
        return err->code;
    snprintf(sig, size, "%s%s.sig", path, middle);
    snprintf(bundle, size, "%s%s.sigstore.json", path, middle);
    *names = (struct beside){.sig = sig, .bundle = bundle};
    return ERR_OK;
}

static enum err_code choose(const char *path, const uint8_t digest[SHA256_SIZE],
                            const struct pubkey *key, bool first_is_taken, struct arena *arena,
                            struct beside *beside, struct err *err)
{
    char middle[1 + KEY_SHORT_ID_SIZE] = ".";
    struct beside first_names, own_names;
    struct first first;
    bool has_own_names;

    key_short_id(key, middle + 1);
    if (make_names(path, "", arena, &first_names, err) != ERR_OK ||
        make_names(path, middle, arena, &own_names, err) != ERR_OK ||
        look_at_first(&first_names, key, digest, arena, &first, err) != ERR_OK)
        return err->code;
    has_own_names = !is_absent(own_names.sig) || !is_absent(own_names.bundle);
    first_names.is_first = true;
    own_names.is_stale = first.is_stale;
    *beside = first.is_own || (first.is_free && !first_is_taken && !has_own_names) ? first_names
                                                                                  : own_names;
    return ERR_OK;
}

enum err_code beside_choose(const char *path, const uint8_t digest[SHA256_SIZE],
                            const struct pubkey *key, bool first_is_taken, struct arena *arena,
                            struct beside *beside, struct err *err)
{
    memset(beside, 0, sizeof *beside);
    return choose(path, digest, key, first_is_taken, arena, beside, err);
}

/* Reads a file back: it must hold this very signature, and that must be valid. */
static enum err_code read_back(const char *path, const struct signature *want,
                               const struct pubkey *key, const uint8_t digest[SHA256_SIZE],
                               struct arena *scratch, struct err *err)
{
    struct signature have;

    if (read_signature(path, scratch, &have, err) != ERR_OK)
        return err_add(err, "reading back what was written");
    if (have.len != want->len || memcmp(have.bytes, want->bytes, want->len) != 0)
        return err_set(err, ERR_IO, "%s: is not what was written a moment ago",
                       quote_bare(slice_text(path)).text);
    if (signature_check(&have, key, digest, err) != ERR_OK)
        return err_add(err, "%s: reading back what was written",
                       quote_bare(slice_text(path)).text);
    return ERR_OK;
}

enum err_code beside_write(const struct beside *beside, const struct signature *signature,
                           const struct pubkey *key, const uint8_t digest[SHA256_SIZE],
                           struct arena *scratch, struct err *err)
{
    char sig_memory[SIGNATURE_TEXT_MAX], bundle_memory[SIGNATURE_TEXT_MAX];
    struct buf sig, bundle;

    buf_init_fixed(&sig, sig_memory, sizeof sig_memory);
    buf_init_fixed(&bundle, bundle_memory, sizeof bundle_memory);
    signature_write_detached(signature, &sig);
    signature_write_sigstore(signature, key, digest, &bundle);
    if (buf_done(&sig, err) != ERR_OK || buf_done(&bundle, err) != ERR_OK ||
        file_replace(beside->sig, MODE, buf_slice(&sig), err) != ERR_OK ||
        file_replace(beside->bundle, MODE, buf_slice(&bundle), err) != ERR_OK ||
        read_back(beside->sig, signature, key, digest, scratch, err) != ERR_OK)
        return err->code;
    return read_back(beside->bundle, signature, key, digest, scratch, err);
}
