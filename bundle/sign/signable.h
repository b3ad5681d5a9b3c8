/*
 * signable.h - what a file's name says it is, and whether it is that: asked before it is signed.
 *
 * In the flow:  file -> [signable] -> signer
 * Known names:  lookup tables: images/UID.json, .../image/info.json, and the local names UID.json and
 *               constellation_v2_ref_..._image_info.json; measurements: measurements.yaml and
 *               measurements.json, in any folder.
 * Checked here: that such a file parses as what it is named; that a table carries ref, stream and
 *               version, so that it cannot be replayed for another; and where the path names a
 *               version or csp (layout.h), that the contents name the same.
 * Order:        measurements.h reads nothing that is not verified. So signable_check looks at the
 *               frame alone, and the values are read by signable_check_signed, from a signature that
 *               was made but not yet handed out.
 * Not checked:  files with other names; whether references and values are the right ones.
 */
#ifndef SEALIFT_BUNDLE_SIGN_SIGNABLE_H
#define SEALIFT_BUNDLE_SIGN_SIGNABLE_H

#include "resolver/base/arena.h"
#include "resolver/core/layout.h"
#include "resolver/core/verify.h"

#define SIGNABLE_LISTED_MAX 64 /* sets of measurements in one document */

enum signable_kind { SIGNABLE_ANY, SIGNABLE_TABLE, SIGNABLE_MEASUREMENTS };

/* What the path says. It should be absolute and have no ".", ".." or double slash, so that the
 * folders that matter are in it. */
enum signable_kind signable_kind_of(const char *path);

/* The most bytes that a document of that kind may have; SIZE_MAX for SIGNABLE_ANY. */
size_t signable_max_bytes(enum signable_kind kind);

/*
 * The first half. scratch is used meanwhile and may be cleared afterwards.
 *   ERR_FORMAT  does not parse as what its name says
 *   ERR_POLICY  a table without ref, stream or version
 *   ERR_FORGED  the path names another version or csp than the contents
 *   ERR_LIMIT   larger than such a document may be; scratch is full
 */
enum err_code signable_check(const char *path, struct slice bytes, struct arena *scratch,
                             struct err *err) MUST_USE;

/* Of a file of no known kind, at most SIGNABLE_TEXT_MAX bytes: ERR_POLICY when its signature would be one of
 * a bundle or of a container image; ERR_LIMIT. No longer file can be such a text. */
#define SIGNABLE_TEXT_MAX ((size_t)64 << 10)
enum err_code signable_check_other(struct slice bytes, struct arena *scratch,
                                   struct err *err) MUST_USE;

/* What measurements say they are, which tells their place in a repository and nothing more: it is not
 * verified. */
struct signable_claim {
    enum layout layout; /* by their form */
    struct uid uid;
    enum csp csp; /* CSP_NONE in layout v2, whose file is of several */
};

/* Reads that; on failure *claim is zeroed. ERR_FORMAT, ERR_LIMIT. */
enum err_code signable_read_claim(struct slice bytes, struct arena *scratch,
                                  struct signable_claim *claim, struct err *err) MUST_USE;

/* The second half, for measurements: every set in the document is read as the resolver would.
 * ERR_FORMAT, ERR_LIMIT (also for more than SIGNABLE_LISTED_MAX sets), ERR_AMBIGUOUS for two sets of
 * one variant. Does nothing for other kinds. */
enum err_code signable_check_signed(const char *path, const struct verified *document,
                                    struct arena *scratch, struct err *err) MUST_USE;

#endif
