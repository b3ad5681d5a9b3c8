/*
 * bundle_parts.h - the parts of a split archive as one image, read in place.
 *
 * In the flow:  part files, in any order and from several folders -> [bundle_parts] -> image ->
 *               bundle_open_archive
 * Checked here: that each file is a part (bundle_part.h) and as long as its header says; that all
 *               belong to one set; that none is there twice and none is missing. Missing ones are
 *               named by their numbers.
 * Not checked:  the bodies, but by bundle_parts_check; and signatures of the headers. The bundle
 *               inside has its own: a damaged part shows there, too, and bundle_parts_find names it.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_BUNDLE_PARTS_H
#define SEALIFT_BUNDLE_ARCHIVE_BUNDLE_PARTS_H

#include "bundle/archive/bundle_part.h"

/* A file that was given. */
struct bundle_part_file {
    const char *name; /* for messages */
    struct image image;
};

struct bundle_parts {
    struct image image;       /* the archive; its ctx is this struct, which must stay in place */
    struct bundle_part first; /* the header of the file that was given first */
    const struct bundle_part_file **files; /* of each part, by number - 1 */
};

/* Whether a file begins as a part does; false when it cannot be read, too. */
bool bundle_parts_is(const struct image *image);

/* Reads the header of one file, which is allocated in arena, and checks the file's length. err does
 * not name the file. ERR_CORRUPT when the file is too short or too long. */
enum err_code bundle_parts_read(const struct image *image, struct arena *arena,
                                struct bundle_part *part, struct err *err) MUST_USE;

/* Puts parts together. files must outlive *parts. On failure *parts is zeroed; err names the file, or
 * the parts that are missing (ERR_CORRUPT); ERR_FORMAT for parts of two sets or one given twice. */
enum err_code bundle_parts_open(const struct bundle_part_file *files, size_t count,
                                struct arena *arena, struct bundle_parts *parts, struct err *err)
    MUST_USE;

/* Reads the body of a part and compares its digest with the one in its header. ERR_CORRUPT, naming
 * the part by its number. */
enum err_code bundle_parts_check(const struct image *image, const struct bundle_part *part,
                                 struct err *err) MUST_USE;

/* Checks the bodies of all parts and names all that are damaged. */
enum err_code bundle_parts_find(const struct bundle_parts *parts, struct err *err) MUST_USE;

#endif
