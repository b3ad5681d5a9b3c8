/*
 * pack_document.h - a table or measurements with every signature file that belongs to it.
 *
 * In the flow:  a source, or files of the user -> [pack_document] -> pack_release
 * Carried:      the bytes as they are, and all signature files: NAME.sig, NAME.sigstore.json, those of
 *               the keys given, and those of other keys, as far as the source can list its folders.
 * Trust:        pack_policy says what must be signed:
 *                 measurements  by as many of the keys as the threshold wants
 *                 a table       likewise, when table keys are given; without any, a table that has
 *                               signature files cannot be checked, and one that has none is taken
 *               What is not signed as wanted is ERR_NO_KEY, or, with allow_unsigned, taken and marked
 *               in the bundle for ever. A signature file that is there and wrong is always refused.
 * Checked here: measurements: that they are well-formed, and of the uid and csp that their title
 *               says. Tables: that they can be read and are of that uid, and carry ref, stream and
 *               version if they are signed (else they could be replayed for another uid).
 * Not checked:  signatures by keys that are not given; they must be well-formed.
 */
#ifndef SEALIFT_BUNDLE_PACK_PACK_DOCUMENT_H
#define SEALIFT_BUNDLE_PACK_PACK_DOCUMENT_H

#include "bundle/pack/pack_release.h"
#include "resolver/core/signed_document.h"

#define PACK_SIGNATURES_MAX 256 /* files of one document */

struct pack_policy {
    const struct keys *keys, *table_keys;
    bool allow_unsigned;
};

/* A signature file that was given for the document, besides those beside it. */
struct pack_given {
    const char *path;
    struct slice bytes;
    const struct key *key; /* that made it */
    enum signature_form form;
};

struct pack_document {
    enum layer_kind kind;        /* LAYER_TABLE, LAYER_MEASUREMENTS_... */
    const char *title;           /* where it belongs in a repository */
    const struct source *source; /* where its signature files lie */
    const char *name;            /* under which it lies there */
    const char *place;           /* for messages */
    enum layout layout;          /* of its title */
    enum csp csp;                /* of measurements; CSP_NONE where they are of several */
    struct slice bytes;
    const struct pack_given *given; /* signatures given for it */
    size_t given_count;
};

/*
 * Reads the signature files of a document that has been read, judges, and adds all of them to the
 * release. ERR_NO_KEY, ERR_FORGED, ERR_POLICY and ERR_FORMAT as above, naming the place; what the
 * source gives; ERR_LIMIT.
 */
enum err_code pack_document_add(const struct pack_document *document,
                                const struct pack_policy *policy, struct pack_release *release,
                                struct arena *arena, struct err *err) MUST_USE;

/*
 * Gets the document `name` from its source and adds it. A document and a signature that do not fit
 * may have been replaced in between: both are read once more before that is believed. *answer as in
 * source.h; only with SOURCE_FOUND has something been added.
 */
enum err_code pack_document_fetch(struct pack_document *document, const struct pack_policy *policy,
                                  struct pack_release *release, struct arena *arena,
                                  enum source_answer *answer, struct err *err) MUST_USE;

#endif
