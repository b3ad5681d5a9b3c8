/*
 * sealift_bundle.h - the C API of bundles, in libsealift-bundle.a: read, check and write archives.
 *
 * In the flow:      archive -> sealift_bundle_open -> what it says of itself, for showing
 *                   -> sealift_bundle_verify with keys -> struct sealift_trusted_bundle
 *                   -> sealift_bundle_read, sealift_bundle_read_image -> members, for using
 *                   documents, images, keys -> sealift_bundle_write -> archive
 * How it is used:   bytes come and go through callbacks: a file, flash, a network stack of the
 *                   caller's own. bundle/example.c is a complete program. FORMAT.md
 *                   (sealift-bundle(5)) has the format.
 * What it checks:   all that `sealift verify` checks of archive, manifests, signatures and digests.
 * What it does not: the members' own contents: measurements and tables have signatures of their own
 *                   (sealift.h checks them: sealift_measurements and sealift_resolve take a source
 *                   that reads members; the example does). best_before: there is no clock. Rollback:
 *                   there is no floor. Folders (OCI layouts) are not read; of a split archive, give
 *                   the bodies of its parts, one after the other, without their headers of 64 KiB.
 * Memory:           the caller gives it, and handles, strings and lists live in it: nothing is to be
 *                   closed, and it may be used again once they are not needed. The heap is used
 *                   while a call runs, as each function says, and is given back before it returns.
 *                   The stack used is under 128 KiB.
 * What it never does: opens, connects, prints, exits, reads clock or environment, keeps global state
 *                   (but which SHA-256 this processor does fastest), or starts a thread that was not
 *                   asked for.
 * Threads:          one at a time for each bundle; different bundles do not know of each other. All
 *                   callbacks are called on the caller's thread, and must not call back with the
 *                   same bundle.
 * Failure:          every function that can fail returns a status (sealift.h), 0 being success, and
 *                   fills error; outputs are then zeroed. Statuses that are not named at a function
 *                   do not come from it, but for SEALIFT_BUG.
 * A header of its own: the resolver's library is for microcontrollers too, and has neither zstd nor
 *                   threads; who only resolves does not link or read this.
 * Linking:          cc ... $(pkg-config --cflags --libs sealift-bundle), which brings sealift along
 */
#ifndef SEALIFT_BUNDLE_H
#define SEALIFT_BUNDLE_H

#include "resolver/sealift.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SEALIFT_DIGEST_SIZE 32 /* bytes of a SHA-256 digest */

/* Bytes that can be read at any offset. */
struct sealift_input {
    void *context;
    uint64_t size; /* bytes, all the time */

    /* Puts exactly size bytes from offset `at` into `into`; at + size is at most the input's size. 0
     * when that is done; any other number ends the call with SEALIFT_IO and stands in the message. */
    int (*read)(void *context, uint64_t at, void *into, size_t size);
};

/* Takes bytes from the first to the last. Each returns 0, or a number that ends the call with
 * SEALIFT_IO: the way to cancel, too. */
struct sealift_sink {
    void *context;
    int (*write)(void *context, const void *data, size_t size); /* all of them; size > 0 */
    int (*skip)(void *context, uint64_t size); /* the next bytes are zeros; NULL: they are written */
};

/* Takes bytes at offsets, in no order: the front of an archive is known last. As sealift_sink. */
struct sealift_output {
    void *context;
    /* What has not been written below the end must read as zeros; what has may be written again. */
    int (*write)(void *context, uint64_t at, const void *data, size_t size);
    int (*set_size)(void *context, uint64_t size); /* once, as the last call: the archive's size */
};

/* --- reading ------------------------------------------------------------------------------- */

enum sealift_bundle_kind {
    SEALIFT_BUNDLE_TABLE,
    SEALIFT_BUNDLE_MEASUREMENTS_YAML,
    SEALIFT_BUNDLE_MEASUREMENTS_JSON,
    SEALIFT_BUNDLE_SIGNATURE,  /* of another member: .sig or .sigstore.json */
    SEALIFT_BUNDLE_IMAGE_ZSTD, /* a raw disk image, compressed in frames */
    SEALIFT_BUNDLE_IMAGE_RAW,
    SEALIFT_BUNDLE_OTHER
};

enum sealift_bundle_state {
    SEALIFT_BUNDLE_UNVERIFIED, /* nobody vouches for what this says */
    SEALIFT_BUNDLE_SIGNED,     /* listed in a manifest that the keys have signed; its bytes not read */
    SEALIFT_BUNDLE_VERIFIED    /* so listed, and once read to its end, with the digest that is listed.
                                  For showing: bytes that are read again are checked again */
};

