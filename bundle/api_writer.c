/* api_writer.c - writing of sealift_bundle.h: a plan of the caller's made one of ours. */
#include <stdio.h>
#include <string.h>

#include "bundle/api_input.h"
#include "bundle/archive/bundle_plan.h"
#include "bundle/sign/signer.h"
#include "bundle/verify/place.h"
#include "resolver/api_values.h"
#include "resolver/base/quote.h"

#define PROGRAM "libsealift-bundle " SEALIFT_VERSION

/* A signer of the caller's, and the key that it has or that checks what it makes. */
struct signing {
    const struct sealift_bundle_signer *outer;
    struct privkey key; /* without its private half where outer->sign has that */
};

struct making {
    const struct sealift_bundle_plan *outer;
    struct arena *arena;
    struct image *images; /* of each item that has an input; shared as the inputs are */
    struct bundle_plan plan;
    struct bundle_release *releases;
    struct bundle_item **lists; /* of each release; their items */
    struct bundle_signer *signers;
    struct signing *signings;
};

static const enum layer_kind kinds[] = {
    [SEALIFT_BUNDLE_TABLE] = LAYER_TABLE,
    [SEALIFT_BUNDLE_MEASUREMENTS_YAML] = LAYER_MEASUREMENTS_YAML,
    [SEALIFT_BUNDLE_MEASUREMENTS_JSON] = LAYER_MEASUREMENTS_JSON,
    [SEALIFT_BUNDLE_SIGNATURE] = LAYER_SIGNATURE,
    [SEALIFT_BUNDLE_IMAGE_ZSTD] = LAYER_IMAGE_ZSTD,
    [SEALIFT_BUNDLE_IMAGE_RAW] = LAYER_IMAGE_RAW,
    [SEALIFT_BUNDLE_OTHER] = LAYER_OTHER,
};

static bool is_image(const struct sealift_bundle_item *outer)
{
    return outer->kind == SEALIFT_BUNDLE_IMAGE_ZSTD || outer->kind == SEALIFT_BUNDLE_IMAGE_RAW;
}

/* --- items ---------------------------------------------------------------------------------- */

/* An image that is given twice is read once: bundle_write tells it by its address. */
static const struct image *share_image(struct making *making, size_t number)
{
    const struct sealift_bundle_item *items = making->outer->items;

    for (size_t i = 0; i < number; i++) {
        if (is_image(&items[i]) && items[i].input == items[number].input)
            return &making->images[i];
    }
    making->images[number] = api_input_image(items[number].input);
    return &making->images[number];
}

static enum err_code name_image(const struct sealift_bundle_item *outer, const struct uid *uid,
                                const struct bundle_item *item, struct arena *arena,
                                struct slice *title, struct err *err)
{
    char name[LAYOUT_NAME_MAX], with_end[LAYOUT_NAME_MAX + 4];
    const char *copy;

    if (outer->title) {
        *title = slice_text(outer->title);
        return ERR_OK;
    }
    place_image_name(LAYOUT_RFC, uid, item->csp, item->variant, name);
    snprintf(with_end, sizeof with_end, "%s%s", name, item->kind == LAYER_IMAGE_ZSTD ? ".zst" : "");
    copy = arena_copy(arena, slice_text(with_end), err);
    *title = slice_text(copy);
    return copy ? ERR_OK : err->code;
}

static enum err_code add_image(struct making *making, size_t number, const struct uid *uid,
                               struct bundle_item *item, struct err *err)
{
    const struct sealift_bundle_item *outer = &making->outer->items[number];

    item->csp = csp_parse(slice_text(outer->csp));
    item->variant = slice_text(outer->variant);
    if (item->csp == CSP_NONE)
        return err_set(err, ERR_USAGE, "csp %s is none of %s", quote(slice_text(outer->csp)).text,
                       csp_names());
    if (!outer->input || outer->bytes.data)
        return err_set(err, ERR_USAGE, "an image is given as input, and as nothing else");
    item->raw = share_image(making, number);
    return name_image(outer, uid, item, making->arena, &item->title, err);
}

static enum err_code read_document(const struct sealift_input *input, struct arena *arena,
                                   struct slice *bytes, struct err *err)
{
    struct image image = api_input_image(input);
    uint8_t *memory;

    if (image.size > MANIFEST_SMALL_MAX)
        return err_set(err, ERR_LIMIT, "%llu bytes, at most %llu are possible",
                       (unsigned long long)image.size, (unsigned long long)MANIFEST_SMALL_MAX);
    memory = arena_alloc(arena, (size_t)image.size, err);
    if (!memory || image_read(&image, 0, memory, (size_t)image.size, err))
        return err->code;
    *bytes = slice_of(memory, (size_t)image.size);
    return ERR_OK;
}

