#include "bundle/sign/key_file.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/base/json.h"
#include "resolver/base/json_write.h"
#include "resolver/base/pem.h"
#include "resolver/base/quote.h"
#include "resolver/net/decimal.h"

#define LABEL "ENCRYPTED SIGSTORE PRIVATE KEY"
#define LABEL_OLD "ENCRYPTED COSIGN PRIVATE KEY"

/* What cosign 2 and 3 write. */
#define COSIGN_N 65536
#define COSIGN_R 8
#define COSIGN_P 1

#define KEY_SIZE crypto_secretbox_KEYBYTES

static_assert(KEY_FILE_NONCE_SIZE == crypto_secretbox_NONCEBYTES &&
                  KEY_FILE_TAG_SIZE == crypto_secretbox_MACBYTES,
              "the sizes of secretbox");

bool key_file_is(struct slice text)
{
    struct pem pem;
    struct err ignored;

    return pem_parse(text, &pem, &ignored) == ERR_OK &&
           (slice_is(pem.label, LABEL) || slice_is(pem.label, LABEL_OLD));
}

/* --- Reading ------------------------------------------------------------------------------------ */

static enum err_code check_name(const struct node *map, const char *what, const char *want,
                                struct err *err)
{
    struct slice name;

    if (node_string(node_get(map, "name"), what, &name, err) != ERR_OK)
        return err->code;
    if (!slice_is(name, want))
        return err_set(err, ERR_FORMAT, "%s: have %s, want \"%s\"", what, quote(name).text, want);
    return ERR_OK;
}

static enum err_code read_number(const struct node *params, const char *name, uint64_t *out,
                                 struct err *err)
{
    const struct node *node = node_get(params, name);

    if (!node || node->type != NODE_NUMBER || !decimal_parse(node_text(node), UINT64_MAX, out))
        return err_set(err, ERR_FORMAT, "kdf: params: %s: have %s, want a whole number", name,
                       node && node->text ? quote(node_text(node)).text : node_type_name(node));
    return ERR_OK;
}

/* base64 of exactly size bytes. */
static enum err_code read_bytes(const struct node *map, const char *key, const char *what,
                                uint8_t *out, size_t size, struct err *err)
{
    struct slice text;
    size_t len = 0;
    enum err_code rc = node_string(node_get(map, key), what, &text, err);

    if (rc != ERR_OK)
        return rc;
    rc = base64_decode(text, out, size, &len, err);
    if (rc == ERR_FORMAT)
        return err_add(err, "%s", what);
    if (rc != ERR_OK || len != size)
        return err_set(err, ERR_FORMAT, "%s: want %zu bytes", what, size);
    return ERR_OK;
}

static enum err_code check_cost(const struct key_file *file, uint64_t r, uint64_t p,
                                struct err *err)
{
    uint64_t most = KEY_FILE_SCRYPT_MAX / 128;

    if (file->n < 2 || (file->n & (file->n - 1)) != 0)
        return err_set(err, ERR_FORMAT, "kdf: params: N: have %llu, want a power of two",
                       (unsigned long long)file->n);
    if (r == 0 || p == 0)
        return err_set(err, ERR_FORMAT, "kdf: params: r and p: want 1 or more");
    if (r > KEY_FILE_SCRYPT_RP_MAX || p > KEY_FILE_SCRYPT_RP_MAX)
        return err_set(err, ERR_LIMIT, "scrypt with r=%llu and p=%llu: at most %d each is allowed",
                       (unsigned long long)r, (unsigned long long)p, KEY_FILE_SCRYPT_RP_MAX);
    if (file->n > most / (r * p))
        return err_set(err, ERR_LIMIT,
                       "scrypt with N=%llu, r=%llu, p=%llu: 128*N*r*p is over %llu MiB",
                       (unsigned long long)file->n, (unsigned long long)r, (unsigned long long)p,
                       (unsigned long long)(KEY_FILE_SCRYPT_MAX >> 20));
    return ERR_OK;
}

