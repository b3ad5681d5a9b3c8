/* key id FILE: prints a public key's id, so that two people can compare it by phone. */
#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/base/hex.h"
#include "resolver/base/quote.h"
#include "resolver/cli/session.h"
#include "resolver/base/json_write.h"
#include "resolver/cli/verbs.h"
#include "resolver/source/file.h"

static void print(const struct invocation *invocation, const struct pubkey *key)
{
    struct json_writer json = json_writer_to(invocation->out, 0);
    char hex[2 * KEY_ID_SIZE + 1], hint[BASE64_SIZE(KEY_ID_SIZE) + 1] = "", type[16];
    struct buf text;

    hex_encode(key->id, KEY_ID_SIZE, hex);
    pubkey_type_text(key, type);
    if (!invocation->given[OPT_JSON]) {
        buf_add_format(invocation->out, "%s\n", hex);
        return;
    }
    buf_init_fixed(&text, hint, sizeof hint);
    base64_encode(slice_of(key->id, KEY_ID_SIZE), &text);
    json_begin_map(&json);
    json_member(&json, "file", invocation->arguments[0]);
    json_member(&json, "type", type);
    json_member(&json, "id", hex);
    json_member(&json, "hint", hint);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    const char *path = invocation->arguments[0];
    struct session session;
    struct pubkey key;
    struct slice pem;
    enum err_code rc = session_open(&session, invocation, err);

    if (!rc)
        rc = file_read(path, PUBKEY_FILE_MAX, &session.arena, &pem, err);
    if (!rc && pubkey_parse(pem, &key, err))
        rc = err_add(err, "%s", quote_bare(slice_text(path)).text);
    if (!rc)
        print(invocation, &key);
    session_close(&session);
    return rc;
}

static const enum option options[] = {OPTION_COUNT};

const struct verb verb_key_id = {
    .name = "key id",
    .arguments = "FILE",
    .summary = "Prints the id of a public key: SHA-256 of its SubjectPublicKeyInfo, in hex",
    .details =
        "Read it out over the phone to compare a first key with its publisher's. The same number\n"
        "comes from: openssl pkey -pubin -in FILE -outform DER | sha256sum\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .run = run,
};
