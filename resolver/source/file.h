/*
 * file.h - whole small files: read with a cap, written so that a crash leaves the old or the new.
 *
 * In the flow:  keys, configs, tables -> [file] -> bytes; a config, a table -> [file] -> disk;
 *               a file of any size -> [file] -> its SHA-256
 * Checked here: that it is a regular file (a directory, FIFO or device is named as such and
 *               never waited for), its size, that it did not grow or shrink while it was read.
 */
#ifndef SEALIFT_SOURCE_FILE_H
#define SEALIFT_SOURCE_FILE_H

#include "resolver/base/arena.h"
#include "resolver/crypto/crypto.h"

struct stat;

/* What mkostemp makes the names of temporary files of: NAME.~x5Tw1Q. One stays when the program is
 * killed; nobody else names files so. */
#define FILE_TEMPORARY ".~XXXXXX"
#define FILE_TEMPORARY_FIXED 2 /* characters of it that stay as they are */

/*
 * Reads all of path, at most max_bytes, into arena. On failure *bytes is empty: ERR_IO (absent, not
 * readable, not a regular file, changing), ERR_LIMIT. err names the path.
 */
enum err_code file_read(const char *path, size_t max_bytes, struct arena *arena,
                        struct slice *bytes, struct err *err) MUST_USE;

/* The same from a descriptor, which stays open; err does not name the file. */
enum err_code file_read_fd(int fd, size_t max_bytes, struct arena *arena, struct slice *bytes,
                           struct err *err) MUST_USE;

/* Whether anything is at path, a link that leads nowhere included. ERR_IO when that cannot be told: what
 * cannot be looked at is not taken for absent; *is_there is false then, and err names the path. */
enum err_code file_look(const char *path, bool *is_there, struct err *err) MUST_USE;

/* Opens path for reading if it is a regular file. Returns the descriptor, or -1 and fills err
 * (ERR_IO), which names the path. */
int file_open(const char *path, struct err *err) MUST_USE;

/*
 * Puts bytes at path: into a temporary file beside it, fsync, rename, fsync of the folder. An
 * existing file keeps its mode, and under root its owner; a new one gets mode, less the umask. A
 * symbolic link at path is followed, so that the file it names is replaced and the link stays; one that
 * leads nowhere is refused. On failure
 * (ERR_IO, ERR_LIMIT for a full disk) the old file is untouched and the temporary one is gone; only
 * when the last fsync fails has the file been replaced, and err says so.
 */
enum err_code file_replace(const char *path, unsigned mode, struct slice bytes,
                           struct err *err) MUST_USE;

/*
 * The same for a file that must not be there yet: with anything at path, a link that leads nowhere
 * too, it is ERR_POLICY and nothing changes. A private key is written this way.
 */
enum err_code file_create(const char *path, unsigned mode, struct slice bytes,
                          struct err *err) MUST_USE;

/*
 * Whether nobody has written to a file since fstat gave *before of it: ERR_IO, "changed while it was being
 * read", when its size or one of its times is another: of its bytes, which can be set back, or of its inode,
 * which cannot. So a new name or mode counts as well. Not seen is a write within the same tick of the kernel's
 * clock of files (some milliseconds) as the last change before. err does not name the file.
 */
enum err_code file_unchanged(int fd, const struct stat *before, struct err *err) MUST_USE;

/* The SHA-256 of what a descriptor of a regular file has from here on. ERR_IO, also when the file
 * changed meanwhile, as file_unchanged has it; err does not name the file. */
enum err_code file_sha256_fd(int fd, uint8_t digest[SHA256_SIZE], struct err *err) MUST_USE;

/* Writes all bytes to a descriptor. ERR_LIMIT for a full disk, ERR_IO otherwise. */
enum err_code file_write_fd(int fd, struct slice bytes, struct err *err) MUST_USE;

/*
 * Gives a file its mode: 0, or -1 and errno, as fchmod. A file system that gives all files to one user (FAT,
 * exFAT, NTFS) lets nobody else set modes: the file keeps the one it has then, but for a mode that keeps it
 * from others.
 */
int file_set_mode(int fd, unsigned mode) MUST_USE;

/* ERR_LIMIT for ENOSPC, EDQUOT, EFBIG and ENOMEM, ERR_IO for every other errno. */
enum err_code file_errno_code(int number);

#endif
