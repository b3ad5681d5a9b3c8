/*
 * key_file.h - a private key under a password, as cosign 2 and 3 keep it.
 *
 * In the flow:  NAME.key -> [key_file] -> privkey -> signer; privkey_generate -> [key_file] -> NAME.key
 * Form:         PEM "ENCRYPTED SIGSTORE PRIVATE KEY" (older: "ENCRYPTED COSIGN PRIVATE KEY") around
 *               JSON: the parameters of scrypt (RFC 7914), a salt, a nonce, and the PKCS#8 key in
 *               NaCl's secretbox (XSalsa20 and Poly1305). Written byte for byte as cosign does.
 * Checked here: PEM, base64 and JSON strictly; scrypt and secretbox by name; the sizes of salt
 *               and nonce; scrypt's N a power of two; and, before any memory is taken, that N, r
 *               and p stay within KEY_FILE_SCRYPT_MAX: ERR_LIMIT (a file with absurd parameters
 *               may be well-formed, so it is no ERR_FORMAT).
 * Not checked:  how good the password is. Members of the JSON that are not named here.
 * A wrong password is ERR_NO_KEY: the file is well-formed and nothing is forged, but there is no
 *               key to sign with. A file that was tampered with looks exactly the same.
 * Memory:       key_file_open and key_file_seal take 128 * N * r bytes (64 MiB with cosign's
 *               parameters) and give them back. struct key_file holds nothing secret.
 */
#ifndef SEALIFT_BUNDLE_SIGN_KEY_FILE_H
#define SEALIFT_BUNDLE_SIGN_KEY_FILE_H

#include "bundle/sign/privkey.h"
#include "resolver/base/arena.h"
#include "resolver/base/buf.h"

#define KEY_FILE_SALT_SIZE 32
#define KEY_FILE_NONCE_SIZE 24
#define KEY_FILE_TAG_SIZE 16                         /* Poly1305's, before the encrypted key */
#define KEY_FILE_SCRYPT_MAX ((uint64_t)1024 << 20)   /* 128 * N * r * p: bytes, and so time too */
#define KEY_FILE_SCRYPT_RP_MAX 64                    /* r and p each; cosign has 8 and 1 */

struct key_file {
    uint64_t n; /* scrypt: cost, block size, parallelization */
    uint32_t r, p;
    uint8_t salt[KEY_FILE_SALT_SIZE];
    uint8_t nonce[KEY_FILE_NONCE_SIZE];
    uint8_t sealed[KEY_FILE_TAG_SIZE + PRIVKEY_DER_MAX];
    size_t sealed_len;
};

/* Whether the file is of this form, by the label of its PEM block; whether it is well-formed shows
 * key_file_parse. */
bool key_file_is(struct slice text);

/* Reads the file's text. scratch is used meanwhile and may be cleared afterwards. On failure *file
 * is zeroed: ERR_FORMAT, ERR_LIMIT (scrypt's parameters; the file is over PRIVKEY_FILE_MAX; scratch
 * is full). */
enum err_code key_file_parse(struct slice text, struct arena *scratch, struct key_file *file,
                             struct err *err) MUST_USE;

/* Decrypts the key. On failure *key is zeroed: ERR_NO_KEY for a wrong password, ERR_FORMAT for
 * contents that are no key (privkey.h), ERR_LIMIT when there is no memory for scrypt. */
enum err_code key_file_open(const struct key_file *file, struct slice password,
                            struct privkey *key, struct err *err) MUST_USE;

/* Appends the key, encrypted with the password (which may be empty), as a PEM block to out. salt
 * and nonce must be fresh random bytes each time. ERR_LIMIT: no memory for scrypt, out is full. */
enum err_code key_file_seal(const struct privkey *key, struct slice password,
                            const uint8_t salt[KEY_FILE_SALT_SIZE],
                            const uint8_t nonce[KEY_FILE_NONCE_SIZE], struct buf *out,
                            struct err *err) MUST_USE;

#endif