static enum err_code add_document(const struct sealift_bundle_item *outer, struct arena *arena,
                                  struct bundle_item *item, struct err *err)
{
    item->title = slice_text(outer->title);
    item->media_type = outer->media_type;
    if (!outer->title)
        return err_set(err, ERR_USAGE, "it has no title");
    if (item->kind == LAYER_OTHER && !outer->media_type)
        return err_set(err, ERR_USAGE, "it has no media type");
    if ((outer->input != NULL) == (outer->bytes.data != NULL))
        return err_set(err, ERR_USAGE, "its contents are given as bytes or as input");
    if (outer->input)
        return read_document(outer->input, arena, &item->bytes, err);
    item->bytes = slice_of(outer->bytes.data, outer->bytes.size);
    return ERR_OK;
}

static enum err_code fill_item(struct making *making, size_t number, const struct uid *uid,
                               struct bundle_item *item, struct err *err)
{
    const struct sealift_bundle_item *outer = &making->outer->items[number];

    if ((size_t)outer->kind >= sizeof kinds / sizeof kinds[0])
        return err_set(err, ERR_USAGE, "there is no kind %d", (int)outer->kind);
    item->kind = kinds[outer->kind];
    item->is_unsigned = outer->is_unsigned;
    return is_image(outer) ? add_image(making, number, uid, item, err)
                           : add_document(outer, making->arena, item, err);
}

/* How many items from `number` on are of that uid. */
static enum err_code count_items(const struct making *making, size_t number, const struct uid *uid,
                                 size_t *count, struct err *err)
{
    *count = 0;
    for (size_t i = number; i < making->outer->item_count; i++) {
        struct uid other;

        if (uid_parse(slice_text(making->outer->items[i].uid), &other, err))
            return err_add(err, "item %zu", i);
        *count += uid_equal(&other, uid);
    }
    return ERR_OK;
}

/* The release of a uid, made when an item, number, is the first of it. */
static enum err_code find_release(struct making *making, size_t number, const struct uid *uid,
                                  size_t *place, struct err *err)
{
    struct bundle_item **list;
    size_t count;

    for (*place = 0; *place < making->plan.release_count; ++*place) {
        if (uid_equal(&making->releases[*place].uid, uid))
            return ERR_OK;
    }
    if (*place == MANIFEST_UIDS_MAX)
        return err_set(err, ERR_LIMIT, "over %d uids", MANIFEST_UIDS_MAX);
    if (count_items(making, number, uid, &count, err))
        return err->code;
    list = &making->lists[*place];
    *list = arena_array(making->arena, count, sizeof **list, err);
    if (!*list)
        return err->code;
    making->releases[*place] = (struct bundle_release){.uid = *uid, .items = *list};
    making->plan.release_count++;
    return ERR_OK;
}

static enum err_code add_item(struct making *making, size_t number, struct err *err)
{
    const struct sealift_bundle_item *outer = &making->outer->items[number];
    struct bundle_release *release;
    struct uid uid;
    size_t place;

    if (uid_parse(slice_text(outer->uid), &uid, err))
        return err_add(err, "item %zu", number);
    if (find_release(making, number, &uid, &place, err))
        return err->code;
    release = &making->releases[place];
    if (fill_item(making, number, &uid, &making->lists[place][release->item_count], err))
        return outer->title ? err_add(err, "%s", quote_bare(slice_text(outer->title)).text)
                            : err_add(err, "item %zu", number);
    release->item_count++;
    return ERR_OK;
}

static enum err_code add_items(struct making *making, struct err *err)
{
    size_t count = making->outer->item_count;

    making->images = arena_array(making->arena, count, sizeof *making->images, err);
    making->releases = arena_array(making->arena, MANIFEST_UIDS_MAX, sizeof *making->releases, err);
    making->lists =
        arena_array(making->arena, MANIFEST_UIDS_MAX, sizeof(struct bundle_item *), err);
    if (!making->images || !making->releases || !making->lists)
        return ERR_LIMIT;
    for (size_t i = 0; i < count; i++) {
        if (add_item(making, i, err))
            return err->code;
    }
    return ERR_OK;
}

/* --- signers -------------------------------------------------------------------------------- */

static enum err_code sign_here(void *ctx, const uint8_t digest[SHA256_SIZE],
                               struct signature *signature, struct err *err)
{
    const struct signing *signing = ctx;

    return signer_sign(&signing->key, digest, signature, err);
}

/* What comes from elsewhere is checked before it goes into the bundle. */
static enum err_code sign_elsewhere(void *ctx, const uint8_t digest[SHA256_SIZE],
                                    struct signature *signature, struct err *err)
{
    const struct signing *signing = ctx;
    enum err_code rc;
    int status;

