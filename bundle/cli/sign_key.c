#include "bundle/cli/sign_key.h"

#include <string.h>

#include "bundle/sign/key_file.h"
#include "bundle/sign/signer.h"
#include "resolver/base/pem.h"
#include "resolver/base/quote.h"
#include "resolver/source/file.h"

#define MEMORY_BYTES ((size_t)192 << 10) /* for the file, and the JSON of an encrypted one */

static enum err_code open_encrypted(struct slice text, const char *path,
                                    struct password *password, struct arena *scratch,
                                    struct privkey *key, struct err *err)
{
    struct key_file file;
    struct slice given;
    enum err_code rc;

    if (key_file_parse(text, scratch, &file, err) != ERR_OK ||
        password_get(password, path, &given, err) != ERR_OK)
        return err->code;
    rc = key_file_open(&file, given, key, err);
    if (rc == ERR_NO_KEY)
        err_add(err, "password from %s%s", password->origin, given.len ? "" : " (it is empty)");
    return rc;
}

/* A private key out of the file's text. */
static enum err_code parse_private(struct slice text, const char *path, struct password *password,
                                   struct arena *scratch, struct privkey *key, struct err *err)
{
    enum err_code rc = key_file_is(text)
                           ? open_encrypted(text, path, password, scratch, key, err)
                           : privkey_parse(text, key, err);

    return rc == ERR_OK ? signer_prove(key, err) : rc;
}

/* A public key out of the file's text, or the public part of a private one. */
static enum err_code parse_public(struct slice text, const char *path, struct password *password,
                                  struct arena *scratch, struct privkey *key, struct err *err)
{
    struct pem pem;

    if (pem_parse(text, &pem, err) == ERR_OK && !slice_ends(pem.label, "PRIVATE KEY"))
        return pubkey_parse(text, &key->public, err);
    return parse_private(text, path, password, scratch, key, err);
}

/* Reads the file into memory that is wiped afterwards. */
static enum err_code read_file(const char *path, bool want_private, struct password *password,
                               struct privkey *key, struct err *err)
{
    unsigned char memory[MEMORY_BYTES];
    struct arena scratch;
    struct slice text;
    enum err_code rc;

    memset(key, 0, sizeof *key);
    arena_init_fixed(&scratch, memory, sizeof memory);
    rc = file_read(path, PRIVKEY_FILE_MAX, &scratch, &text, err);
    if (rc == ERR_OK) {
        rc = want_private ? parse_private(text, path, password, &scratch, key, err)
                          : parse_public(text, path, password, &scratch, key, err);
        if (rc != ERR_OK)
            err_add(err, "%s", quote_bare(slice_text(path)).text);
    }
    explicit_bzero(memory, sizeof memory);
    if (rc != ERR_OK)
        privkey_wipe(key);
    return rc;
}

enum err_code sign_key_read(const char *path, struct password *password, struct privkey *key,
                            struct err *err)
{
    return read_file(path, true, password, key, err);
}

enum err_code sign_key_read_public(const char *path, struct password *password,
                                   struct pubkey *key, struct err *err)
{
    struct privkey both;
    enum err_code rc = read_file(path, false, password, &both, err);

    *key = both.public;
    privkey_wipe(&both);
    return rc;
}

static bool is_among(const struct sign_keys *keys, const struct pubkey *key)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (pubkey_equal(&keys->list[i].public, key))
            return true;
    }
    return false;
}

static enum err_code read_all(const struct invocation *invocation, enum option option,
                              struct password *password, struct sign_keys *keys, struct err *err)
{
    for (size_t i = 0; i < invocation->given[option]; i++) {
        struct privkey *key = &keys->list[keys->count];

        keys->names[keys->count] = invocation->repeated[option][i];
        if (sign_key_read(invocation->repeated[option][i], password, key, err) != ERR_OK)
            return err->code;
        if (is_among(keys, &key->public))
            privkey_wipe(key);
        else
            keys->count++;
    }
    return ERR_OK;
}

enum err_code sign_keys_read(const struct invocation *invocation, enum option option,
                             struct arena *arena, struct sign_keys *keys, struct err *err)
{
    struct password password = {.len = 0};
    size_t count = invocation->given[option];
    enum err_code rc;

    memset(keys, 0, sizeof *keys);
    keys->list = arena_array(arena, count, sizeof *keys->list, err);
    keys->names = keys->list ? arena_array(arena, count, sizeof *keys->names, err) : NULL;
    if (!keys->names)
        return err->code;
    rc = read_all(invocation, option, &password, keys, err);
    password_wipe(&password);
    return rc;
}

void sign_keys_wipe(struct sign_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        privkey_wipe(&keys->list[i]);
}
