#include "bundle/cli/sign_bundle_elsewhere.h"

#include <string.h>

#include "bundle/archive/bundle_input.h"
#include "bundle/archive/sigstore_referrer.h"
#include "bundle/archive/simple_signing.h"
#include "bundle/cli/sign_bundle.h"
#include "bundle/cli/sign_elsewhere.h"
#include "resolver/base/base64.h"
#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "resolver/base/json_write.h"
#include "resolver/base/quote.h"

#define FORMS 2 /* of the signatures of a manifest */

/* One text to be signed, and what was made of it. */
struct to_sign {
    struct slice uid;
    const char *form;
    char text[BUNDLE_SIGNED_TEXT_MAX];
    size_t len;
    uint8_t digest[SHA256_SIZE];
    struct signature signature;
    bool is_signed;
};

struct all_to_sign {
    struct to_sign *list;
    size_t count;
};

static enum err_code add(struct all_to_sign *all, const struct signed_manifest *manifest,
                         enum signing_form form, struct err *err)
{
    struct to_sign *one = &all->list[all->count++];
    struct buf text;

    buf_init_fixed(&text, one->text, sizeof one->text);
    bundle_signed_text(manifest->digest, form, &text);
    one->uid = slice_text(manifest->manifest.uid.text);
    one->form = form == SIGNING_SIMPLE ? "simple-signing" : "sigstore";
    one->len = text.len;
    sha256_of(buf_slice(&text), one->digest);
    return buf_done(&text, err);
}

