/*
 * table_file.h - lookup tables in files: read to be changed, written with their signatures.
 *
 * In the flow:  FILE -> [table_file] -> table_edit, table_merge -> [table_file] -> FILE, FILE.sig
 * Signatures:   a change would leave the signature files beside the table behind, and every check of
 *               it would fail from then on. So with such files the change is refused, unless
 *               --table-sign-key signs anew and every file that is there is by one of its keys.
 * Order:        everything that can be refused is, before anything is written. A new table comes after its
 *               signatures, so that it is found with them or not at all; one that is changed comes
 *               before them. A crash between the two leaves a table that fails its check, never one
 *               that passes it wrongly; the same verb once more completes it.
 */
#ifndef SEALIFT_BUNDLE_CLI_TABLE_FILE_H
#define SEALIFT_BUNDLE_CLI_TABLE_FILE_H

#include "bundle/cli/sign_key.h"
#include "bundle/sign/beside.h"
#include "bundle/table/table_document.h"
#include "resolver/base/json_write.h"
#include "resolver/crypto/crypto.h"

#define TABLE_FILE_MEMORY_MAX \
    ((size_t)1 << 30) /* a table of TABLE_MAX_BYTES, its parts and signatures */

struct table_file {
    const char *path;
    bool is_there;      /* false: it is to be made, and must not be there */
    struct slice bytes; /* as it was read */
    struct table_document document;
};

/* One signature that was written. */
struct table_signed {
    const char *key; /* its file */
    struct beside beside;
};

struct table_saved {
    bool is_changed; /* false: the file has these bytes already, and was left alone */
    struct table_signed *signatures;
    size_t count;
};

/* Runs the work of a verb with memory of its own, up to TABLE_FILE_MEMORY_MAX. Codes: those of work. */
enum err_code table_file_run(struct invocation *invocation,
                             enum err_code (*work)(struct invocation *invocation,
                                                   struct arena *arena, struct err *err),
                             struct err *err) MUST_USE;

/* Reads a table. On failure *file is zeroed: as file_read and table_document_parse; err names the
 * file. */
enum err_code table_file_read(const char *path, struct arena *arena, struct table_file *file,
                              struct err *err) MUST_USE;

/*
 * Writes file->document in that layout to file->path, and its signatures by the keys of those options of
 * the invocation (OPTION_COUNT at the end). On failure nothing has changed, and *saved is zeroed:
 *   ERR_POLICY  it is signed and no key is given, or another's signature would be left behind; it
 *               cannot be signed (no ref, stream or version); the layout cannot say it; it is there
 *   ERR_FORGED  the file's name is that of another version (signable.h)
 *   and those of table_format, sign_keys_read, signer_sign, beside.h and file.h. err names the file.
 */
enum err_code table_file_save(const struct invocation *invocation, const enum option *key_options,
                              const struct table_file *file, enum layout layout,
                              struct arena *arena, struct table_saved *saved, struct err *err)
    MUST_USE;

/* The same in two steps, by keys that the caller has read, for one who writes several tables: all that
 * may be refused, and then the writing. */
enum err_code table_file_check_by(const struct sign_keys *keys, const struct table_file *file,
                                  enum layout layout, struct arena *arena,
                                  struct err *err) MUST_USE;
enum err_code table_file_save_by(const struct sign_keys *keys, const struct table_file *file,
                                 enum layout layout, struct arena *arena,
                                 struct table_saved *saved, struct err *err) MUST_USE;

/* The same without a change: signs the table as it stands in its file. ERR_NO_KEY without a key. */
enum err_code table_file_sign(const struct invocation *invocation, const enum option *key_options,
                              const struct table_file *file, struct arena *arena,
                              struct table_saved *saved, struct err *err) MUST_USE;

/* Answers: ", signed by a.pem (FILE.sig, ...)" lines; the member "signatures". */
void table_file_print_signed(const struct table_file *file, const struct table_saved *saved,
                             struct buf *out);
void table_file_write_signed(const struct table_saved *saved, struct json_writer *json);

/* Prints the table itself: the answer of -o -. With --json as the text "table". Errors of
 * table_format; ERR_USAGE with a key to sign with, whose signature would have no place. */
enum err_code table_file_print(const struct invocation *invocation,
                               const struct table_document *document, enum layout layout,
                               struct err *err) MUST_USE;

/* --layout of the invocation, or `otherwise`. ERR_USAGE. */
enum err_code table_file_layout(const struct invocation *invocation, enum layout otherwise,
                                enum layout *layout, struct err *err) MUST_USE;

/* --table-sign-key alone: what every verb that changes a table signs with. */
extern const enum option table_file_key_options[];

#endif
