#include "bundle/sign/beside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/sign/signature_write.h"
#include "resolver/base/quote.h"
#include "resolver/core/keys.h"
#include "resolver/source/file.h"

#define MODE 0644

static enum err_code read_before(struct beside_file *file, struct arena *arena, struct err *err)
{
    struct stat status;

    file->was_there = lstat(file->path, &status) == 0;
    if (file->was_there)
        return file_read(file->path, SIGNATURE_FILE_MAX, arena, &file->before, err);
    if (errno == ENOENT)
        return ERR_OK;
    return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(file->path)).text,
                   strerror(errno));
}

/* The names with that between path and extension, and what is there under them. */
static enum err_code open_names(const char *path, const char *middle, struct arena *arena,
                                struct beside *names, struct err *err)
{
    size_t size = strlen(path) + strlen(middle) + sizeof ".sigstore.json";
    char *sig = arena_alloc(arena, size, err), *bundle = arena_alloc(arena, size, err);

    *names = (struct beside){.sig = {.path = sig}, .bundle = {.path = bundle}};
    if (!sig || !bundle)
        return err->code;
    snprintf(sig, size, "%s%s.sig", path, middle);
    snprintf(bundle, size, "%s%s.sigstore.json", path, middle);
    if (read_before(&names->sig, arena, err) != ERR_OK)
        return err->code;
    return read_before(&names->bundle, arena, err);
}

/* The signature in a file as it was before; zeros where there is none. */
static enum err_code parse_before(const struct beside_file *file, struct arena *scratch,
                                  struct signature *signature, struct err *err)
{
    memset(signature, 0, sizeof *signature);
    if (!file->was_there || signature_parse(file->before, scratch, signature, err) == ERR_OK)
        return ERR_OK;
    err_add(err, "%s", quote_bare(slice_text(file->path)).text);
    return err_add(err, "a broken signature is in the way (repair or remove it)");
}

/* Whether a signature is by the key: of this document, or of that which the bundle names. Only
 * ERR_LIMIT is an error: it could not be told. */
static enum err_code is_by(const struct signature *signature, const struct pubkey *key,
                           const uint8_t digest[SHA256_SIZE], const struct signature *bundle,
                           bool *answer, struct err *err)
{
    enum err_code rc = signature_check(signature, key, digest, err);

    if (rc != ERR_OK && rc != ERR_LIMIT && bundle->has_digest)
        rc = signature_check(signature, key, bundle->digest, err);
    *answer = rc == ERR_OK;
    return rc == ERR_LIMIT ? rc : ERR_OK;
}

/* Whether everything under the first names is by this key; is_stale: it is of other contents. */
static enum err_code look_at_first(const struct beside *first, const struct pubkey *key,
                                   const uint8_t digest[SHA256_SIZE], struct arena *scratch,
                                   bool *is_own, bool *is_stale, struct err *err)
{
    bool is_sig_own = true, is_bundle_own = true;
    struct signature sig, bundle;
    enum err_code rc = parse_before(&first->sig, scratch, &sig, err);

    if (rc == ERR_OK)
        rc = parse_before(&first->bundle, scratch, &bundle, err);
    if (rc == ERR_OK && first->sig.was_there)
        rc = is_by(&sig, key, digest, &bundle, &is_sig_own, err);
    if (rc == ERR_OK && first->bundle.was_there)
        rc = is_by(&bundle, key, digest, &bundle, &is_bundle_own, err);
    if (rc != ERR_OK)
        return rc;
    *is_own = is_sig_own && is_bundle_own;
    *is_stale = bundle.has_digest && memcmp(bundle.digest, digest, SHA256_SIZE) != 0;
    return ERR_OK;
}

static bool is_there(const struct beside *names)
{
    return names->sig.was_there || names->bundle.was_there;
}

static enum err_code choose(const char *path, const uint8_t digest[SHA256_SIZE],
                            const struct pubkey *key, bool first_is_taken, struct arena *arena,
                            struct beside *beside, struct err *err)
{
    char middle[1 + KEY_SHORT_ID_SIZE] = ".";
    struct beside first, own;
    bool is_own, is_stale, wants_first;

    key_short_id(key, middle + 1);
    if (open_names(path, "", arena, &first, err) != ERR_OK ||
        open_names(path, middle, arena, &own, err) != ERR_OK ||
        look_at_first(&first, key, digest, arena, &is_own, &is_stale, err) != ERR_OK)
        return err->code;
    wants_first = is_there(&first) ? is_own : !first_is_taken && !is_there(&own);
    *beside = wants_first ? first : own;
    beside->is_first = wants_first;
    beside->is_stale = is_stale && !wants_first;
    return ERR_OK;
}

enum err_code beside_choose(const char *path, const uint8_t digest[SHA256_SIZE],
                            const struct pubkey *key, bool first_is_taken, struct arena *arena,
                            struct beside *beside, struct err *err)
{
    memset(beside, 0, sizeof *beside);
    if (choose(path, digest, key, first_is_taken, arena, beside, err) == ERR_OK)
        return ERR_OK;
    memset(beside, 0, sizeof *beside);
    return err->code;
}

/* Reads a file back: it must hold a valid signature. */
static enum err_code read_back(const char *path, const struct pubkey *key,
                               const uint8_t digest[SHA256_SIZE], struct arena *scratch,
                               struct err *err)
{
    struct signature signature;
    struct slice text;

    if (file_read(path, SIGNATURE_FILE_MAX, scratch, &text, err) != ERR_OK)
        return err_add(err, "reading back what was written");
    if (signature_parse(text, scratch, &signature, err) != ERR_OK ||
        signature_check(&signature, key, digest, err) != ERR_OK)
        return err_add(err, "%s: reading back what was written",
                       quote_bare(slice_text(path)).text);
    return ERR_OK;
}

static enum err_code write_both(const struct beside *beside, const struct signature *signature,
                                const struct pubkey *key, const uint8_t digest[SHA256_SIZE],
                                struct err *err)
{
    char sig_memory[SIGNATURE_TEXT_MAX], bundle_memory[SIGNATURE_TEXT_MAX];
    struct buf sig, bundle;

    buf_init_fixed(&sig, sig_memory, sizeof sig_memory);
    buf_init_fixed(&bundle, bundle_memory, sizeof bundle_memory);
    signature_write_detached(signature, &sig);
    signature_write_sigstore(signature, key, digest, &bundle);
    if (buf_done(&sig, err) != ERR_OK || buf_done(&bundle, err) != ERR_OK ||
        file_replace(beside->sig.path, MODE, buf_slice(&sig), err) != ERR_OK)
        return err->code;
    return file_replace(beside->bundle.path, MODE, buf_slice(&bundle), err);
}

enum err_code beside_write(const struct beside *beside, const struct signature *signature,
                           const struct pubkey *key, const uint8_t digest[SHA256_SIZE],
                           struct arena *scratch, struct err *err)
{
    if (write_both(beside, signature, key, digest, err) == ERR_OK &&
        read_back(beside->sig.path, key, digest, scratch, err) == ERR_OK &&
        read_back(beside->bundle.path, key, digest, scratch, err) == ERR_OK)
        return ERR_OK;
    beside_undo(beside);
    return err->code;
}

static void undo(const struct beside_file *file)
{
    struct err ignored;
    bool is_undone = file->was_there
                         ? file_replace(file->path, MODE, file->before, &ignored) == ERR_OK
                         : unlink(file->path) == 0;

    (void)is_undone; /* the caller has an error already, and it is the one that matters */
}

void beside_undo(const struct beside *beside)
{
    undo(&beside->sig);
    undo(&beside->bundle);
}
