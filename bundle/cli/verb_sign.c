/* sign FILE...: signature files beside documents, by keys in files or elsewhere. */
#include <string.h>

#include "bundle/cli/sign_bundle.h"
#include "bundle/cli/sign_bundle_elsewhere.h"
#include "bundle/cli/sign_elsewhere.h"
#include "bundle/cli/sign_key.h"
#include "bundle/cli/verbs.h"
#include "bundle/sign/signed_file.h"
#include "bundle/sign/signer.h"
#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "resolver/base/json_write.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"
#include "resolver/source/file.h"

#define MEMORY_MAX ((size_t)64 << 20)          /* what is kept of all files */
#define DOCUMENT_MEMORY_MAX ((size_t)768 << 20) /* to read one document */

struct work {
    struct invocation *invocation;
    struct arena arena;   /* until the end */
    struct arena scratch; /* until the next file */
    struct signed_file *files;
    size_t count;
};

/* --- Answers ------------------------------------------------------------------------------------ */

static void print_lines(const struct signed_file *file, struct buf *out)
{
    char id[KEY_SHORT_ID_SIZE];

    for (size_t i = 0; i < file->count; i++) {
        const struct signed_by *by = &file->signatures[i];

        key_short_id(&by->key.public, id);
        buf_add_format(out, "%s: signed by %s", quote_bare(slice_text(file->path)).text,
                       quote_bare(slice_text(by->key.name)).text);
        buf_add_format(out, " (%s): %s", id, quote_bare(slice_text(by->beside.sig.path)).text);
        buf_add_format(out, ", %s\n", quote_bare(slice_text(by->beside.bundle.path)).text);
    }
}

static void print_json(const struct signed_file *file, struct json_writer *json)
{
    char hex[2 * SHA256_SIZE + 1], id[2 * KEY_ID_SIZE + 1];

    hex_encode(file->digest, SHA256_SIZE, hex);
    json_begin_map(json);
    json_member(json, "file", file->path);
    json_member(json, "sha256", hex);
    json_key(json, "signatures");
    json_begin_list(json);
    for (size_t i = 0; i < file->count; i++) {
        const struct signed_by *by = &file->signatures[i];

        hex_encode(by->key.public.id, KEY_ID_SIZE, id);
        json_begin_map(json);
        json_member(json, "key", by->key.name);
        json_member(json, "id", id);
        json_member(json, "signature", by->beside.sig.path);
        json_member(json, "bundle", by->beside.bundle.path);
        json_end_map(json);
    }
    json_end_list(json);
    json_end_map(json);
}

static void print(const struct work *work)
{
    struct buf *out = work->invocation->out;
    struct json_writer json = json_writer_to(out, 0);

    if (!work->invocation->given[OPT_JSON]) {
        for (size_t i = 0; i < work->count; i++)
            print_lines(&work->files[i], out);
        return;
    }
    json_begin_map(&json);
    json_key(&json, "signed");
    json_begin_list(&json);
    for (size_t i = 0; i < work->count; i++)
        print_json(&work->files[i], &json);
    json_end_list(&json);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

/* --- Writing ------------------------------------------------------------------------------------ */

static void warn_of_stale(const struct work *work, const struct signed_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        if (file->signatures[i].beside.is_stale) {
            say_warning(work->invocation,
                        "%s.sigstore.json: is another key's, of other contents, and stays as it is",
                        quote_bare(slice_text(file->path)).text);
            return;
        }
    }
}

/* When everything that can be refused has been: all files, or none. */
static enum err_code write_all(struct work *work, struct err *err)
{
    for (size_t i = 0; i < work->count; i++) {
        arena_clear(&work->scratch);
        if (signed_file_write(&work->files[i], &work->scratch, err) != ERR_OK) {
            while (i-- > 0)
                signed_file_undo(&work->files[i]);
            return err->code;
        }
    }
    for (size_t i = 0; i < work->count; i++)
        warn_of_stale(work, &work->files[i]);
    print(work);
    return ERR_OK;
}

/* --- The three ways ----------------------------------------------------------------------------- */

static enum err_code sign_one(struct work *work, const char *path, const struct sign_keys *keys,
                              struct err *err)
{
    struct signed_file *file = &work->files[work->count];
    struct signature signature;

