/*
 * unfinished.h - a file that is written beside its final name and renamed when it is complete: FILE.part.
 *
 * In the flow:  download, pack, convert, publish gcp -> [unfinished] -> an open, locked file
 * How:          a new file, or the one that an earlier run left when it was broken off. It is locked (flock) as
 *               long as it is open: one run writes to it at a time.
 * Trust:        what an earlier run left is gone on with only if nobody else could choose its bytes: a regular
 *               file, no link, of one name, and this user's.
 * Owners:       FAT, exFAT and NTFS give all files to whoever the volume was mounted for, some NFS servers give
 *               root's to nobody. There a file that this user makes now shows what this user's files look like.
 */
#ifndef SEALIFT_SOURCE_UNFINISHED_H
#define SEALIFT_SOURCE_UNFINISHED_H

#include <stdbool.h>
#include <sys/stat.h>

#include "resolver/base/err.h"

/*
 * Opens path for reading and writing; a new file gets mode, less the umask. One that is there keeps its bytes if
 * the caller goes on with them, else it is emptied.
 * On failure *fd is -1 and what was there is as it was; err does not name the path: ERR_POLICY (what is there is
 * not this user's own), ERR_IO (also: another run is writing to it), ERR_LIMIT (a full disk).
 */
enum err_code unfinished_open(const char *path, mode_t mode, bool goes_on, int *fd,
                              struct err *err) MUST_USE;

/*
 * Why what is at path cannot be a file that this user left there, whose bytes nobody else could choose: "is a
 * symbolic link", "is no regular file", "has several names", "belongs to another user" and, of a file that was
 * made for this user alone, "can be written to by others". NULL when it can.
 */
const char *unfinished_not_own(const char *path, const struct stat *status, bool is_private);

#endif
