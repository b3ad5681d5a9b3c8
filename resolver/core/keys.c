#include "resolver/core/keys.h"

#include "resolver/base/hex.h"

enum err_code keys_add(struct keys *keys, struct slice pem, const char *name, struct arena *arena,
                       struct err *err)
{
    struct key *key = arena_alloc(arena, sizeof *key, err);

    if (!key || pubkey_parse(pem, &key->public, err))
        return err->code;
    for (size_t i = 0; i < keys->count; i++) {
        if (pubkey_equal(&keys->list[i]->public, &key->public)) {
            keys->calls++;
            return ERR_OK;
        }
    }
    if (keys->count == KEYS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d keys", KEYS_MAX);
    key->name = name;
    key->place = keys->calls++;
    keys->list[keys->count++] = key;
    return ERR_OK;
}

void key_short_id(const struct pubkey *key, char out[KEY_SHORT_ID_SIZE])
{
    hex_encode(key->id, (KEY_SHORT_ID_SIZE - 1) / 2, out);
}
