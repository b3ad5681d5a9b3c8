#include "bundle/verify/contents.h"

#include <string.h>

#include "bundle/archive/title.h"
#include "bundle/sign/signable.h"
#include "resolver/base/heap.h"
#include "resolver/base/quote.h"
#include "resolver/core/measurements.h"
#include "resolver/core/signed_document.h"

#define SCRATCH_MAX ((size_t)512 << 20)

struct checking {
    const struct trusted_bundle *trusted;
    const struct keys *measurement_keys, *table_keys;
    struct arena *arena;  /* what is handed out */
    struct arena scratch; /* cleared after each layer */
    struct contents *contents;
    const struct manifest *manifest; /* of the layer that is being checked */
};

/* --- The files of a manifest as a source, so that signatures are found as the resolver finds them --- */

static enum err_code get_layer(void *ctx, const char *name, size_t max_bytes, struct arena *arena,
                               enum source_answer *answer, struct slice *bytes, struct err *err)
{
    const struct checking *checking = ctx;
    const struct manifest *manifest = checking->manifest;

    *answer = SOURCE_ABSENT;
    *bytes = slice_of(NULL, 0);
    for (size_t i = 0; i < manifest->layer_count; i++) {
        if (!slice_is(manifest->layers[i].title, name))
            continue;
        *answer = SOURCE_FOUND;
        return bundle_read_bytes(checking->trusted, &manifest->layers[i], max_bytes, arena, bytes,
                                 err);
    }
    return ERR_OK;
}

/* --- Signatures --------------------------------------------------------------------------------- */

/* What is signed, and the signature files beside it. */
struct claim {
    struct slice title;
    struct slice bytes; /* empty where they are not in memory: then the digest counts */
    const uint8_t *digest;
    struct evidence *evidence;
    size_t count;
};

static enum err_code find_evidence(struct checking *checking, const struct keys *keys,
                                   struct claim *claim, struct err *err)
{
    const struct source source = {.ctx = checking, .base = "bundle", .get = get_layer};
    const char *name = arena_copy(&checking->scratch, claim->title, err);

    if (!name)
        return err->code;
    claim->evidence = arena_array(&checking->scratch, EVIDENCE_MAX, sizeof *claim->evidence, err);
    if (!claim->evidence)
        return err->code;
    return evidence_collect(&source, name, keys, &checking->scratch, claim->evidence, &claim->count,
                            err);
}

static enum err_code verify_claim(struct checking *checking, const struct claim *claim,
                                  const struct keys *keys, struct verified *verified,
                                  struct err *err)
{
    if (claim->bytes.ptr)
        return verify_bytes(claim->bytes, claim->evidence, claim->count, keys, &checking->scratch,
                            verified, err);
    return verify_digest(claim->digest, claim->evidence, claim->count, keys, &checking->scratch,
                         verified, err);
}

/* Every signature file that is named for a given key is by that key. */
static enum err_code check_named(struct checking *checking, const struct claim *claim,
                                 const struct keys *keys, struct err *err)
{
    struct keys each = *keys;

    each.threshold = 0;
    for (size_t i = 0; i < claim->count; i++) {
        struct claim one = *claim;
        struct verified unused;

        one.evidence = &claim->evidence[i];
        one.count = 1;
        if (claim->evidence[i].only && verify_claim(checking, &one, &each, &unused, err))
            return err->code;
    }
    return ERR_OK;
}

/* A signature must be there and be valid. */
static enum err_code demand_signature(struct checking *checking, struct carried *carried,
                                      const struct keys *keys, struct err *err)
{
    struct claim claim = {.title = carried->layer->title, .bytes = carried->bytes};

    if (find_evidence(checking, keys, &claim, err))
        return err->code;
    return verify_claim(checking, &claim, keys, &carried->verified, err);
}

/* There may be signatures. Nobody says whose one without a key's id in its name is, so it may be
 * another's; one with the id of a given key must be valid. */
static enum err_code look_for_signature(struct checking *checking, struct carried *carried,
                                        struct claim *claim, struct err *err)
{
    const struct keys *keys = checking->measurement_keys;
    enum err_code rc;

    if (keys->count == 0)
        return ERR_OK;
    if (find_evidence(checking, keys, claim, err))
        return err->code;
    rc = verify_claim(checking, claim, keys, &carried->verified, err);
    if (rc == ERR_OK || rc == ERR_LIMIT)
        return rc;
    return check_named(checking, claim, keys, err);
}

static enum err_code check_signature(struct checking *checking, struct carried *carried,
                                     struct err *err)
{
    struct signature signature;

    if (bundle_read_bytes(checking->trusted, carried->layer, SIGNATURE_FILE_MAX, checking->arena,
                          &carried->bytes, err))
        return err->code;
    if (signature_parse(carried->bytes, &checking->scratch, &signature, err))
        return err_add(err, "%s", quote_bare(carried->layer->title).text);
    return ERR_OK;
}

/* --- Documents ---------------------------------------------------------------------------------- */

static enum err_code read_table(struct checking *checking, struct carried *carried, struct err *err)
{
    if (table_parse(carried->bytes, checking->arena, &carried->table, err) ||
        table_check_uid(&carried->table, &checking->manifest->uid, err))
        return err->code;
    if (checking->table_keys->count > 0 && !carried->table.has_uid)
        return err_set(err, ERR_POLICY,
                       "a signed table must carry ref, stream and version: without them its "
                       "signature would fit any version");
    return ERR_OK;
}

static enum err_code check_table(struct checking *checking, struct carried *carried,
                                 struct err *err)
{
    enum err_code rc = ERR_OK;

