#include "resolver/core/signed_document.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/path.h"
#include "resolver/base/quote.h"

#define EXTENSION_MAX 48 /* ".<short id>.sigstore.json" and more */

static const char *const forms[] = {".sig", ".sigstore.json"};

/* Adds NAME + extension to the evidence when the source has it. */
static enum err_code look_for(const struct source *source, const char *name, const char *extension,
                              const struct key *only, struct arena *arena,
                              struct evidence *evidence, size_t *count, struct err *err)
{
    size_t size = strlen(name) + EXTENSION_MAX;
    char *full = arena_alloc(arena, size, err);
    enum source_answer answer;
    struct slice bytes;

    if (!full)
        return err->code;
    snprintf(full, size, "%s%s", name, extension);
    if (source->get(source->ctx, full, SIGNATURE_FILE_MAX, arena, &answer, &bytes, err))
        return err->code;
    if (answer == SOURCE_FOUND)
        evidence[(*count)++] =
            (struct evidence){.name = path_last(full), .bytes = bytes, .only = only};
    return ERR_OK;
}

static enum err_code look_for_key(const struct source *source, const char *name,
                                  const struct key *key, struct arena *arena,
                                  struct evidence *evidence, size_t *count, struct err *err)
{
    char short_id[KEY_SHORT_ID_SIZE], extension[EXTENSION_MAX];

    key_short_id(&key->public, short_id);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        snprintf(extension, sizeof extension, ".%s%s", short_id, forms[i]);
        if (look_for(source, name, extension, key, arena, evidence, count, err))
            return err->code;
    }
    return ERR_OK;
}

enum err_code evidence_collect(const struct source *source, const char *name,
                               const struct keys *keys, struct arena *arena,
                               struct evidence *evidence, size_t *evidence_count, struct err *err)
{
    *evidence_count = 0;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (look_for(source, name, forms[i], NULL, arena, evidence, evidence_count, err))
            return err->code;
    }
    for (size_t i = 0; i < keys->count; i++) {
        if (look_for_key(source, name, keys->list[i], arena, evidence, evidence_count, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code get_once(const struct source *source, const char *name, size_t max_bytes,
                              const struct keys *keys, struct arena *arena,
                              enum source_answer *answer, struct verified *verified,
                              struct err *err)
{
    struct evidence *evidence;
    struct slice bytes;
    size_t count;

    if (source->get(source->ctx, name, max_bytes, arena, answer, &bytes, err))
        return err->code;
    if (*answer != SOURCE_FOUND)
        return ERR_OK;
    evidence = arena_array(arena, EVIDENCE_MAX, sizeof *evidence, err);
    if (!evidence || evidence_collect(source, name, keys, arena, evidence, &count, err))
        return err->code;
    if (verify_bytes(bytes, evidence, count, keys, arena, verified, err))
        return err_add(err, "%s/%s", quote_bare(slice_text(source->base)).text, name);
    return ERR_OK;
}

enum err_code signed_document_get(const struct source *source, const char *name, size_t max_bytes,
                                  const struct keys *keys, struct arena *arena,
                                  enum source_answer *answer, struct verified *verified,
                                  struct err *err)
{
    enum err_code rc;

    memset(verified, 0, sizeof *verified);
    rc = get_once(source, name, max_bytes, keys, arena, answer, verified, err);
    if (rc == ERR_FORGED)
        rc = get_once(source, name, max_bytes, keys, arena, answer, verified, err);
    return rc;
}