/* A file of the bundle, as the manifest of its version lists it. */
struct sealift_bundle_member {
    const char *uid;        /* of its version */
    const char *title;      /* its path in a repository: safe, relative, printable */
    const char *media_type; /* untrusted text, as the state says */
    const char *csp;        /* images: aws, azure, gcp, openstack, qemu; else "" */
    const char *variant;    /* images: "" where it is for any; else "" */
    enum sealift_bundle_kind kind;
    enum sealift_bundle_state state;
    uint64_t size;                       /* bytes as stored */
    uint8_t digest[SEALIFT_DIGEST_SIZE]; /* SHA-256 of these */
    uint64_t raw_size;                   /* images: bytes of the raw disk; else 0 */
    uint8_t raw_digest[SEALIFT_DIGEST_SIZE]; /* images: SHA-256 of these; else zeros */
    uint32_t frame_size; /* IMAGE_ZSTD: raw bytes of a frame, and of zstd's window; else 0 */
    bool is_unsigned;    /* packed although no valid signature of it was there */
};

/* What the bundle carries for one version. */
struct sealift_bundle_release {
    const char *uid;
    const char *program;  /* what packed it */
    int64_t created;      /* seconds since 1970; 0: it does not say */
    int64_t best_before;  /* likewise; for the caller to compare with a clock that it trusts */
    uint8_t digest[SEALIFT_DIGEST_SIZE]; /* of the manifest: what is signed */
    struct sealift_signers signers; /* after sealift_bundle_verify: into its keys; before: count 0 */
    size_t other_signatures;        /* after it: signatures by keys that were not given */
};

/* An archive that was opened. Nothing of it is to be trusted. */
struct sealift_bundle;

/* One all of whose manifests are signed as the keys demand: made by sealift_bundle_verify alone. */
struct sealift_trusted_bundle;

/*
 * Opens an archive. Its front is read and compared byte by byte with what its manifests and signatures
 * make, and so is every tar header; layers are not read.
 *   archive     copied; its context is used as long as the bundle is
 *   memory      memory_size bytes, for as long as the bundle is used. A bundle of one version with ten
 *               files takes some 220 KiB, verifying included; each further file some 3 KiB
 *   *bundle     NULL on failure
 * Heap: no more than manifests and signatures take (some KiB). Errors:
 *   FORMAT   not an archive of this form, or a byte of it where none or another belongs
 *   CORRUPT  shorter than it says, a member missing, a digest or size that differs
 *   LIMIT    memory is too small, over a limit of the format, or no heap
 *   IO       archive->read failed
 */
int sealift_bundle_open(const struct sealift_input *archive, void *memory, size_t memory_size,
                        struct sealift_bundle **bundle, struct sealift_error *error);

/* What the bundle lists: *count elements, by uid; members of one version in the manifest's order. Their
 * states, signers and other_signatures change as sealift_bundle_verify and reading find out more. */
const struct sealift_bundle_release *sealift_bundle_releases(const struct sealift_bundle *bundle,
                                                             size_t *count);
const struct sealift_bundle_member *sealift_bundle_members(const struct sealift_bundle *bundle,
                                                           size_t *count);

/* The bundle that is trusted; NULL when it is not any more. */
const struct sealift_bundle *sealift_bundle_of(const struct sealift_trusted_bundle *trusted);

/*
 * Checks the signatures of all manifests: each must be signed by as many of the keys as the threshold
 * says. On success all members are at least SIGNED. It may be called again, with other keys:
 * *trusted is then the only one that can be read through. On failure *trusted is NULL, nothing can be
 * read through an earlier one, and all members are UNVERIFIED. Takes of the memory that
 * sealift_bundle_open was given some KiB a key. Heap: none. Errors, naming the uid:
 *   FORMAT   a key, or a signature, that cannot be read
 *   FORGED   a signature that names a given key and is not by it, or is about something else; none
 *            is by the keys given
 *   NO_KEY   no key given, no signature, fewer keys than the threshold
 *   LIMIT    memory is too small; over 64 keys
 */
int sealift_bundle_verify(struct sealift_bundle *bundle, const struct sealift_keys *keys,
                          struct sealift_trusted_bundle **trusted, struct sealift_error *error);

/*
 * Reads a member (an index into sealift_bundle_members) as it is stored, from its first byte to its
 * last, and checks its digest. sink may be NULL: then it is only checked.
 *
 * What the sink sees is good only if SEALIFT_OK is returned. The digest is one of all bytes, so while
 * they come nobody knows: keep them where nothing uses them (a temporary file, the slot of a flash
 * that is not booted), and until the end do not parse, show, run or forward them, and rename nothing
 * into place. After any failure throw them away: they may be anybody's. What is stored is read once:
 * the bytes that the sink got are those that were hashed.
 *
 * Heap: none; beside the stack nothing is used. Errors:
 *   CORRUPT  another digest or size than is listed: of what was sent nothing may be used
 *   NO_KEY   a later sealift_bundle_verify has failed
 *   IO       reading or the sink failed
 *   USAGE    there is no such member
 */
