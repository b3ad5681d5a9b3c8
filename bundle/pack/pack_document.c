#include "bundle/pack/pack_document.h"

#include <stdio.h>
#include <string.h>

#include "bundle/sign/signable.h"
#include "resolver/base/heap.h"
#include "resolver/base/path.h"
#include "resolver/base/quote.h"
#include "resolver/core/measurements.h"

#define SCRATCH_MAX ((size_t)768 << 20) /* to read one document */
#define EXTENSION_MAX 48                /* ".<short id>.sigstore.json" and more */

/* A document's signature files while they are gathered. */
struct gathering {
    const struct pack_document *document;
    const struct keys *keys;
    struct arena *arena;
    struct evidence files[PACK_SIGNATURES_MAX]; /* their names end in what stands after NAME */
    size_t judged, count;                       /* the first ones are judged, others only carried */
};

static bool has_file(const struct gathering *gathering, struct slice name)
{
    for (size_t i = 0; i < gathering->count; i++) {
        if (slice_is(name, gathering->files[i].name))
            return true;
    }
    return false;
}

/* "NAME" with an extension, in the arena. */
static const char *extended(const char *name, const char *extension, struct arena *arena,
                            struct err *err)
{
    size_t size = strlen(name) + strlen(extension) + 1;
    char *out = arena_alloc(arena, size, err);

    if (out)
        snprintf(out, size, "%s%s", name, extension);
    return out;
}

static const struct keys *keys_of(const struct pack_document *document,
                                  const struct pack_policy *policy)
{
    return document->kind == LAYER_TABLE ? policy->table_keys : policy->keys;
}

/* --- Gathering ---------------------------------------------------------------------------------- */

static enum err_code refuse_more(struct err *err)
{
    return err_set(err, ERR_LIMIT, "more than %d signature files", PACK_SIGNATURES_MAX);
}

static enum err_code add_given(struct gathering *gathering, const struct pack_given *given,
                               struct err *err)
{
    const char *end = given->form == SIGNATURE_DETACHED ? ".sig" : ".sigstore.json";
    const char *name = path_last(gathering->document->name);
    char short_id[KEY_SHORT_ID_SIZE], extension[EXTENSION_MAX];
    struct evidence *file = &gathering->files[gathering->count];

    if (gathering->count == PACK_SIGNATURES_MAX)
        return refuse_more(err);
    key_short_id(&given->key->public, short_id);
    snprintf(extension, sizeof extension, "%s", end);
    *file = (struct evidence){.bytes = given->bytes};
    file->name = extended(name, extension, gathering->arena, err);
    if (file->name && has_file(gathering, slice_text(file->name))) {
        snprintf(extension, sizeof extension, ".%s%s", short_id, end);
        file->name = extended(name, extension, gathering->arena, err);
        file->only = given->key;
    }
    if (!file->name)
        return err->code;
    if (has_file(gathering, slice_text(file->name)))
        return err_set(err, ERR_FORMAT, "%s: a signature by %s is there already",
                       quote_bare(slice_text(given->path)).text,
                       quote_bare(slice_text(given->key->name)).text);
    gathering->judged = ++gathering->count;
    return ERR_OK;
}

/* Whether a file name is NAME.<short id>.sig or .sigstore.json. */
static bool is_further(struct slice entry, const char *name)
{
    struct slice id = slice_part(entry, strlen(name), KEY_SHORT_ID_SIZE);
    struct slice end = slice_part(entry, strlen(name) + KEY_SHORT_ID_SIZE, entry.len);

    if (!slice_begins(entry, name) || !slice_begins(id, ".") || id.len != KEY_SHORT_ID_SIZE)
        return false;
    for (size_t i = 1; i < id.len; i++) {
        if (!strchr("0123456789abcdef", id.ptr[i]) || id.ptr[i] == '\0')
            return false;
    }
    return slice_is(end, ".sig") || slice_is(end, ".sigstore.json");
}

/* Takes the names alone: a source is not asked for files while it lists them. */
static enum err_code visit(void *ctx, struct slice entry, struct err *err)
{
    struct gathering *gathering = ctx;
    struct evidence *file = &gathering->files[gathering->count];

    if (!is_further(entry, path_last(gathering->document->name)) || has_file(gathering, entry))
        return ERR_OK;
    if (gathering->count == PACK_SIGNATURES_MAX)
        return refuse_more(err);
    *file = (struct evidence){.name = arena_copy(gathering->arena, entry, err)};
    if (!file->name)
        return err->code;
    gathering->count++;
    return ERR_OK;
}

