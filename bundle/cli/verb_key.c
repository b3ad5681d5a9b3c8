/* key generate, key import, key public: key pairs in files, as cosign keeps them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/cli/sign_key.h"
#include "bundle/cli/verbs.h"
#include "bundle/sign/key_file.h"
#include "bundle/sign/signer.h"
#include "resolver/base/base64.h"
#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "resolver/base/json_write.h"
#include "resolver/base/pem.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"
#include "resolver/source/file.h"

#define NAMES_MAX ((size_t)1 << 20)
#define PUBLIC_TEXT_MAX 1024 /* bytes: RSA 4096 takes 800 */

/* The two files of a key pair. */
struct pair {
    const char *private, *public;
};

/* --- Writing a key pair ------------------------------------------------------------------------- */

static enum err_code check_free(const char *path, struct err *err)
{
    struct stat status;

    if (lstat(path, &status) == 0)
        return err_set(err, ERR_POLICY, "%s: is there already, and is never overwritten",
                       quote_bare(slice_text(path)).text);
    return errno == ENOENT ? ERR_OK
                           : err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(path)).text,
                                     strerror(errno));
}

static const char *join(const char *name, const char *extension, struct arena *arena,
                        struct err *err)
{
    size_t size = strlen(name) + strlen(extension) + 1;
    char *text = arena_alloc(arena, size, err);

    if (text)
        snprintf(text, size, "%s%s", name, extension);
    return text;
}

/* NAME.key and NAME.pub, neither of which may be there. */
static enum err_code name_pair(const char *name, struct arena *arena, struct pair *pair,
                               struct err *err)
{
    if (slice_ends(slice_text(name), ".key") || slice_ends(slice_text(name), ".pub") ||
        slice_ends(slice_text(name), "/"))
        return err_set(err, ERR_USAGE, "%s: want the name of a key pair: NAME gives NAME.key and "
                       "NAME.pub", quote_bare(slice_text(name)).text);
    pair->private = join(name, ".key", arena, err);
    pair->public = pair->private ? join(name, ".pub", arena, err) : NULL;
    if (!pair->public || check_free(pair->private, err) != ERR_OK)
        return err->code;
    return check_free(pair->public, err);
}

static enum err_code seal(const struct privkey *key, struct slice password, struct buf *out,
                          struct err *err)
{
    uint8_t salt[KEY_FILE_SALT_SIZE], nonce[KEY_FILE_NONCE_SIZE];
    const struct random_source *random = &random_of_kernel;

    if (random->fill(random->ctx, salt, sizeof salt, err) != ERR_OK ||
        random->fill(random->ctx, nonce, sizeof nonce, err) != ERR_OK)
        return err->code;
    return key_file_seal(key, password, salt, nonce, out, err);
}

static enum err_code create(const struct pair *pair, const struct privkey *key,
                            struct slice password, struct err *err)
{
    char private_memory[PRIVKEY_FILE_MAX], public_memory[PUBLIC_TEXT_MAX];
    struct buf private, public;

    buf_init_fixed(&private, private_memory, sizeof private_memory);
    buf_init_fixed(&public, public_memory, sizeof public_memory);
    pem_write(&public, "PUBLIC KEY", slice_of(key->public.spki, key->public.spki_len));
    if (buf_done(&public, err) != ERR_OK || seal(key, password, &private, err) != ERR_OK ||
        file_create(pair->private, 0600, buf_slice(&private), err) != ERR_OK)
        return err->code;
    if (file_create(pair->public, 0644, buf_slice(&public), err) != ERR_OK) {
        unlink(pair->private); /* this very run made it */
        return err->code;
    }
    return ERR_OK;
}

/* --- Answers ------------------------------------------------------------------------------------ */

static void add_about(struct json_writer *json, const struct pubkey *key)
{
    char hex[2 * KEY_ID_SIZE + 1], hint[BASE64_SIZE(KEY_ID_SIZE) + 1] = "", type[16];
    struct buf text;

    hex_encode(key->id, KEY_ID_SIZE, hex);
    pubkey_type_text(key, type);
    buf_init_fixed(&text, hint, sizeof hint);
    base64_encode(slice_of(key->id, KEY_ID_SIZE), &text);
    json_member(json, "type", type);
    json_member(json, "id", hex);
    json_member(json, "hint", hint);
}

static void print_pair(const struct invocation *invocation, const struct pair *pair,
                       const struct pubkey *key)
{
    struct json_writer json = json_writer_to(invocation->out, 0);
    char hex[2 * KEY_ID_SIZE + 1], type[16];

    hex_encode(key->id, KEY_ID_SIZE, hex);
    pubkey_type_text(key, type);
    if (!invocation->given[OPT_JSON]) {
        buf_add_format(invocation->out, "%s: %s, id %s\n",
                       quote_bare(slice_text(pair->public)).text, type, hex);
        return;
    }
    json_begin_map(&json);
    json_member(&json, "privateKey", pair->private);
    json_member(&json, "publicKey", pair->public);
    add_about(&json, key);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}

