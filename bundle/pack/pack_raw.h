/*
 * pack_raw.h - the raw disk images that go into a bundle: opened once each, read once, in order.
 *
 * In the flow:  files, a repository's folder, URLs -> [pack_raw] -> struct bundle_item
 * Once:         a file that is found under several names, and a URL that several entries name, is one
 *               image, and one blob in the bundle.
 * Compressed:   files that zstd made with a seek table, as import --keep-compressed leaves them, are read as
 *               the disk that is in them, and compressed anew: the bundle is the same as from the disk.
 * Checked here: regular files, not empty; that an image does not begin as another compressed file or a
 *               container of disks does: those have to be unpacked first.
 * Not checked:  that it is a disk that boots.
 * Memory:       one descriptor an open file until pack_raws_close; of compressed ones what frames_image.h
 *               says.
 */
#ifndef SEALIFT_BUNDLE_PACK_PACK_RAW_H
#define SEALIFT_BUNDLE_PACK_PACK_RAW_H

#include <sys/stat.h>

#include "bundle/archive/frames_image.h"
#include "bundle/pack/image_https.h"
#include "bundle/pack/pack_release.h"

struct pack_raws;

struct pack_raw {
    struct image image; /* its ctx is this struct */
    const char *place;  /* as the user knows it; a URL without its query, which may grant access */
    const char *url;    /* NULL: a file */
    struct pack_raws *raws;
    struct image inner;
    struct image stored;        /* a compressed file */
    struct frames_image frames; /* the disk in it */
    int fd; /* -1: of the network */
    struct stat status; /* of the file, when it was opened */
    struct image_https *https;
    struct pack_raw *next;
};

struct pack_raws {
    struct arena *arena;
    struct fetch *fetch; /* NULL: no URL is opened */
    struct pack_raw *first;

    /* How far reading has come; may be NULL. */
    void *ctx;
    void (*report)(void *ctx, uint64_t bytes_read);
    const struct pack_raw *reading;
    uint64_t read_before, read_now; /* bytes of images before this one, and of it */
};

/* Each sets *raw, which lives until pack_raws_close; NULL on failure. All: ERR_IO, ERR_LIMIT;
 * ERR_FORMAT for what is no raw image; err names path, place or URL. */

/* A file of the user. */
enum err_code pack_raws_file(struct pack_raws *raws, const char *path, struct pack_raw **raw,
                             struct err *err) MUST_USE;

/* The file `name` below the folder fd; place names it. *raw is NULL, without error, when there is
 * none. NAME.zst is taken where it is there in its place. ERR_POLICY for a link out of it. */
enum err_code pack_raws_beneath(struct pack_raws *raws, int folder, const char *name,
                                const char *place, struct pack_raw **raw,
                                struct err *err) MUST_USE;

/* An object on a web server, borrowing url. *raw is NULL, without error, when it is absent. Codes of
 * image_https_open. */
enum err_code pack_raws_url(struct pack_raws *raws, const char *url, struct pack_raw **raw,
                            struct err *err) MUST_USE;

/* Bytes of all images together; and of those, the ones in holes, which need no room. */
void pack_raws_size(const struct pack_raws *raws, uint64_t *size, uint64_t *holes);

/* Whether the files are as they were when they were opened (file_unchanged). What was compared with
 * measurements is read once more to be packed. ERR_IO names one. */
enum err_code pack_raws_unchanged(const struct pack_raws *raws, struct err *err) MUST_USE;

/* Whether any image came over http:// (known for sure when all have been read). */
bool pack_raws_cleartext(const struct pack_raws *raws);

void pack_raws_close(struct pack_raws *raws);

#endif