    memset(signature, 0, sizeof *signature);
    status =
        signing->outer->sign(signing->outer->context, digest, signature->bytes, &signature->len);
    if (status != 0)
        return err_set(err, ERR_IO, "the caller's signer failed with %d", status);
    if (signature->len > sizeof signature->bytes)
        return err_set(err, ERR_FORMAT, "a signature of %zu bytes", signature->len);
    rc = signature_check(signature, &signing->key.public, digest, err);
    return rc == ERR_FORGED
               ? err_set(err, ERR_FORMAT, "the signer's key does not validate its signature")
               : rc;
}

static enum err_code read_key(struct signing *signing, struct err *err)
{
    struct slice pem = slice_of(signing->outer->pem.data, signing->outer->pem.size);

    if (signing->outer->sign)
        return pubkey_parse(pem, &signing->key.public, err);
    if (privkey_parse(pem, &signing->key, err))
        return err->code;
    return signer_prove(&signing->key, err);
}

static enum err_code add_signers(struct making *making, struct err *err)
{
    size_t count = making->outer->signer_count;

    if (count > BUNDLE_SIGNERS_MAX)
        return err_set(err, ERR_LIMIT, "%zu signers, at most %d are possible", count,
                       BUNDLE_SIGNERS_MAX);
    making->signers = arena_array(making->arena, count, sizeof *making->signers, err);
    making->signings = arena_array(making->arena, count, sizeof *making->signings, err);
    if (!making->signers || !making->signings)
        return ERR_LIMIT;
    for (size_t i = 0; i < count; i++) {
        struct signing *signing = &making->signings[i];

        signing->outer = &making->outer->signers[i];
        if (read_key(signing, err))
            return err_add(err, "signer %zu", i);
        making->signers[i] =
            (struct bundle_signer){.ctx = signing,
                                   .key = &signing->key.public,
                                   .sign = signing->outer->sign ? sign_elsewhere : sign_here};
    }
    return ERR_OK;
}

static void wipe_keys(struct making *making)
{
    for (size_t i = 0; making->signings && i < making->outer->signer_count; i++)
        privkey_wipe(&making->signings[i].key);
}

/* --- the bundle ----------------------------------------------------------------------------- */

static void fill_plan(struct making *making)
{
    const struct sealift_bundle_plan *outer = making->outer;
    struct bundle_plan *plan = &making->plan;

    plan->releases = making->releases;
    plan->created = outer->created ? outer->created : MANIFEST_TIME_NONE;
    plan->best_before = outer->best_before ? outer->best_before : MANIFEST_TIME_NONE;
    plan->program = outer->program ? outer->program : PROGRAM;
    plan->signers = making->signers;
    plan->signer_count = outer->signer_count;
    plan->frame_size = outer->frame_size;
    plan->level = outer->level;
    /* So little memory is one frame's, and then no thread is started. */
    plan->settings = (struct frames_settings){.threads = outer->threads ? outer->threads : 1,
                                              .memory_bytes = outer->threads ? 0 : 1};
}

/* Everything lies where verify and import will look for it. */
static enum err_code check_places(const struct making *making, struct err *err)
{
    struct drafted drafted;

    if (bundle_plan_draft(&making->plan, making->arena, &drafted, err))
        return err->code;
    for (size_t i = 0; i < drafted.count; i++) {
        const struct manifest *manifest = &drafted.manifests[i].manifest;

        for (size_t k = 0; k < manifest->layer_count; k++) {
            struct place place;

            if (place_of_layer(manifest, &manifest->layers[k], &place, err))
                return err->code;
        }
    }
    return ERR_OK;
}

static enum err_code check_level(const struct sealift_bundle_plan *plan, struct err *err)
{
    if (plan->level >= 0 && plan->level <= FRAMES_LEVEL_MAX)
        return ERR_OK;
    return err_set(err, ERR_USAGE, "level %d is none of 1 to %d", plan->level, FRAMES_LEVEL_MAX);
}

static enum err_code make(struct making *making, const struct output *output, uint64_t *size,
                          struct err *err)
{
    struct bundle_written written;

    if (check_level(making->outer, err) || add_items(making, err) || add_signers(making, err))
        return err->code;
    fill_plan(making);
    if (check_places(making, err) ||
        bundle_write(&making->plan, output, making->arena, &written, err))
        return err->code;
    *size = written.size;
    return ERR_OK;
}

int sealift_bundle_write(const struct sealift_bundle_plan *plan, const struct sealift_output *outer,
                         void *memory, size_t memory_size, uint64_t *size,
                         struct sealift_error *error)
{
    const struct output output = api_input_output(outer);
    struct making making = {.outer = plan};
    struct arena arena;
    struct err err;
    enum err_code rc;

    *size = 0;
    arena_init_fixed(&arena, memory, memory_size);
    making.arena = &arena;
    rc = make(&making, &output, size, &err);
    wipe_keys(&making);
    return rc == ERR_OK ? api_values_succeed(error) : api_values_report(&err, error);
}
