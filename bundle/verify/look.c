#include "bundle/verify/look.h"

#include <string.h>

#include "bundle/verify/place.h"
#include "resolver/core/measurements.h"
#include "resolver/core/signature.h"

struct looking {
    const struct bundle *bundle;
    const struct look_keys *keys;
    struct arena *arena;
    struct look_manifest *manifest; /* the one that is being looked at */
};

/* Keeps the reason why something is not shown; what could not be looked at is an error all the same. */
static enum err_code keep_problem(struct looking *looking, const char **problem, struct err *err)
{
    struct err full;

    if (err->code == ERR_IO || err->code == ERR_LIMIT)
        return err->code;
    *problem = arena_copy(looking->arena, slice_text(err->msg), &full);
    if (*problem)
        return ERR_OK;
    *err = full;
    return err->code;
}

/* The bytes, if they are those that are listed; a file without them keeps the reason. */
static enum err_code read_file(struct looking *looking, struct look_file *file, uint64_t max_bytes,
                               struct slice *bytes, struct err *err)
{
    enum err_code rc;

    if (file->layer->blob.size > max_bytes)
        rc = err_set(err, ERR_FORMAT, "larger than such a file may be");
    else
        rc = bundle_peek(looking->bundle, file->layer, max_bytes, looking->arena, bytes, err);
    if (rc != ERR_OK) {
        file->mark = LOOK_UNVERIFIED;
        return keep_problem(looking, &file->problem, err);
    }
    if (looking->manifest->is_trusted)
        file->mark = LOOK_VERIFIED;
    return ERR_OK;
}

static enum err_code look_at_table(struct looking *looking, struct look_file *file, struct err *err)
{
    struct slice bytes;

    if (read_file(looking, file, TABLE_MAX_BYTES, &bytes, err))
        return err->code;
    if (file->problem || table_parse(bytes, looking->arena, &file->table, err) == ERR_OK)
        return ERR_OK;
    return keep_problem(looking, &file->problem, err);
}

/* *signer is NULL when it is none of keys. ERR_LIMIT when that could not be checked. */
static enum err_code find_signer(const struct signature *signature, const struct keys *keys,
                                 const uint8_t digest[SHA256_SIZE], const struct key **signer,
                                 struct err *err)
{
    *signer = NULL;
    for (size_t i = 0; i < keys->count; i++) {
        enum err_code rc = signature_check(signature, &keys->list[i]->public, digest, err);

        if (rc == ERR_LIMIT)
            return rc;
        if (rc == ERR_OK) {
            *signer = keys->list[i];
            return ERR_OK;
        }
    }
    return ERR_OK;
}

/* Of an image it may be the raw one that is signed, or the stored one. */
static enum err_code signer_of(const struct looking *looking, const struct layer *document,
                               const struct signature *signature, const struct key **signer,
                               struct err *err)
{
    const struct keys *keys =
        document->kind == LAYER_TABLE ? looking->keys->tables : looking->keys->measurements;
    enum err_code rc = find_signer(signature, keys, document->blob.digest, signer, err);

    if (rc == ERR_OK && !*signer && document->kind == LAYER_IMAGE_ZSTD)
        rc = find_signer(signature, keys, document->image.raw_digest, signer, err);
    return rc;
}

static enum err_code look_at_signature(struct looking *looking, struct look_file *file,
                                       struct err *err)
{
    struct signature signature;
    struct place place;
    struct slice bytes;

    if (read_file(looking, file, SIGNATURE_FILE_MAX, &bytes, err))
        return err->code;
    if (file->problem)
        return ERR_OK;
    if (place_of_layer(&looking->manifest->manifest->manifest, file->layer, &place, err) ||
        signature_parse(bytes, looking->arena, &signature, err))
        return keep_problem(looking, &file->problem, err);
    file->document = place.document;
    if (looking->manifest->is_trusted)
        return signer_of(looking, place.document, &signature, &file->signer, err);
    return ERR_OK;
}

static enum err_code look_at_file(struct looking *looking, struct look_file *file, struct err *err)
{
    struct slice unused;

    file->mark = looking->manifest->is_trusted ? LOOK_SIGNED : LOOK_UNVERIFIED;
    switch (file->layer->kind) {
    case LAYER_TABLE:
        return look_at_table(looking, file, err);
    case LAYER_SIGNATURE:
        return look_at_signature(looking, file, err);
    case LAYER_MEASUREMENTS_YAML:
    case LAYER_MEASUREMENTS_JSON:
        return read_file(looking, file, MEASUREMENTS_MAX_BYTES, &unused, err);
    case LAYER_IMAGE_ZSTD:
    case LAYER_IMAGE_RAW:
    case LAYER_OTHER:
        break;
    }
    return ERR_OK;
}

static enum err_code look_at_manifest(struct looking *looking, struct err *err)
{
    struct look_manifest *manifest = looking->manifest;
    const struct manifest *listed = &manifest->manifest->manifest;

    if (looking->keys->bundles->count > 0) {
        manifest->is_trusted = bundle_trust_check(manifest->manifest, looking->keys->bundles,
                                                  &manifest->signers, err) == ERR_OK;
        if (!manifest->is_trusted && keep_problem(looking, &manifest->problem, err))
            return err->code;
    }
    manifest->files =
        arena_array(looking->arena, listed->layer_count, sizeof *manifest->files, err);
    if (!manifest->files)
        return err->code;
    for (size_t i = 0; i < listed->layer_count; i++) {
        manifest->files[i].layer = &listed->layers[i];
        if (look_at_file(looking, &manifest->files[i], err))
            return err->code;
    }
    return ERR_OK;
}

enum err_code look_at(const struct bundle *bundle, const struct look_keys *keys,
                      struct arena *arena, struct look_manifest **manifests, struct err *err)
{
    struct looking looking = {.bundle = bundle, .keys = keys, .arena = arena};
    struct look_manifest *list = arena_array(arena, bundle->count, sizeof *list, err);

    *manifests = NULL;
    for (size_t i = 0; list && i < bundle->count; i++) {
        looking.manifest = &list[i];
        list[i].manifest = &bundle->manifests[i];
        if (look_at_manifest(&looking, err))
            return err->code;
    }
    *manifests = list;
    return list ? ERR_OK : err->code;
}
