/* api_reader.c - reading of sealift_bundle.h on top of archive/: types translated, nothing decided. */
#include <string.h>

#include "bundle/api_input.h"
#include "bundle/archive/bundle_reader.h"
#include "resolver/api_values.h"

struct sealift_trusted_bundle {
    struct sealift_bundle *bundle;
    struct trusted_bundle inner; /* zeroed: not trusted any more */
};

struct sealift_bundle {
    struct arena arena; /* over the rest of the caller's memory */
    size_t arena_mark;  /* used by what was opened */
    struct sealift_input archive;
    struct image image;
    struct bundle inner;
    struct sealift_bundle_release *releases; /* of each manifest */
    struct sealift_bundle_member *members;
    const struct layer **layers; /* of each member */
    size_t member_count;
    struct sealift_trusted_bundle trusted;
};

static const enum sealift_bundle_kind kinds[] = {
    [LAYER_TABLE] = SEALIFT_BUNDLE_TABLE,
    [LAYER_MEASUREMENTS_YAML] = SEALIFT_BUNDLE_MEASUREMENTS_YAML,
    [LAYER_MEASUREMENTS_JSON] = SEALIFT_BUNDLE_MEASUREMENTS_JSON,
    [LAYER_SIGNATURE] = SEALIFT_BUNDLE_SIGNATURE,
    [LAYER_IMAGE_ZSTD] = SEALIFT_BUNDLE_IMAGE_ZSTD,
    [LAYER_IMAGE_RAW] = SEALIFT_BUNDLE_IMAGE_RAW,
    [LAYER_OTHER] = SEALIFT_BUNDLE_OTHER,
};

static int64_t time_of(int64_t time)
{
    return time == MANIFEST_TIME_NONE ? 0 : time;
}

static enum err_code fill_release(const struct signed_manifest *manifest, struct arena *arena,
                                  struct sealift_bundle_release *release, struct err *err)
{
    release->uid = manifest->manifest.uid.text;
    release->program = arena_copy(arena, manifest->manifest.program, err);
    release->created = time_of(manifest->manifest.created);
    release->best_before = time_of(manifest->manifest.best_before);
    memcpy(release->digest, manifest->digest, SEALIFT_DIGEST_SIZE);
    return release->program ? ERR_OK : ERR_LIMIT;
}

static enum err_code fill_member(const struct manifest *manifest, const struct layer *layer,
                                 struct arena *arena, struct sealift_bundle_member *member,
                                 struct err *err)
{
    member->uid = manifest->uid.text;
    member->title = arena_copy(arena, layer->title, err);
    member->media_type = arena_copy(arena, layer->blob.media_type, err);
    member->csp = csp_name(layer->csp);
    member->variant = arena_copy(arena, layer->variant, err);
    member->kind = kinds[layer->kind];
    member->size = layer->blob.size;
    memcpy(member->digest, layer->blob.digest, SEALIFT_DIGEST_SIZE);
    member->is_unsigned = layer->is_unsigned;
    if (layer_is_image(layer)) {
        member->raw_size = layer->image.raw_size;
        member->frame_size = layer->image.frame_size;
        memcpy(member->raw_digest, layer->image.raw_digest, SEALIFT_DIGEST_SIZE);
    }
    return member->title && member->media_type && member->variant ? ERR_OK : ERR_LIMIT;
}

