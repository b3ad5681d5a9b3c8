/*
 * sign_key.h - private keys out of files, in whichever form, with their passwords.
 *
 * In the flow:  --sign-key FILE, password -> [sign_key] -> privkey -> signer
 * Checked here: what privkey.h and key_file.h check, and that the parts of the key fit together.
 * Memory:       the file's bytes are wiped. What comes out holds secrets: wipe it.
 */
#ifndef SEALIFT_BUNDLE_CLI_SIGN_KEY_H
#define SEALIFT_BUNDLE_CLI_SIGN_KEY_H

#include "bundle/cli/password.h"
#include "bundle/sign/privkey.h"
#include "resolver/base/arena.h"
#include "resolver/cli/options.h"

/* The private keys of an option, each different key once. */
struct sign_keys {
    struct privkey *list;
    const char **names; /* their files */
    size_t count;
};

/* Reads the private key in the file at path; the password is asked for only if it is encrypted. On
 * failure *key is zeroed: ERR_IO, or the codes of privkey_parse, key_file_parse, key_file_open,
 * password_get and signer_prove. err names the file. */
enum err_code sign_key_read(const char *path, struct password *password, struct privkey *key,
                            struct err *err) MUST_USE;

/* The public key of the file at path, which may hold that or a private key. Codes as above and of
 * pubkey_parse. */
enum err_code sign_key_read_public(const char *path, struct password *password,
                                   struct pubkey *key, struct err *err) MUST_USE;

/* Reads the keys of a repeatable option; the lists are allocated in arena. sign_keys_wipe must
 * follow, before arena_clear, after failure too. Codes as above. */
enum err_code sign_keys_read(const struct invocation *invocation, enum option option,
                             struct arena *arena, struct sign_keys *keys,
                             struct err *err) MUST_USE;
void sign_keys_wipe(struct sign_keys *keys);

#endif