int sealift_bundle_read(struct sealift_trusted_bundle *trusted, size_t member,
                        const struct sealift_sink *sink, struct sealift_error *error);

/*
 * Reads an image as the raw disk, decompressed, and checks three things: that each frame has exactly
 * the size that it must have, the digest of what is stored, and that of the raw disk. Never more than
 * raw_size bytes come. What sealift_bundle_read says of the sink holds here, too.
 *   threads  0: none is started. Else that many decompress, and one hashes; the sink is still called
 *            here alone. A system that refuses threads slows it down, and nothing else
 * Heap: without threads at most three times frame_size, 256 KiB and 8 bytes a frame: 3.2 MiB with
 * frames of 1 MiB (what `sealift pack` makes; zstd's window is the frame), under 1 MiB with frames of
 * 256 KiB. With threads at most 33 MiB. IMAGE_RAW: none. Errors as sealift_bundle_read; besides:
 *   CORRUPT  a frame that is damaged or not as declared
 *   LIMIT    no heap
 *   USAGE    the member is no image
 */
int sealift_bundle_read_image(struct sealift_trusted_bundle *trusted, size_t member,
                              unsigned threads, const struct sealift_sink *sink,
                              struct sealift_error *error);

/* --- writing ------------------------------------------------------------------------------- */

struct sealift_bundle_item {
    enum sealift_bundle_kind kind;
    const char *uid;   /* of its version; items of one bundle may have several */
    const char *title; /* its path in a repository. Of images NULL will do: images/UID/CSP-VARIANT.raw,
                          with .zst for IMAGE_ZSTD */
    const char *media_type;            /* OTHER: its own, "text/plain"; else NULL */
    struct sealift_bytes bytes;        /* what is no image: its contents, at most 16 MiB, */
    const struct sealift_input *input; /* or where to read them. Images: the raw disk, read once and
                                          in order, also where several items have the same pointer */
    const char *csp;     /* images: aws, azure, gcp, openstack or qemu */
    const char *variant; /* images: NULL or "" for any */
    bool is_unsigned;    /* no signature that was checked: the bundle says so for ever, and without
                            it `sealift verify` refuses measurements that nobody has signed */
};

#define SEALIFT_SIGNATURE_MAX 512 /* bytes */

struct sealift_bundle_signer {
    struct sealift_bytes pem; /* a private key that is not encrypted; with sign a public one */
    void *context;

    /*
     * NULL, or signs elsewhere (an HSM): a signature of the document with that SHA-256 digest; ECDSA as
     * DER, RSA as PKCS#1 v1.5, at most SEALIFT_SIGNATURE_MAX bytes. Called twice for each version. 0,
     * or a number that ends the call with SEALIFT_IO.
     */
    int (*sign)(void *context, const uint8_t digest[SEALIFT_DIGEST_SIZE], uint8_t *signature,
                size_t *size);
};

/* All zeros but items will do: an unsigned bundle, which `sealift sign` can sign. */
struct sealift_bundle_plan {
    const struct sealift_bundle_item *items;
    size_t item_count;
    const struct sealift_bundle_signer *signers; /* different keys, at most 32 */
    size_t signer_count;
    int64_t created, best_before; /* seconds since 1970; 0: it does not say */
    const char *program;          /* NULL: the library's name and version */
    uint32_t frame_size;          /* of IMAGE_ZSTD: a multiple of 4096, at most 8 MiB; 0: 1 MiB */
    int level;                    /* of compression, 1 to 19; 0: 3 */
    unsigned threads;             /* 0: none is started */
};

/*
 * Writes a bundle. The same plan gives the same bytes, whatever the order of items and the threads.
 *   plan      with all that it points to, for the time of the call
 *   output    empty; what it holds is no bundle before success, and useless after failure
 *   memory    for the time of the call: some 150 KiB, 5 KiB an item, 50 KiB a signer, and the
 *             documents that come through input. Private keys that were copied there are wiped
 *   *size     bytes of the archive; 0 on failure
 * Heap: without threads some 6 MiB at level 3 and 22 MiB at 19, with frames of 1 MiB; with threads at
 * most 70 MiB, or what one needs. None without IMAGE_ZSTD. Errors, naming the title:
 *   USAGE    no such csp; an item without contents, or with too many
 *   FORMAT   a uid, title, place or key that is none; two items that clash; a signature that the
 *            signer's key does not validate
 *   LIMIT    memory or heap; over a limit of the format
 *   IO       a callback failed
 */
int sealift_bundle_write(const struct sealift_bundle_plan *plan, const struct sealift_output *output,
                         void *memory, size_t memory_size, uint64_t *size,
                         struct sealift_error *error);

#ifdef __cplusplus
}
#endif

#endif