static enum err_code fill_members(struct sealift_bundle *bundle, const struct manifest *manifest,
                                  struct err *err)
{
    for (size_t i = 0; i < manifest->layer_count; i++) {
        size_t number = bundle->member_count++;

        bundle->layers[number] = &manifest->layers[i];
        if (fill_member(manifest, &manifest->layers[i], &bundle->arena, &bundle->members[number],
                        err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code list(struct sealift_bundle *bundle, struct err *err)
{
    const struct signed_manifest *manifests = bundle->inner.manifests;
    size_t count = bundle->inner.count, member_count = 0;
    struct arena *arena = &bundle->arena;

    for (size_t i = 0; i < count; i++)
        member_count += manifests[i].manifest.layer_count;
    bundle->releases = arena_array(arena, count, sizeof *bundle->releases, err);
    bundle->members = arena_array(arena, member_count, sizeof *bundle->members, err);
    bundle->layers = arena_array(arena, member_count, sizeof(struct layer *), err);
    if (!bundle->releases || !bundle->members || !bundle->layers)
        return ERR_LIMIT;
    for (size_t i = 0; i < count; i++) {
        if (fill_release(&manifests[i], arena, &bundle->releases[i], err) ||
            fill_members(bundle, &manifests[i].manifest, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code open(const struct sealift_input *archive, void *memory, size_t memory_size,
                          struct sealift_bundle **out, struct err *err)
{
    struct sealift_bundle *bundle;
    struct arena arena;

    arena_init_fixed(&arena, memory, memory_size);
    bundle = arena_alloc(&arena, sizeof *bundle, err);
    if (!bundle)
        return err->code;
    bundle->arena = arena;
    bundle->archive = *archive;
    bundle->image = api_input_image(&bundle->archive);
    if (bundle_open_archive(&bundle->image, &bundle->arena, &bundle->inner, err) ||
        list(bundle, err))
        return err->code;
    bundle->arena_mark = bundle->arena.block_used;
    *out = bundle;
    return ERR_OK;
}

int sealift_bundle_open(const struct sealift_input *archive, void *memory, size_t memory_size,
                        struct sealift_bundle **bundle, struct sealift_error *error)
{
    struct err err;

    *bundle = NULL;
    if (open(archive, memory, memory_size, bundle, &err))
        return api_values_report(&err, error);
    return api_values_succeed(error);
}

const struct sealift_bundle_release *sealift_bundle_releases(const struct sealift_bundle *bundle,
                                                             size_t *count)
{
    *count = bundle->inner.count;
    return bundle->releases;
}

const struct sealift_bundle_member *sealift_bundle_members(const struct sealift_bundle *bundle,
                                                           size_t *count)
{
    *count = bundle->member_count;
    return bundle->members;
}

const struct sealift_bundle *sealift_bundle_of(const struct sealift_trusted_bundle *trusted)
{
    return trusted->bundle;
}

/* Forgets all trust, and the memory that it took. */
static void forget(struct sealift_bundle *bundle)
{
    memset(&bundle->trusted, 0, sizeof bundle->trusted);
    bundle->arena.block_used = bundle->arena_mark;
    for (size_t i = 0; i < bundle->inner.count; i++) {
        memset(&bundle->releases[i].signers, 0, sizeof bundle->releases[i].signers);
        bundle->releases[i].other_signatures = 0;
    }
    for (size_t i = 0; i < bundle->member_count; i++)
        bundle->members[i].state = SEALIFT_BUNDLE_UNVERIFIED;
}

static void fill_signers(const struct bundle_signers *inner, struct sealift_bundle_release *release)
{
    for (size_t i = 0; i < inner->key_count; i++)
        release->signers.index[release->signers.count++] = inner->keys[i]->place;
    release->other_signatures = inner->unknown;
}

static enum err_code verify(struct sealift_bundle *bundle, const struct sealift_keys *outer_keys,
                            struct err *err)
{
    struct trusted_bundle trusted;
    struct keys keys;

    if (api_values_keys(outer_keys, &bundle->arena, &keys, err) ||
        bundle_verify(&bundle->inner, &keys, &bundle->arena, &trusted, err))
        return err->code;
    for (size_t i = 0; i < bundle->inner.count; i++)
        fill_signers(&trusted.signers[i], &bundle->releases[i]);
    for (size_t i = 0; i < bundle->member_count; i++)
        bundle->members[i].state = SEALIFT_BUNDLE_SIGNED;
    bundle->trusted = (struct sealift_trusted_bundle){.bundle = bundle, .inner = trusted};
    return ERR_OK;
}

int sealift_bundle_verify(struct sealift_bundle *bundle, const struct sealift_keys *keys,
                          struct sealift_trusted_bundle **trusted, struct sealift_error *error)
{
    struct err err;

    *trusted = NULL;
    forget(bundle);
    if (verify(bundle, keys, &err))
        return api_values_report(&err, error);
    *trusted = &bundle->trusted;
    return api_values_succeed(error);
}

static enum err_code find_layer(const struct sealift_trusted_bundle *trusted, size_t member,
                                const struct layer **layer, struct err *err)
{
    if (!trusted->bundle)
        return err_set(err, ERR_NO_KEY, "the bundle is not trusted any more");
    if (member >= trusted->bundle->member_count)
        return err_set(err, ERR_USAGE, "member %zu: there are %zu", member,
                       trusted->bundle->member_count);
    *layer = trusted->bundle->layers[member];
    return ERR_OK;
}

static int conclude(struct sealift_trusted_bundle *trusted, size_t member, enum err_code rc,
                    const struct err *err, struct sealift_error *error)
{
    if (rc != ERR_OK)
        return api_values_report(err, error);
    trusted->bundle->members[member].state = SEALIFT_BUNDLE_VERIFIED;
    return api_values_succeed(error);
}

int sealift_bundle_read(struct sealift_trusted_bundle *trusted, size_t member,
                        const struct sealift_sink *outer_sink, struct sealift_error *error)
{
    const struct layer *layer = NULL;
    struct sink sink;
    struct err err;
    enum err_code rc = find_layer(trusted, member, &layer, &err);

    if (rc == ERR_OK)
        rc = bundle_read_stored(&trusted->inner, layer, api_input_sink(outer_sink, &sink), &err);
    return conclude(trusted, member, rc, &err, error);
}

int sealift_bundle_read_image(struct sealift_trusted_bundle *trusted, size_t member,
                              unsigned threads, const struct sealift_sink *outer_sink,
                              struct sealift_error *error)
{
    /* So little memory is one frame's, and then no thread is started. */
    const struct frames_settings settings = {.threads = threads ? threads : 1,
                                             .memory_bytes = threads ? 0 : 1};
    const struct layer *layer = NULL;
    struct sink sink;
    struct err err;
    enum err_code rc = find_layer(trusted, member, &layer, &err);

    if (rc == ERR_OK && !layer_is_image(layer))
        rc = err_set(&err, ERR_USAGE, "%s: is no image", trusted->bundle->members[member].title);
    if (rc == ERR_OK)
        rc = bundle_read_image(&trusted->inner, layer, true, &settings,
                               api_input_sink(outer_sink, &sink), &err);
    return conclude(trusted, member, rc, &err, error);
}