static enum err_code folder_of(const struct gathering *gathering, const char **folder,
                               struct err *err)
{
    const char *name = gathering->document->name;
    size_t len = (size_t)(path_last(name) - name);

    *folder = len ? arena_copy(gathering->arena, slice_of(name, len - 1), err) : ".";
    return *folder ? ERR_OK : err->code;
}

/* A file that was listed is read; it must be well-formed, and is not judged. */
static enum err_code read_listed(struct gathering *gathering, struct evidence *file,
                                 struct arena *scratch, struct err *err)
{
    const struct pack_document *document = gathering->document;
    const char *extension = file->name + strlen(path_last(document->name));
    const char *name = extended(document->name, extension, gathering->arena, err);
    enum source_answer answer;
    struct signature signature;

    if (!name || document->source->get(document->source->ctx, name, SIGNATURE_FILE_MAX,
                                       gathering->arena, &answer, &file->bytes, err))
        return err->code;
    if (answer != SOURCE_FOUND)
        return err_set(err, ERR_IO, "%s: has gone while it was being read",
                       quote_bare(slice_text(name)).text);
    if (signature_parse(file->bytes, scratch, &signature, err))
        return err_add(err, "%s", quote_bare(slice_text(file->name)).text);
    return ERR_OK;
}

/* Signatures by keys that are not given are carried, too, where they can be found. */
static enum err_code gather_listed(struct gathering *gathering, struct arena *scratch,
                                   struct err *err)
{
    const struct source *source = gathering->document->source;
    const char *folder;