    arena_clear(&work->scratch);
    if (signed_file_open(path, keys->count, &work->arena, &work->scratch, file, err) != ERR_OK)
        return err->code;
    work->count++;
    for (size_t i = 0; i < keys->count; i++) {
        if (signer_sign(&keys->list[i], file->digest, &signature, err) != ERR_OK ||
            signed_file_add(file, &keys->list[i].public, keys->names[i], &signature, &work->arena,
                            &work->scratch, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* A bundle among the files is signed by itself. */
static enum err_code find_bundle(struct work *work, bool *is_bundle, struct err *err)
{
    const struct invocation *invocation = work->invocation;

    *is_bundle = false;
    for (size_t i = 0; i < invocation->argument_count; i++) {
        const char *path = invocation->arguments[i];
        bool is_one;

        if (sign_bundle_is(path, &work->scratch, &is_one, err) != ERR_OK)
            return err->code;
        if (!is_one)
            continue;
        *is_bundle = true;
        if (invocation->argument_count > 1)
            return err_set(err, ERR_USAGE, "%s: is a bundle: give it alone",
                           quote_bare(slice_text(path)).text);
    }
    if (!*is_bundle && invocation->given[OPT_ATTACH] > 1)
        return err_set(err, ERR_USAGE, "--attach: a file takes one signature of the key; several are "
                       "for the manifests of a bundle");
    return ERR_OK;
}

static enum err_code read_public(struct work *work, const char *path, struct pubkey *key,
                                 struct err *err)
{
    struct slice pem;

    if (file_read(path, PUBKEY_FILE_MAX, &work->arena, &pem, err) != ERR_OK)
        return err->code;
    if (pubkey_parse(pem, key, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    return ERR_OK;
}

static enum err_code attach_to_bundle(struct work *work, struct err *err)
{
    struct pubkey key;

    if (read_public(work, work->invocation->values[OPT_KEY], &key, err) != ERR_OK)
        return err->code;
    return sign_bundle_attach(work->invocation, &key, &work->arena, err);
}

static enum err_code sign_digest(void *ctx, const uint8_t digest[SHA256_SIZE],
                                 struct signature *signature, struct err *err)
{
    return signer_sign(ctx, digest, signature, err);
}

static enum err_code sign_bundle_by_keys(struct work *work, const struct sign_keys *keys,
                                         struct err *err)
{
    const struct invocation *invocation = work->invocation;
    struct bundle_signer *signers =
        arena_array(&work->arena, keys->count, sizeof *signers, err);
    const struct sign_bundle_by by = {
        .signers = signers, .names = keys->names, .count = keys->count};

    if (!signers)
        return err->code;
    for (size_t i = 0; i < keys->count; i++)
        signers[i] = (struct bundle_signer){
            .ctx = &keys->list[i], .key = &keys->list[i].public, .sign = sign_digest};
    return sign_bundle(invocation->arguments[0], &by, &work->arena, invocation, err);
}

static enum err_code sign_one_bundle(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;
    struct sign_keys keys;
    enum err_code rc;

    if (invocation->given[OPT_PREPARE])
        return sign_bundle_prepare(invocation, &work->arena, err);
    if (invocation->given[OPT_ATTACH])
        return attach_to_bundle(work, err);
    rc = sign_keys_read(invocation, OPT_SIGN_KEY, &work->arena, &keys, err);
    if (rc == ERR_OK)
        rc = sign_bundle_by_keys(work, &keys, err);
    sign_keys_wipe(&keys);
    return rc;
}

static enum err_code sign_with_keys(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;
    struct sign_keys keys;
    enum err_code rc = sign_keys_read(invocation, OPT_SIGN_KEY, &work->arena, &keys, err);

    for (size_t i = 0; i < invocation->argument_count && rc == ERR_OK; i++)
        rc = sign_one(work, invocation->arguments[i], &keys, err);
    sign_keys_wipe(&keys);
    return rc == ERR_OK ? write_all(work, err) : rc;
}

static enum err_code prepare(struct work *work, struct err *err)
{
    if (signed_file_open(work->invocation->arguments[0], 1, &work->arena, &work->scratch,
                         work->files, err) != ERR_OK)
        return err->code;
    sign_prepare_print(work->invocation, work->files);
    return ERR_OK;
}

static enum err_code attach(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;
    const char *key_name = invocation->values[OPT_KEY];
    struct signature signature;
    struct pubkey key;

    if (read_public(work, key_name, &key, err) != ERR_OK ||
        sign_attach_read(invocation->values[OPT_ATTACH], &key, &work->arena, &signature, err) !=
            ERR_OK ||
        signed_file_open(invocation->arguments[0], 1, &work->arena, &work->scratch, work->files,
                         err) != ERR_OK)
        return err->code;
    work->count = 1;
    if (signed_file_add(work->files, &key, key_name, &signature, &work->arena, &work->scratch,
                        err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(invocation->values[OPT_ATTACH])).text);
    return write_all(work, err);
}

static enum err_code check_usage(const struct invocation *invocation, struct err *err)
{
    const size_t *given = invocation->given;
    int ways = (given[OPT_SIGN_KEY] > 0) + (given[OPT_PREPARE] > 0) + (given[OPT_ATTACH] > 0);

    if (ways == 0)
        return err_set(err, ERR_NO_KEY, "no key to sign with: give --sign-key FILE, or --prepare "
                       "and --attach for a key in an HSM or KMS");
    if (ways > 1)
        return err_set(err, ERR_USAGE, "--sign-key, --prepare and --attach exclude each other");
    if (given[OPT_ATTACH] && given[OPT_KEY] != 1)
        return err_set(err, ERR_USAGE, "--attach wants one --key FILE: the public key it is by");
    if (!given[OPT_ATTACH] && given[OPT_KEY])
        return err_set(err, ERR_USAGE, "--key goes with --attach; to sign, give --sign-key FILE");
    if (!given[OPT_SIGN_KEY] && invocation->argument_count > 1)
        return err_set(err, ERR_USAGE, "--prepare and --attach take one FILE");
    return ERR_OK;
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct work work = {.invocation = invocation};
    bool is_bundle = false;
    enum err_code rc = check_usage(invocation, err);

    if (rc != ERR_OK)
        return rc;
    arena_init_heap(&work.arena, MEMORY_MAX);
    arena_init_heap(&work.scratch, DOCUMENT_MEMORY_MAX);
    rc = find_bundle(&work, &is_bundle, err);
    if (rc == ERR_OK)
        work.files =
            arena_array(&work.arena, invocation->argument_count, sizeof *work.files, err);
    if (!work.files)
        rc = err->code;
    else if (is_bundle)
        rc = sign_one_bundle(&work, err);
    else if (invocation->given[OPT_PREPARE])
        rc = prepare(&work, err);
    else
        rc = invocation->given[OPT_ATTACH] ? attach(&work, err) : sign_with_keys(&work, err);
    arena_clear(&work.scratch);
    arena_clear(&work.arena);
    return rc;
}

static const enum option options[] = {OPT_SIGN_KEY, OPT_PREPARE, OPT_ATTACH, OPT_KEY, OPTION_COUNT};

const struct verb verb_sign = {
    .name = "sign",
    .arguments = "FILE...",
    .summary = "Signs files: FILE.sig and FILE.sigstore.json, as cosign writes them",
    .details =
        "Lookup tables and measurements, known by their names, must be well-formed, and a table must\n"
        "carry its ref, stream and version. Every signature is checked before it is written, and\n"
        "read back after. Another signer's files stay: then the new ones carry the key's id,\n"
        "FILE.<first 16 hex digits>.sig. Signing again with the same key replaces its own files. What a\n"
        "signature of a bundle or container image is made of is not signed as a file (status 8).\n"
        "\n"
        "A bundle, known by its contents, is signed in place, in the room that it keeps for it;\n"
        "BUNDLE.front holds what was there until that is done, and a run that was broken off is\n"
        "undone by the next. A key that has signed changes nothing. Parts are not signed.\n"
        "\n"
        "A key file may be one of cosign's or openssl's. The password comes from the variable\n"
        "COSIGN_PASSWORD when that is set, else from the terminal, else from standard input.\n"
        "\n"
        "For a key in an HSM or KMS: --prepare prints the SHA-256 that it has to sign (with --json\n"
        "also in base64, and commands for some tools); --attach SIG with --key takes the signature,\n"
        "as DER, as r and s, as RSA PKCS#1 v1.5, or any of them in base64. RSA keys too. Of a bundle\n"
        "two texts a version are signed: --prepare prints a line for each, and --attach is given once\n"
        "for each, in any order.\n",
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_MAX,
    .options = options,
    .run = run,
};