    if (bundle_read_bytes(checking->trusted, carried->layer, TABLE_MAX_BYTES, checking->arena,
                          &carried->bytes, err))
        return err->code;
    if (checking->table_keys->count > 0)
        rc = demand_signature(checking, carried, checking->table_keys, err);
    if (rc == ERR_OK)
        rc = read_table(checking, carried, err);
    return rc == ERR_OK ? ERR_OK : err_add(err, "%s", quote_bare(carried->layer->title).text);
}

/* Version and csp that the document names are those of its title; then, if it is signed, its values. */
static enum err_code read_measurements(struct checking *checking, const struct carried *carried,
                                       struct err *err)
{
    const char *title = arena_copy(&checking->scratch, carried->layer->title, err);

    if (!title || signable_check(title, carried->bytes, &checking->scratch, err))
        return err->code;
    if (carried->verified.signer_count == 0)
        return ERR_OK;
    return signable_check_signed(title, &carried->verified, &checking->scratch, err);
}

static enum err_code check_measurements(struct checking *checking, struct carried *carried,
                                        struct err *err)
{
    struct claim claim = {.title = carried->layer->title};
    enum err_code rc;

    if (bundle_read_bytes(checking->trusted, carried->layer, MEASUREMENTS_MAX_BYTES,
                          checking->arena, &carried->bytes, err))
        return err->code;
    claim.bytes = carried->bytes;
    rc = carried->layer->is_unsigned
             ? look_for_signature(checking, carried, &claim, err)
             : demand_signature(checking, carried, checking->measurement_keys, err);
    if (rc == ERR_OK)
        rc = read_measurements(checking, carried, err);
    return rc == ERR_OK ? ERR_OK : err_add(err, "%s", quote_bare(carried->layer->title).text);
}

/* Of an image, the raw one may be signed, or the stored one. */
static enum err_code check_other(struct checking *checking, struct carried *carried,
                                 struct err *err)
{
    const struct layer *layer = carried->layer;
    struct claim stored = {.title = layer->title, .digest = layer->blob.digest};
    struct claim raw = {.title = title_unpacked(layer->title), .digest = layer->image.raw_digest};
    enum err_code rc = look_for_signature(checking, carried, &stored, err);

    if (rc == ERR_OK && layer->kind == LAYER_IMAGE_ZSTD && carried->verified.signer_count == 0) {
        rc = look_for_signature(checking, carried, &raw, err);
        carried->is_raw_signed = carried->verified.signer_count > 0;
    }
    return rc == ERR_OK ? ERR_OK : err_add(err, "%s", quote_bare(layer->title).text);
}

static enum err_code check_layer(struct checking *checking, struct carried *carried,
                                 struct err *err)
{
    switch (carried->layer->kind) {
    case LAYER_TABLE:
        return check_table(checking, carried, err);
    case LAYER_MEASUREMENTS_YAML:
    case LAYER_MEASUREMENTS_JSON:
        return check_measurements(checking, carried, err);
    case LAYER_SIGNATURE:
        return check_signature(checking, carried, err);
    case LAYER_IMAGE_ZSTD:
    case LAYER_IMAGE_RAW:
    case LAYER_OTHER:
        break;
    }
    return check_other(checking, carried, err);
}

/* --- All of them --------------------------------------------------------------------------------- */

static enum err_code list_manifest(const struct signed_manifest *signed_manifest,
                                   struct contents *contents, struct err *err)
{
    const struct manifest *manifest = &signed_manifest->manifest;

    for (size_t i = 0; i < manifest->layer_count; i++) {
        struct carried *carried = &contents->list[contents->count++];

        carried->manifest = signed_manifest;
        carried->layer = &manifest->layers[i];
        contents->unsigned_count += carried->layer->is_unsigned;
        if (place_of_layer(manifest, carried->layer, &carried->place, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code list_layers(const struct bundle *bundle, struct arena *arena,
                                 struct contents *contents, struct err *err)
{
    size_t count = 0;

    for (size_t i = 0; i < bundle->count; i++)
        count += bundle->manifests[i].manifest.layer_count;
    contents->list = arena_array(arena, count, sizeof *contents->list, err);
    if (!contents->list)
        return err->code;
    for (size_t i = 0; i < bundle->count; i++) {
        if (list_manifest(&bundle->manifests[i], contents, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code check_layers(struct checking *checking, struct err *err)
{
    struct contents *contents = checking->contents;

    for (size_t i = 0; i < contents->count; i++) {
        struct carried *carried = &contents->list[i];

        checking->manifest = &carried->manifest->manifest;
        arena_clear(&checking->scratch);
        if (check_layer(checking, carried, err))
            return err->code;
        contents->log_unchecked = contents->log_unchecked || carried->verified.log_unchecked;
    }
    return ERR_OK;
}

enum err_code contents_check(const struct trusted_bundle *trusted,
                             const struct keys *measurement_keys, const struct keys *table_keys,
                             struct arena *arena, struct contents *contents, struct err *err)
{
    struct checking checking = {.trusted = trusted,
                                .measurement_keys = measurement_keys,
                                .table_keys = table_keys,
                                .arena = arena,
                                .contents = contents};
    enum err_code rc;

    memset(contents, 0, sizeof *contents);
    arena_init_heap(&checking.scratch, SCRATCH_MAX);
    rc = list_layers(trusted->bundle, arena, contents, err);
    if (rc == ERR_OK)
        rc = check_layers(&checking, err);
    arena_clear(&checking.scratch);
    if (rc != ERR_OK)
        memset(contents, 0, sizeof *contents);
    return rc;
}