static void print_public(const struct invocation *invocation, const struct pubkey *key)
{
    struct json_writer json = json_writer_to(invocation->out, 0);
    char memory[PUBLIC_TEXT_MAX];
    struct buf pem;

    buf_init_fixed(&pem, memory, sizeof memory);
    pem_write(&pem, "PUBLIC KEY", slice_of(key->spki, key->spki_len));
    if (!invocation->given[OPT_JSON]) {
        buf_add(invocation->out, buf_slice(&pem));
        return;
    }
    json_begin_map(&json);
    json_member(&json, "file", invocation->arguments[0]);
    add_about(&json, key);
    json_member_slice(&json, "pem", buf_slice(&pem));
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}

/* --- The verbs ---------------------------------------------------------------------------------- */

/* Gets a new password, and puts the pair on disk. */
static enum err_code finish_pair(struct invocation *invocation, const struct pair *pair,
                                 const struct privkey *key, struct password *password,
                                 struct err *err)
{
    struct slice text;

    if (password_get_new(password, pair->private, &text, err) != ERR_OK)
        return err->code;
    if (text.len == 0)
        say_warning(invocation, "the password is empty: whoever gets %s can sign with it",
                    quote_bare(slice_text(pair->private)).text);
    if (create(pair, key, text, err) != ERR_OK)
        return err->code;
    print_pair(invocation, pair, &key->public);
    return ERR_OK;
}

/* source: the file of an existing key, or NULL for a new one. */
static enum err_code make_pair(struct invocation *invocation, const char *source,
                               const char *name, struct password *password, struct err *err)
{
    struct arena arena;
    struct privkey key;
    struct pair pair = {NULL, NULL};
    enum err_code rc;

    memset(&key, 0, sizeof key);
    arena_init_heap(&arena, NAMES_MAX);
    rc = name_pair(name, &arena, &pair, err);
    if (rc == ERR_OK)
        rc = source ? sign_key_read(source, password, &key, err)
                    : privkey_generate(CURVE_P256, &random_of_kernel, &key, err);
    if (rc == ERR_OK && !source)
        rc = signer_prove(&key, err);
    if (rc == ERR_OK)
        rc = finish_pair(invocation, &pair, &key, password, err);
    privkey_wipe(&key);
    arena_clear(&arena);
    return rc;
}

static enum err_code run_generate(struct invocation *invocation, struct err *err)
{
    struct password password = {.len = 0};
    enum err_code rc = make_pair(invocation, NULL, invocation->arguments[0], &password, err);

    password_wipe(&password);
    return rc;
}

static enum err_code run_import(struct invocation *invocation, struct err *err)
{
    struct password password = {.len = 0};
    enum err_code rc = make_pair(invocation, invocation->arguments[0], invocation->arguments[1],
                                 &password, err);

    password_wipe(&password);
    return rc;
}

static enum err_code run_public(struct invocation *invocation, struct err *err)
{
    struct password password = {.len = 0};
    struct pubkey key;
    enum err_code rc = sign_key_read_public(invocation->arguments[0], &password, &key, err);

    password_wipe(&password);
    if (rc == ERR_OK)
        print_public(invocation, &key);
    return rc;
}

#define PASSWORD_HELP                                                                             \
    "The password comes from the variable COSIGN_PASSWORD when that is set, else from the\n"      \
    "terminal, else from standard input.\n"

static const enum option options[] = {OPTION_COUNT};

const struct verb verb_key_generate = {
    .name = "key generate",
    .arguments = "NAME",
    .summary = "Makes a key pair to sign with: NAME.key (secret, under a password) and NAME.pub",
    .details =
        "The key is ECDSA P-256. NAME.key is as cosign keeps it, readable for you alone;\n"
        "existing files are never overwritten. Give NAME.pub to those who check, and let them\n"
        "compare the id that is printed.\n" PASSWORD_HELP,
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .run = run_generate,
};

const struct verb verb_key_import = {
    .name = "key import",
    .arguments = "FILE NAME",
    .summary = "Puts an existing private key under a password: NAME.key and NAME.pub",
    .details =
        "FILE is a PEM file as openssl (PKCS#8, SEC 1, PKCS#1) or cosign writes it, with a key of\n"
        "P-256, P-384 or RSA 2048 to 4096. Existing files are never overwritten. FILE stays as it\n"
        "is: remove it when it is not needed any more.\n" PASSWORD_HELP
        "For a FILE that has a password: the terminal asks for the old and for the new one, from\n"
        "elsewhere both are the same.\n",
    .arguments_min = 2,
    .arguments_max = 2,
    .options = options,
    .run = run_import,
};

const struct verb verb_key_public = {
    .name = "key public",
    .arguments = "FILE",
    .summary = "Prints the public key of a private (or public) key file as PEM",
    .details = "It is what openssl pkey -pubout prints.\n" PASSWORD_HELP,
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .run = run_public,
};
