/*
 * subject.h - what measure and explain are given: told by contents, opened, ready to be read.
 *
 * In the flow:  paths -> [subject] -> image -> predict; bytes -> eventlog, claims, pcr_file
 * Told apart:   a folder, the parts of an archive, or a tar archive is a bundle, and an image in it is
 *               chosen by uid, csp and variant; "MZ" begins a UKI; zstd begins an image, or a UKI, that
 *               is compressed; an event log says so itself; text is a document; everything else is a disk.
 * Trust:        a bundle is checked with the keys given, and its structure and the image's digest in any
 *               case. Without keys, and of all other files, nothing is known of where they come from.
 * Check = use:  each file is opened once. subject_unchanged, called when all has been read of an image, finds
 *               out a file that was written to meanwhile; of a bundle each piece is checked as it is read.
 * Size:         a file that says it is empty, as those of the kernel do, is read to its end, up to what an
 *               event log may have.
 * Memory:       images are read in place, documents into the arena. An image in zstd without a seek
 *               table goes into a temporary file (unpacked.h) in TMPDIR.
 */
#ifndef SEALIFT_BUNDLE_CLI_SUBJECT_H
#define SEALIFT_BUNDLE_CLI_SUBJECT_H

#include <sys/stat.h>

#include "bundle/archive/bundle_image.h"
#include "bundle/archive/bundle_input.h"
#include "bundle/archive/unpacked.h"
#include "resolver/cli/options.h"
#include "resolver/core/keys.h"

enum subject_kind { SUBJECT_DISK, SUBJECT_UKI, SUBJECT_LOG, SUBJECT_DOCUMENT };

/* Which image of a bundle is meant; what is empty does not choose. */
struct subject_choice {
    struct slice uid, csp, variant;
    const struct keys *keys; /* NULL or none: the bundle's signatures are not checked */
};

struct subject {
    const char *const *paths; /* one, or the parts of an archive */
    size_t path_count;
    enum subject_kind kind;
    struct image image; /* of disks and UKIs */
    struct slice bytes; /* of logs and documents */
    const struct manifest *manifest; /* of a bundle: what the image belongs to; else NULL */
    const struct layer *layer;
    bool is_signed; /* the bundle's signatures were checked and hold */
    /* Not for users: */
    int fd;
    struct stat status; /* of the file, when it was opened */
    struct image file;
    struct frames_image frames;
    struct unpacked unpacked;
    struct bundle_input input;
    struct bundle_image carried;
};

/* Nothing: subject_close does nothing then. */
void subject_init(struct subject *subject);

/* Whether path is a bundle, or a part of one: a folder with oci-layout in it, or a file that begins as an
 * archive or a part does. False for all other folders and files. ERR_IO; err names the path. */
enum err_code subject_is_bundle(const char *path, bool *is_bundle, struct err *err) MUST_USE;

/* How many of the paths, from the first on (count is 1 at least), are one subject: more than one are
 * parts of one archive, or damaged parts, which are for subject_open to refuse. */
size_t subject_count(const char *const *paths, size_t count);

/*
 * Opens what is at the paths, which must outlive it; several must be the parts of an archive. subject
 * must stay where it is until subject_close, which must follow after failure too. err names the path.
 *   ERR_IO, ERR_LIMIT          it cannot be read, or not into memory
 *   ERR_USAGE                  several paths that are not parts
 *   ERR_CORRUPT                it is zstd that is broken or cut off
 *   ERR_NOT_FOUND, ERR_AMBIGUOUS  no image of the bundle is meant, or several
 *   and those of bundle_input.h, bundle_verify and bundle_image.h
 */
enum err_code subject_open(const char *const *paths, size_t count,
                           const struct subject_choice *choice, struct arena *arena,
                           struct subject *subject, struct err *err) MUST_USE;

/* Whether the file of a disk or a UKI is as it was when it was opened: ERR_IO (file_unchanged), or what
 * bundle_input_unchanged gives; err names the path. What is in memory (bytes) cannot change. */
enum err_code subject_unchanged(const struct subject *subject, struct err *err) MUST_USE;

void subject_close(struct subject *subject);

#endif