static enum err_code read_kdf(const struct node *kdf, struct key_file *file, struct err *err)
{
    const struct node *params = node_get(kdf, "params");
    uint64_t r = 0, p = 0;
    enum err_code rc = check_name(kdf, "kdf: name", "scrypt", err);

    if (rc == ERR_OK)
        rc = read_number(params, "N", &file->n, err);
    if (rc == ERR_OK)
        rc = read_number(params, "r", &r, err);
    if (rc == ERR_OK)
        rc = read_number(params, "p", &p, err);
    if (rc == ERR_OK)
        rc = check_cost(file, r, p, err);
    if (rc != ERR_OK)
        return rc;
    file->r = (uint32_t)r;
    file->p = (uint32_t)p;
    return read_bytes(kdf, "salt", "kdf: salt", file->salt, KEY_FILE_SALT_SIZE, err);
}

static enum err_code read_sealed(const struct node *root, struct key_file *file, struct err *err)
{
    struct slice text;
    enum err_code rc = node_string(node_get(root, "ciphertext"), "ciphertext", &text, err);

    if (rc != ERR_OK)
        return rc;
    rc = base64_decode(text, file->sealed, sizeof file->sealed, &file->sealed_len, err);
    if (rc == ERR_LIMIT)
        return err_set(err, ERR_FORMAT, "ciphertext: longer than any key that is accepted");
    if (rc != ERR_OK)
        return err_add(err, "ciphertext");
    if (file->sealed_len <= KEY_FILE_TAG_SIZE)
        return err_set(err, ERR_FORMAT, "ciphertext: %zu bytes: there is no key in it",
                       file->sealed_len);
    return ERR_OK;
}

static enum err_code read_json(struct slice json, struct arena *scratch, struct key_file *file,
                               struct err *err)
{
    const struct node *root, *cipher;
    enum err_code rc = json_parse(json, scratch, &root, err);

    if (rc != ERR_OK)
        return rc;
    cipher = node_get(root, "cipher");
    rc = read_kdf(node_get(root, "kdf"), file, err);
    if (rc == ERR_OK)
        rc = check_name(cipher, "cipher: name", "nacl/secretbox", err);
    if (rc == ERR_OK)
        rc = read_bytes(cipher, "nonce", "cipher: nonce", file->nonce, KEY_FILE_NONCE_SIZE, err);
    if (rc == ERR_OK)
        rc = read_sealed(root, file, err);
    return rc;
}

static enum err_code parse(struct slice text, struct arena *scratch, struct key_file *file,
                           struct err *err)
{
    struct pem pem;
    uint8_t *json;
    size_t len;

    if (text.len > PRIVKEY_FILE_MAX)
        return err_set(err, ERR_LIMIT, "a key file of %zu bytes, at most %zu are read", text.len,
                       PRIVKEY_FILE_MAX);
    if (pem_parse(text, &pem, err) != ERR_OK)
        return err->code;
    if (!slice_is(pem.label, LABEL) && !slice_is(pem.label, LABEL_OLD))
        return err_set(err, ERR_FORMAT, "have a PEM block %s, want \"" LABEL "\"",
                       quote(pem.label).text);
    json = arena_alloc(scratch, pem.body.len, err);
    if (!json || pem_decode(&pem, json, pem.body.len, &len, err) != ERR_OK)
        return err->code;
    return read_json(slice_of(json, len), scratch, file, err);
}

enum err_code key_file_parse(struct slice text, struct arena *scratch, struct key_file *file,
                             struct err *err)
{
    enum err_code rc;

    memset(file, 0, sizeof *file);
    rc = parse(text, scratch, file, err);
    if (rc != ERR_OK)
        memset(file, 0, sizeof *file);
    return rc;
}

/* --- Encryption --------------------------------------------------------------------------------- */

/*
 * The key of secretbox out of the password (RFC 7914). On failure it is zeroed. sodium_init is left
 * out on purpose: what is used here needs no random bytes, and sodium_init aborts the program when the
 * kernel gives none.
 */