    if (!source->list)
        return ERR_OK;
    if (folder_of(gathering, &folder, err) ||
        source->list(source->ctx, folder, visit, gathering, err))
        return err->code;
    for (size_t i = gathering->judged; i < gathering->count; i++) {
        if (read_listed(gathering, &gathering->files[i], scratch, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code gather(struct gathering *gathering, struct arena *scratch, struct err *err)
{
    const struct pack_document *document = gathering->document;

    if (evidence_collect(document->source, document->name, gathering->keys, gathering->arena,
                         gathering->files, &gathering->count, err))
        return err->code;
    gathering->judged = gathering->count;
    for (size_t i = 0; i < document->given_count; i++) {
        if (add_given(gathering, &document->given[i], err))
            return err->code;
    }
    return gather_listed(gathering, scratch, err);
}

/* --- Judging ------------------------------------------------------------------------------------ */

static enum err_code no_key(const struct gathering *gathering, struct err *err)
{
    bool is_table = gathering->document->kind == LAYER_TABLE;

    return err_set(err, ERR_NO_KEY, "%s no key to check it with: give %s FILE, or --allow-unsigned",
                   gathering->count ? "is signed, and there is" : "there is",
                   is_table ? "--table-key" : "--key");
}

static enum err_code parse_all(const struct gathering *gathering, struct arena *scratch,
                               struct err *err)
{
    struct signature signature;

    for (size_t i = 0; i < gathering->count; i++) {
        if (signature_parse(gathering->files[i].bytes, scratch, &signature, err))
            return err_add(err, "%s", quote_bare(slice_text(gathering->files[i].name)).text);
    }
    return ERR_OK;
}

/* *is_unsigned: what is missing was allowed to be. */
static enum err_code judge(const struct gathering *gathering, const struct pack_policy *policy,
                           struct arena *scratch, struct verified *verified, bool *is_unsigned,
                           struct err *err)
{
    enum err_code rc;

    *is_unsigned = false;
    memset(verified, 0, sizeof *verified);
    if (gathering->keys->count == 0 && gathering->document->kind == LAYER_TABLE &&
        gathering->count == 0)
        return ERR_OK;
    if (gathering->keys->count == 0)
        rc = parse_all(gathering, scratch, err) ? err->code : no_key(gathering, err);
    else
        rc = verify_bytes(gathering->document->bytes, gathering->files, gathering->judged,
                          gathering->keys, scratch, verified, err);
    *is_unsigned = rc == ERR_NO_KEY && policy->allow_unsigned;
    if (rc == ERR_NO_KEY && !policy->allow_unsigned && gathering->keys->count > 0) {
        const struct err why = *err;

        return err_set(err, rc, "%s (--allow-unsigned packs it all the same, marked for ever)",
                       why.msg);
    }
    return *is_unsigned ? ERR_OK : rc;
}

/* --- Contents ----------------------------------------------------------------------------------- */

static enum err_code check_table(const struct pack_document *document,
                                 const struct verified *verified, struct pack_release *release,
                                 struct arena *arena, struct err *err)
{
    struct table *table = arena_alloc(arena, sizeof *table, err);

    if (!table || table_parse(document->bytes, arena, table, err) ||
        table_check_uid(table, &release->uid, err))
        return err->code;
    if (verified->signer_count > 0 && !table->has_uid)
        return err_set(err, ERR_POLICY,
                       "a signed table must carry ref, stream and version: without them its "
                       "signature would fit any version");
    release->tables[document->layout] = table;
    return ERR_OK;
}

/* Of unsigned measurements no values are read: that takes a struct verified. */
static enum err_code check_measurements(const struct pack_document *document,
                                        const struct verified *verified,
                                        struct pack_release *release, struct arena *scratch,
                                        struct err *err)
{
    if (signable_check(document->title, document->bytes, scratch, err))
        return err->code;
    for (int csp = CSP_AWS; csp < CSP_COUNT; csp++)
        release->has_measurements[csp] |=
            document->csp == CSP_NONE || document->csp == (enum csp)csp;
    if (verified->signer_count == 0)
        return ERR_OK;
    return signable_check_signed(document->title, verified, scratch, err);
}

/* --- Adding ------------------------------------------------------------------------------------- */

static enum err_code add_signature(const struct gathering *gathering, const struct evidence *file,
                                   struct pack_release *release, struct err *err)
{
    const struct pack_document *document = gathering->document;
    const char *extension = file->name + strlen(path_last(document->name));
    struct pack_info info = {.place = extended(document->place, extension, gathering->arena, err)};
    struct bundle_item item = {.kind = LAYER_SIGNATURE, .bytes = file->bytes};
    const char *title = extended(document->title, extension, gathering->arena, err);

    if (!title || !info.place)
        return err->code;
    item.title = slice_text(title);
    return pack_release_add(release, &item, &info, gathering->arena, err);
}

static enum err_code add_all(const struct gathering *gathering, const struct verified *verified,
                             bool is_unsigned, struct pack_release *release, struct err *err)
{
    const struct pack_document *document = gathering->document;
    const struct bundle_item item = {.kind = document->kind,
                                     .title = slice_text(document->title),
                                     .bytes = document->bytes,
                                     .is_unsigned = is_unsigned};
    const struct pack_info info = {.place = document->place,
                                   .verified = verified->signer_count ? verified : NULL,
                                   .csp = document->csp};

    if (pack_release_add(release, &item, &info, gathering->arena, err))
        return err->code;
    for (size_t i = 0; i < gathering->count; i++) {
        if (add_signature(gathering, &gathering->files[i], release, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code add_document(struct gathering *gathering, const struct pack_policy *policy,
                                  struct pack_release *release, struct arena *scratch,
                                  struct err *err)
{
    const struct pack_document *document = gathering->document;
    struct verified *verified = arena_alloc(gathering->arena, sizeof *verified, err);
    bool is_unsigned;

    if (!verified || gather(gathering, scratch, err) ||
        judge(gathering, policy, scratch, verified, &is_unsigned, err))
        return err->code;
    if (document->kind == LAYER_TABLE
            ? check_table(document, verified, release, gathering->arena, err)
            : check_measurements(document, verified, release, scratch, err))
        return err->code;
    return add_all(gathering, verified, is_unsigned, release, err);
}

enum err_code pack_document_add(const struct pack_document *document,
                                const struct pack_policy *policy, struct pack_release *release,
                                struct arena *arena, struct err *err)
{
    struct gathering *gathering = arena_alloc(arena, sizeof *gathering, err);
    struct arena scratch;
    enum err_code rc;

    if (!gathering)
        return err->code;
    gathering->document = document;
    gathering->keys = keys_of(document, policy);
    gathering->arena = arena;
    arena_init_heap(&scratch, SCRATCH_MAX);
    rc = add_document(gathering, policy, release, &scratch, err);
    arena_clear(&scratch);
    return rc ? err_add(err, "%s", pack_show(document->place).text) : ERR_OK;
}

enum err_code pack_document_fetch(struct pack_document *document, const struct pack_policy *policy,
                                  struct pack_release *release, struct arena *arena,
                                  enum source_answer *answer, struct err *err)
{
    const struct source *source = document->source;
    size_t max_bytes =
        document->kind == LAYER_TABLE ? TABLE_MAX_BYTES : MEASUREMENTS_MAX_BYTES;
    enum err_code rc = ERR_FORGED;

    for (int tries = 0; tries < 2 && rc == ERR_FORGED; tries++) {
        if (source->get(source->ctx, document->name, max_bytes, arena, answer, &document->bytes,
                        err))
            return err->code;
        if (*answer != SOURCE_FOUND)
            return ERR_OK;
        rc = pack_document_add(document, policy, release, arena, err);
    }
    return rc;
}
