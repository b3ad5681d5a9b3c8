/*
 * sealift.h - the C API of Sealift's resolver, in libsealift.a.
 *
 * What it does:     finds the image reference of a confidential VM's version in lookup tables, and its
 *                   expected measurements, which it hands out only when their signature holds.
 * How it is used:   the caller describes what it wants (struct sealift_request), where documents
 *                   come from (struct sealift_source: memory, flash, a directory, a network stack of
 *                   its own), which public keys it trusts, and gives memory. One call answers.
 *                   resolver/example.c is a complete program.
 * What it checks:   all that the programs check: the lookup order, strict parsing, identity of
 *                   documents, signatures, thresholds.
 * What it does not: it opens no connection, starts no thread, prints nothing, never exits, keeps no
 *                   global state (but which SHA-256 this processor does fastest) and reads neither
 *                   clock nor environment. It calls malloc only inside the YAML parser
 *                   (measurements in YAML). Two threads may use it at once with memory of their own.
 * Failure:          every function returns a status, 0 being success, and fills error; outputs are
 *                   then zeroed. The statuses are the programs' exit statuses.
 * Linking:          cc ... $(pkg-config --cflags --libs sealift)
 */
#ifndef SEALIFT_H
#define SEALIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum sealift_status {
    SEALIFT_OK = 0,
    SEALIFT_BUG = 1,       /* an internal error */
    SEALIFT_USAGE = 2,     /* the request makes no sense: an unknown csp, no uid */
    SEALIFT_FORMAT = 3,    /* an input is malformed */
    SEALIFT_NOT_FOUND = 4, /* no such version, csp, region or variant; the message lists what there is */
    SEALIFT_AMBIGUOUS = 5, /* several entries fit and nothing chose between them */
    SEALIFT_FORGED = 6,    /* a signature is present and not valid, or a document is for another
                              version or csp than asked */
    SEALIFT_NO_KEY = 7,    /* no key, no signature, or fewer than the threshold */
    SEALIFT_POLICY = 8,    /* refused by a safety rule */
    SEALIFT_CORRUPT = 9,   /* bytes differ from what was signed (sealift_bundle.h) */
    SEALIFT_IO = 10,       /* a source failed; nothing can be said about trust */
    SEALIFT_LIMIT = 11     /* the memory given is too small, or an input is over its cap */
};

#define SEALIFT_MESSAGE_SIZE 512

struct sealift_error {
    int status;                         /* an enum sealift_status */
    char message[SEALIFT_MESSAGE_SIZE]; /* one line, NUL-terminated; untrusted text is escaped */
};

struct sealift_bytes {
    const void *data;
    size_t size; /* bytes */
};

/*
 * Memory of one call and of its answer. Strings of an answer live in it, so it may be used again
 * (or freed) only when they are no longer needed. A table of N bytes takes about 3.5 N (and N more
 * when the source copies it here); measurements and signatures take 64 KiB.
 */
struct sealift_memory;

/* For sources: size bytes of the call's memory, aligned for any type, or NULL when it is full. */
void *sealift_alloc(struct sealift_memory *memory, size_t size);

enum sealift_answer { SEALIFT_ABSENT, SEALIFT_FOUND, SEALIFT_FAILED };

/*
 * Where documents come from. name is a relative path of segments [A-Za-z0-9._-] joined by single
 * slashes, such as "images/v2.2.0.json", at most 767 characters. get answers with
 *   SEALIFT_FOUND   and *document: at most max_size bytes that stay valid as long as the answer is
 *                   used: the source's own, or from sealift_alloc
 *   SEALIFT_ABSENT  there is no such document: the next name is tried
 *   SEALIFT_FAILED  nobody can tell: the call ends with SEALIFT_IO, or with SEALIFT_LIMIT where
 *                   sealift_alloc has just refused this source the room
 */
struct sealift_source {
    void *context;
    const char *name; /* for messages and answers: "flash", a path, a URL */
    enum sealift_answer (*get)(void *context, const char *name, size_t max_size,
                               struct sealift_memory *memory, struct sealift_bytes *document);
};

/* What is asked. NULL or "" where no choice is made. */
struct sealift_request {
    const char *uid;     /* "v2.2.0", "stream/debug/v2.3.0", ...: at most 200 characters */
    const char *csp;     /* aws, azure, gcp, openstack, qemu; may follow from variant */
    const char *region;  /* AWS alone */
    const char *variant; /* attestation variant or security type, by its old or new name */
};

/* Public keys: the text of PEM files (ECDSA P-256 and P-384, RSA 2048 to 4096), at most 64. */
struct sealift_keys {
    const struct sealift_bytes *pem;
    size_t count;
    size_t threshold; /* that many different keys must have signed; 0 is the same as 1 */
};

struct sealift_signers {
    size_t count;
    size_t index[64]; /* into sealift_keys.pem, the first of equal keys */
};

struct sealift_reference {
    const char *reference; /* what the cloud calls the image */
    const char *variant;   /* by its new name */
    const char *region;    /* "" but on AWS */
    const char *document;  /* the table's name in its source */
    bool is_local;         /* from `local`, not from `repository` */
    struct sealift_signers signers; /* count 0: the table is unsigned */
};

/*
 * Finds the reference of an image: in `local` as <uid>.json or by the name that Constellation's CLI
 * reads, then in `repository` in the layouts rfc, v1 and v2. Either may be NULL. With table_keys
 * the table must be signed; without (NULL, or count and threshold 0) an unsigned one is taken. A
 * threshold without keys is SEALIFT_NO_KEY. Errors: all of the above.
 */
int sealift_resolve(const struct sealift_request *request, const struct sealift_source *local,
                    const struct sealift_source *repository, const struct sealift_keys *table_keys,
                    void *memory, size_t memory_size, struct sealift_reference *reference,
                    struct sealift_error *error);

#define SEALIFT_REGISTERS 24
#define SEALIFT_REGISTER_SIZE 48

struct sealift_measurements {
    size_t register_size; /* bytes: 32 for PCRs; 48 for TDX (0 = MRTD, 1 to 4 = RTMR0 to RTMR3) */
    const char *variant;  /* by its new name; "" where the document names none */
    const char *document; /* its name in the repository */
    struct {
        bool is_set;
        bool warn_only;
        uint8_t expected[SEALIFT_REGISTER_SIZE]; /* register_size of them */
    } registers[SEALIFT_REGISTERS];
    struct sealift_signers signers;
};

/*
 * Finds the measurements of an image in the repository, verifies and reads them. keys must not be
 * empty. Errors: all of the above.
 */
int sealift_measurements(const struct sealift_request *request,
                         const struct sealift_source *repository, const struct sealift_keys *keys,
                         void *memory, size_t memory_size,
                         struct sealift_measurements *measurements, struct sealift_error *error);

/*
 * Checks detached signatures (the text of .sig or .sigstore.json files, at most 64) of a document that is
 * in memory. Every signature given must be valid for one of the keys, and the threshold must be
 * reached. Errors: FORMAT, FORGED, NO_KEY, LIMIT.
 */
int sealift_verify(struct sealift_bytes document, const struct sealift_bytes *signatures,
                   size_t signature_count, const struct sealift_keys *keys, void *memory,
                   size_t memory_size, struct sealift_signers *signers,
                   struct sealift_error *error);

/* "not-found" and so on; "bug" for a number that is none. */
const char *sealift_status_name(int status);

/* The version of the library, "0.1.0". */
const char *sealift_version(void);

#ifdef __cplusplus
}
#endif

#endif