static enum err_code derive(const struct key_file *file, struct slice password,
                            uint8_t key[KEY_SIZE], struct err *err)
{
    static const uint8_t empty[1];
    const uint8_t *bytes = password.ptr ? password.ptr : empty;

    memset(key, 0, KEY_SIZE);
    if (crypto_pwhash_scryptsalsa208sha256_ll(bytes, password.len, file->salt, sizeof file->salt,
                                              file->n, file->r, file->p, key, KEY_SIZE) == 0)
        return ERR_OK;
    explicit_bzero(key, KEY_SIZE);
    return err_set(err, ERR_LIMIT, "scrypt wants %llu MiB of memory: %s",
                   (unsigned long long)(128 * file->n * file->r >> 20), strerror(errno));
}

enum err_code key_file_open(const struct key_file *file, struct slice password,
                            struct privkey *key, struct err *err)
{
    uint8_t secret[KEY_SIZE], der[PRIVKEY_DER_MAX];
    enum err_code rc = derive(file, password, secret, err);

    memset(key, 0, sizeof *key);
    if (rc == ERR_OK && crypto_secretbox_open_easy(der, file->sealed, file->sealed_len,
                                                   file->nonce, secret) != 0)
        rc = err_set(err, ERR_NO_KEY, "wrong password (or the file was changed)");
    if (rc == ERR_OK) {
        rc = privkey_from_pkcs8(slice_of(der, file->sealed_len - KEY_FILE_TAG_SIZE), key, err);
        if (rc != ERR_OK)
            err_add(err, "the decrypted key");
    }
    explicit_bzero(secret, sizeof secret);
    explicit_bzero(der, sizeof der);
    return rc;
}

static void write_base64(struct json_writer *json, const char *name, struct slice bytes)
{
    char memory[BASE64_SIZE(sizeof(((struct key_file *)0)->sealed))];
    struct buf text;

    buf_init_fixed(&text, memory, sizeof memory);
    base64_encode(bytes, &text);
    json_member_slice(json, name, buf_slice(&text));
}

static void write_json(const struct key_file *file, struct buf *out)
{
    struct json_writer json = json_writer_to(out, 0);

    json_begin_map(&json);
    json_key(&json, "kdf");
    json_begin_map(&json);
    json_member(&json, "name", "scrypt");
    json_key(&json, "params");
    json_begin_map(&json);
    json_key(&json, "N");
    json_number(&json, file->n);
    json_key(&json, "r");
    json_number(&json, file->r);
    json_key(&json, "p");
    json_number(&json, file->p);
    json_end_map(&json);
    write_base64(&json, "salt", slice_of(file->salt, sizeof file->salt));
    json_end_map(&json);
    json_key(&json, "cipher");
    json_begin_map(&json);
    json_member(&json, "name", "nacl/secretbox");
    write_base64(&json, "nonce", slice_of(file->nonce, sizeof file->nonce));
    json_end_map(&json);
    write_base64(&json, "ciphertext", slice_of(file->sealed, file->sealed_len));
    json_end_map(&json);
}

enum err_code key_file_seal(const struct privkey *key, struct slice password,
                            const uint8_t salt[KEY_FILE_SALT_SIZE],
                            const uint8_t nonce[KEY_FILE_NONCE_SIZE], struct buf *out,
                            struct err *err)
{
    struct key_file file = {.n = COSIGN_N, .r = COSIGN_R, .p = COSIGN_P};
    uint8_t secret[KEY_SIZE], memory[PRIVKEY_FILE_MAX / 4 * 3];
    struct buf json;

    memcpy(file.salt, salt, sizeof file.salt);
    memcpy(file.nonce, nonce, sizeof file.nonce);
    if (derive(&file, password, secret, err) != ERR_OK)
        return err->code;
    crypto_secretbox_easy(file.sealed, key->pkcs8, key->pkcs8_len, nonce, secret);
    explicit_bzero(secret, sizeof secret);
    file.sealed_len = KEY_FILE_TAG_SIZE + key->pkcs8_len;
    buf_init_fixed(&json, memory, sizeof memory);
    write_json(&file, &json);
    pem_write(out, LABEL, buf_slice(&json));
    return buf_done(&json, err) != ERR_OK ? err->code : buf_done(out, err);
}
