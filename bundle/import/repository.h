/*
 * repository.h - a repository's folder, held open and locked while something is put into it.
 *
 * In the flow:  --into DIR -> [repository] -> staging, import; table publish takes the lock
 * Rule:         everything is reached step by step from the folder that was opened, and no symbolic
 *               link is followed on the way: nothing outside of it is read or written.
 * .sealift:     the folder in it that is the importer's own: lock, floor.json, receipts/ and what is
 *               being staged. Resolvers do not look there.
 * Lock:         flock on .sealift/lock, kept until repository_close or the end of the process. Of
 *               two that are at work at once the second is refused.
 * On failure:   repository_undo takes away what repository_open has made, so that nothing has changed.
 * Checked here: that the folder and .sealift belong to this user or to root, and that nobody else
 *               may write .sealift: what has been checked there must be what is moved into place.
 * Not checked:  who else may write the repository itself.
 */
#ifndef SEALIFT_BUNDLE_IMPORT_REPOSITORY_H
#define SEALIFT_BUNDLE_IMPORT_REPOSITORY_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/arena.h"
#include "resolver/crypto/crypto.h"

#define REPOSITORY_HIDDEN ".sealift"

struct repository {
    const char *path; /* as the user gave it; borrowed */
    int fd;           /* the folder */
    int hidden;       /* .sealift */
    int lock;
    bool made_folder, made_hidden, made_lock; /* by repository_open: they were not there before */
};

/*
 * Opens the folder at path, which is made if it is not there (its parent must be), and takes the lock.
 * On failure what was made is gone again and *repository is closed; err names the folder: ERR_IO (also:
 * another import is at work), ERR_POLICY (another user's), ERR_LIMIT.
 */
enum err_code repository_open(const char *path, struct repository *repository,
                              struct err *err) MUST_USE;

/* Gives the lock back and closes all; also one that failed to open. */
void repository_close(struct repository *repository);

/* The same after an import that failed: lock, .sealift and folder are removed before, as far as
 * repository_open has made them and nothing else is in them. (Of two that fail at once in a new one,
 * empty folders and an unused lock may stay.) */
void repository_undo(struct repository *repository);

/* Whether there is anything at name, and for a regular file its size and what it holds. */
struct repository_file {
    bool is_there;
    uint64_t size;
    uint8_t digest[SHA256_SIZE]; /* only by repository_digest, and only if the size is the wanted one */
    struct slice bytes;          /* only by repository_read */
};

/* Reads the file `name` (relative, as title.h has them), of at most max_bytes. Absent: ERR_OK, and
 * file->is_there is false. ERR_IO, ERR_LIMIT, ERR_POLICY for a symbolic link; err names the file. */
enum err_code repository_read(const struct repository *repository, const char *name,
                              size_t max_bytes, struct arena *arena, struct repository_file *file,
                              struct err *err) MUST_USE;

/* Opens the file for reading; *fd is -1 when it is not there. Codes as above. */
enum err_code repository_open_file(const struct repository *repository, const char *name, int *fd,
                                   struct err *err) MUST_USE;

/* Likewise its SHA-256, if it has want_size bytes; else its size alone. */
enum err_code repository_digest(const struct repository *repository, const char *name,
                                uint64_t want_size, struct repository_file *file,
                                struct err *err) MUST_USE;

/*
 * Opens the folder that `name` lies in; *last is the name's last part. With make, folders that are
 * missing are made and synced. *fd is -1 where one is missing and is not to be made, and on failure:
 * codes as above; err names the folder.
 */
enum err_code repository_folder(const struct repository *repository, const char *name, bool make,
                                int *fd, const char **last, struct err *err) MUST_USE;

/* Calls visit for each entry of the folder that `name` lies in, as folder_visit does; an error of
 * visit ends that. A folder that is not there has none. ERR_IO, ERR_POLICY. */
enum err_code repository_siblings(const struct repository *repository, const char *name,
                                  enum err_code (*visit)(void *ctx, const char *entry,
                                                         struct err *err),
                                  void *ctx, struct err *err) MUST_USE;

/* Puts "PATH/name: " before err's message. Returns its code. */
enum err_code repository_name(const struct repository *repository, const char *name,
                              struct err *err);

#endif