static enum err_code list(const struct bundle *bundle, struct arena *arena,
                          struct all_to_sign *all, struct err *err)
{
    all->list = arena_array(arena, bundle->count * FORMS, sizeof *all->list, err);
    if (!all->list)
        return err->code;
    for (size_t i = 0; i < bundle->count; i++) {
        if (add(all, &bundle->manifests[i], SIGNING_SIMPLE, err) != ERR_OK ||
            add(all, &bundle->manifests[i], SIGNING_SIGSTORE, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* What the archive at path asks to be signed; all of it is in arena. */
static enum err_code read_all(const char *path, struct arena *arena, struct all_to_sign *all,
                              struct err *err)
{
    struct bundle_input input;
    enum err_code rc;

    *all = (struct all_to_sign){.count = 0};
    if (bundle_input_find(&path, 1, arena, &input, err) != ERR_OK)
        return err->code;
    if (input.kind == INPUT_PARTS)
        rc = err_set(err, ERR_USAGE, "%s: " SIGN_BUNDLE_PART,
                     quote_bare(slice_text(path)).text);
    else
        rc = bundle_input_read(&input, arena, err);
    if (rc == ERR_OK)
        rc = list(&input.bundle, arena, all, err);
    bundle_input_close(&input);
    return rc;
}

/* --- Prepare ------------------------------------------------------------------------------------ */

static void one_json(const struct to_sign *one, const char *hex, struct json_writer *json)
{
    char base64[BASE64_SIZE(SHA256_SIZE) + 1] = "";
    struct buf text;

    buf_init_fixed(&text, base64, sizeof base64 - 1);
    base64_encode(slice_of(one->digest, SHA256_SIZE), &text);
    json_begin_map(json);
    json_member_slice(json, "uid", one->uid);
    json_member(json, "form", one->form);
    json_member(json, "sha256", hex);
    json_member(json, "sha256Base64", base64);
    json_member_slice(json, "text", slice_of(one->text, one->len));
    json_end_map(json);
}

static void print_json(const char *path, const struct all_to_sign *all, struct buf *out)
{
    struct json_writer json = json_writer_to(out, 0);
    char hex[2 * SHA256_SIZE + 1];

    json_begin_map(&json);
    json_member(&json, "file", path);
    json_key(&json, "toSign");
    json_begin_list(&json);
    for (size_t i = 0; i < all->count; i++) {
        hex_encode(all->list[i].digest, SHA256_SIZE, hex);
        one_json(&all->list[i], hex, &json);
    }
    json_end_list(&json);
    json_member(&json, "then", "sealift sign --attach SIG --attach SIG --key PUBLIC-KEY BUNDLE");
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

enum err_code sign_bundle_prepare(const struct invocation *invocation, struct arena *arena,
                                  struct err *err)
{
    const char *path = invocation->arguments[0];
    char hex[2 * SHA256_SIZE + 1];
    struct all_to_sign all;

    if (read_all(path, arena, &all, err) != ERR_OK)
        return err->code;
    if (invocation->given[OPT_JSON]) {
        print_json(path, &all, invocation->out);
        return ERR_OK;
    }
    for (size_t i = 0; i < all.count; i++) {
        hex_encode(all.list[i].digest, SHA256_SIZE, hex);
        buf_add_format(invocation->out, "%s\n", hex);
    }
    return ERR_OK;
}

/* --- Attach ------------------------------------------------------------------------------------- */

/* Finds what the signature is of. */
static enum err_code match(struct all_to_sign *all, const struct signature *signature,
                           const struct pubkey *key, struct err *err)
{
    struct err reason;

    for (size_t i = 0; i < all->count; i++) {
        struct to_sign *one = &all->list[i];
        enum err_code rc = signature_check(signature, key, one->digest, &reason);

        if (rc == ERR_LIMIT) {
            *err = reason;
            return rc;
        }
        if (rc != ERR_OK)
            continue;
        one->signature = *signature;
        one->is_signed = true;
        return ERR_OK;
    }
    return err_set(err, ERR_FORGED, "is not by the key of --key, or not of what --prepare prints");
}

static enum err_code read_signatures(const struct invocation *invocation, const struct pubkey *key,
                                     struct arena *arena, struct all_to_sign *all, struct err *err)
{
    for (size_t i = 0; i < invocation->given[OPT_ATTACH]; i++) {
        const char *path = invocation->repeated[OPT_ATTACH][i];
        struct signature signature;

        if (sign_attach_read(path, key, arena, &signature, err) != ERR_OK)
            return err->code;
        if (match(all, &signature, key, err) != ERR_OK)
            return err_add(err, "%s", quote_bare(slice_text(path)).text);
    }
    return ERR_OK;
}

/* The signature of a digest, as one that makes it would give it. */
static enum err_code hand_out(void *ctx, const uint8_t digest[SHA256_SIZE],
                              struct signature *signature, struct err *err)
{
    const struct all_to_sign *all = ctx;
    char hex[2 * SHA256_SIZE + 1];

    for (size_t i = 0; i < all->count; i++) {
        const struct to_sign *one = &all->list[i];

        if (memcmp(one->digest, digest, SHA256_SIZE) != 0)
            continue;
        if (one->is_signed) {
            *signature = one->signature;
            return ERR_OK;
        }
        hex_encode(digest, SHA256_SIZE, hex);
        return err_set(err, ERR_NO_KEY, "%.*s: the signature of %s is missing (%s): --attach all "
                       "that --prepare prints", (int)one->uid.len, (const char *)one->uid.ptr, hex,
                       one->form);
    }
    return err_set(err, ERR_IO, "has changed meanwhile");
}

enum err_code sign_bundle_attach(const struct invocation *invocation, const struct pubkey *key,
                                 struct arena *arena, struct err *err)
{
    const char *path = invocation->arguments[0];
    struct all_to_sign all;
    const struct bundle_signer signer = {.ctx = &all, .key = key, .sign = hand_out};
    const struct sign_bundle_by nobody = {.count = 0};
    const struct sign_bundle_by by = {
        .signers = &signer, .names = &invocation->values[OPT_KEY], .count = 1};

    /* A run that was broken off is undone first: by a signing that nobody takes part in. */
    if (sign_bundle(path, &nobody, arena, invocation, err) != ERR_OK ||
        read_all(path, arena, &all, err) != ERR_OK ||
        read_signatures(invocation, key, arena, &all, err) != ERR_OK)
        return err->code;
    return sign_bundle(path, &by, arena, invocation, err);
}
