/* verify-blob FILE: checks any file against detached signatures, offline. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "resolver/base/quote.h"
#include "resolver/cli/answer.h"
#include "resolver/cli/session.h"
#include "resolver/cli/verbs.h"
#include "resolver/crypto/sha256.h"
#include "resolver/source/file.h"

#define PIECE_BYTES ((size_t)256 << 10)

static enum err_code hash_fd(int fd, uint8_t *piece, uint8_t digest[SHA256_SIZE], struct err *err)
{
    struct sha256 hash;
    ssize_t count;

    sha256_init(&hash);
    while ((count = read(fd, piece, PIECE_BYTES)) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return err_set(err, ERR_IO, "%s", strerror(errno));
        sha256_update(&hash, slice_of(piece, (size_t)count));
    }
    sha256_final(&hash, digest);
    return ERR_OK;
}

static enum err_code hash_file(struct session *session, const char *path,
                               uint8_t digest[SHA256_SIZE], struct err *err)
{
    uint8_t *piece = arena_alloc(&session->arena, PIECE_BYTES, err);
    int fd = piece ? file_open(path, err) : -1;
    enum err_code rc;

    if (fd < 0)
        return err->code;
    rc = hash_fd(fd, piece, digest, err);
    close(fd);
    if (rc)
        err_add(err, "%s", quote_bare(slice_text(path)).text);
    return rc;
}

/* The files of --signature. */
static enum err_code read_given(struct session *session, struct evidence *evidence, size_t *count,
                                struct err *err)
{
    const struct invocation *invocation = session->invocation;

    for (*count = 0; *count < invocation->given[OPT_SIGNATURE]; (*count)++) {
        struct evidence *file = &evidence[*count];

        file->name = invocation->repeated[OPT_SIGNATURE][*count];
        if (file_read(file->name, SIGNATURE_FILE_MAX, &session->arena, &file->bytes, err))
            return err->code;
    }
    return ERR_OK;
}

/* The signature files beside the file, under the names of signed_document.h. */
static enum err_code look_beside(struct session *session, const char *path,
                                 struct evidence *evidence, size_t *count, struct err *err)
{
    const char *slash = strrchr(path, '/');
    size_t folder_len = slash > path ? (size_t)(slash - path) : 1; /* of "/name" the slash itself */
    const char *folder = slash ? arena_copy(&session->arena, slice_of(path, folder_len), err) : ".";

    if (!folder)
        return err->code;
    source_dir_init(&session->directory, folder);
    return evidence_collect(&session->directory.source, slash ? slash + 1 : path, &session->keys,
                            &session->arena, evidence, count, err);
}

static enum err_code verify(struct session *session, const char *path, struct verified *verified,
                            struct err *err)
{
    struct evidence *evidence;
    uint8_t digest[SHA256_SIZE];
    size_t count;
    enum err_code rc;

    if (session_keys(session, err))
        return err->code;
    if (session->keys.count == 0)
        return err_set(err, ERR_NO_KEY,
                       "no key to check %s with: give --key FILE, or put keys into the "
                       "measurements folder of SEALIFT_KEYS",
                       quote_bare(slice_text(path)).text);
    evidence = arena_array(&session->arena, EVIDENCE_MAX, sizeof *evidence, err);
    if (!evidence || hash_file(session, path, digest, err))
        return err->code;
    rc = session->invocation->given[OPT_SIGNATURE]
             ? read_given(session, evidence, &count, err)
             : look_beside(session, path, evidence, &count, err);
    if (!rc)
        rc = verify_digest(digest, evidence, count, &session->keys, &session->arena, verified, err);
    return rc ? err_add(err, "%s", quote_bare(slice_text(path)).text) : ERR_OK;
}

static void print(const struct session *session, const char *path, const struct verified *verified)
{
    struct buf *out = session->invocation->out;
    struct json_writer json = json_writer_to(out, 0);

    if (!session->invocation->given[OPT_JSON]) {
        buf_add_format(out, "%s: signed by %s", quote_bare(slice_text(path)).text,
                       quote_bare(slice_text(verified->signers[0]->name)).text);
        for (size_t i = 1; i < verified->signer_count; i++)
            buf_add_format(out, ", %s", quote_bare(slice_text(verified->signers[i]->name)).text);
        buf_add_byte(out, '\n');
        return;
    }
    json_begin_map(&json);
    json_member(&json, "file", path);
    answer_signers(&json, verified->signers, verified->signer_count);
    json_key(&json, "logEntriesUnchecked");
    json_bool(&json, verified->log_unchecked);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct session session;
    struct verified verified;
    enum err_code rc = session_open(&session, invocation, err);

    if (!rc)
        rc = verify(&session, invocation->arguments[0], &verified, err);
    if (!rc && verified.log_unchecked)
        say_note(invocation, "transparency-log entries are present and were not checked");
    if (!rc)
        print(&session, invocation->arguments[0], &verified);
    session_close(&session);
    return rc;
}

static const enum option options[] = {OPT_SIGNATURE, OPT_KEY, OPT_THRESHOLD, OPTION_COUNT};

const struct verb verb_verify_blob = {
    .name = "verify-blob",
    .arguments = "FILE",
    .summary = "Checks any file against detached signatures, offline",
    .details =
        "Without --signature the files beside FILE are taken: FILE.sig, FILE.sigstore.json and\n"
        "those named for a key, FILE.<first 16 hex digits of its id>.sig. Every one that is\n"
        "there must be valid. The signatures are those that cosign and openssl write.\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .run = run,
};
