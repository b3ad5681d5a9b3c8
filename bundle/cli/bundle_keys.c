#include "bundle/cli/bundle_keys.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/source/key_files.h"

/* The keys of an option; without any, those of the default folder. */
static enum err_code read_set(struct session *session, enum option option, const char *purpose,
                              struct keys *keys, struct err *err)
{
    const struct invocation *invocation = session->invocation;

    keys->threshold = session->keys.threshold;
    for (size_t i = 0; i < invocation->given[option]; i++) {
        if (key_file_add(invocation->repeated[option][i], &session->arena, keys, err))
            return err->code;
    }
    if (keys->count > 0)
        return ERR_OK;
    return key_folder_add(getenv("SEALIFT_KEYS"), getenv("HOME"), purpose, &session->arena, keys,
                          err);
}

enum err_code bundle_keys_read(struct session *session, struct bundle_keys *keys, struct err *err)
{
    const size_t *given = session->invocation->given;

    memset(keys, 0, sizeof *keys);
    if (session_keys(session, err) ||
        read_set(session, OPT_TABLE_KEY, "tables", &keys->tables, err))
        return err->code;
    keys->measurements = session->keys;
    if (given[OPT_KEY] > 0 && given[OPT_BUNDLE_KEY] == 0)
        keys->bundles = keys->measurements;
    else if (read_set(session, OPT_BUNDLE_KEY, "bundles", &keys->bundles, err))
        return err->code;
    if (keys->bundles.count == 0)
        keys->bundles = keys->measurements;
    keys->is_borrowed = keys->measurements.count == 0 && keys->bundles.count > 0;
    if (keys->is_borrowed)
        keys->measurements = keys->bundles;
    return ERR_OK;
}

enum err_code bundle_keys_contents(const struct bundle_keys *keys,
                                   const struct trusted_bundle *trusted, struct arena *arena,
                                   struct contents *contents, struct err *err)
{
    enum err_code rc =
        contents_check(trusted, &keys->measurements, &keys->tables, arena, contents, err);
    struct err reason = *err;

    if (!keys->is_borrowed || (rc != ERR_FORGED && rc != ERR_NO_KEY))
        return rc;
    return err_set(err, rc, "%s; without --key, measurements were checked with the bundle's keys",
                   reason.msg);
}
