/*
 * bundle_reader.h - a bundle that is there: opened, checked, and read member by member.
 *
 * In the flow:  archive, parts or folder -> [bundle_open_*] -> struct bundle, for looking at
 *               -> [bundle_verify] with keys -> struct trusted_bundle -> bundle_read_*, for using
 * Trust:        struct trusted_bundle is made by bundle_verify and nowhere else; what is read through
 *               it has been listed in a signed manifest and its digest is checked. What comes through
 *               bundle_peek says of itself that it is not.
 * Archives:     every byte before the layers, every tar header and every byte of padding must be what
 *               bundle_writer makes of the manifests and signatures; index.json may end in blanks, to
 *               a multiple of 512 bytes. The layers' own bytes are checked when they are read.
 * Folders:      an OCI layout as skopeo, oras or a registry bring it back: trust rests on the signed
 *               manifests and the digests alone; tags, annotations of index.json and other content
 *               do not matter. A uid that all manifests list may be absent (`missing`).
 * Check = use:  everything is read through the image or files that were opened, never by path again.
 * Memory:       what the front needs, in the caller's arena: well under 1 MiB for a usual bundle; the
 *               arena and what was opened must outlive the bundle. Reading takes COPY_BUFFER more,
 *               on the stack, however large a member is.
 * Errors:       ERR_FORMAT structure; ERR_FORGED, ERR_NO_KEY signature; ERR_CORRUPT bytes that have
 *               another digest or size than is listed, or are missing.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_BUNDLE_READER_H
#define SEALIFT_BUNDLE_ARCHIVE_BUNDLE_READER_H

#include "bundle/archive/bundle_layout.h"
#include "bundle/archive/bundle_load.h"
#include "bundle/archive/bundle_trust.h"

/* A member of an archive, as it was found. */
struct bundle_entry {
    struct slice name, link; /* link: empty for a file */
    uint64_t time, size, at;
};

struct bundle {
    struct signed_manifest *manifests; /* by uid, ascending; one at least */
    size_t count;
    const struct uid *missing; /* folders: the first uid that is listed but absent; else NULL */
    bool is_archive;
    struct bundle_layout layout; /* archives */
    uint64_t area_size;          /* archives: bytes before the first layer */
    uint64_t room;               /* archives: bytes that blanks keep free there */
    /* Not for users: */
    struct bundle_files files;
    const struct image *image;
    struct bundle_entry *entries;
    size_t entry_count;
};

/* Opens an archive (a file, or parts through bundle_parts.h). bundle must stay where it is. On
 * failure it is zeroed; a file that is no archive from its first byte on is ERR_FORMAT. */
enum err_code bundle_open_archive(const struct image *image, struct arena *arena,
                                  struct bundle *bundle, struct err *err) MUST_USE;

/* Opens a folder. */
enum err_code bundle_open_folder(const struct bundle_files *files, struct arena *arena,
                                 struct bundle *bundle, struct err *err) MUST_USE;

/*
 * The name of what a bundle carries, for receipts and staging folders: SHA-256 over the digests of its
 * manifests, each as 64 hexadecimal digits and a line feed, by uid. The same for an archive, its parts
 * and a folder, whatever signatures are attached.
 */
void bundle_digest(const struct bundle *bundle, uint8_t digest[SHA256_SIZE]);

/* A bundle all of whose manifests are signed as the keys demand. */
struct trusted_bundle {
    const struct bundle *bundle;
    struct bundle_signers *signers; /* of each manifest */
};

/* Checks the signatures of every manifest (bundle_trust.h). On failure *trusted is zeroed; err names
 * the uid. */
enum err_code bundle_verify(const struct bundle *bundle, const struct keys *keys,
                            struct arena *arena, struct trusted_bundle *trusted, struct err *err)
    MUST_USE;

/* Reads a layer of at most max_bytes, checked, into arena. */
enum err_code bundle_read_bytes(const struct trusted_bundle *trusted, const struct layer *layer,
                                uint64_t max_bytes, struct arena *arena, struct slice *bytes,
                                struct err *err) MUST_USE;

/* Sends a layer's bytes as they are stored (of an image: compressed) to sink, or nowhere when sink is
 * NULL. What the sink has taken is good only if the answer is ERR_OK. */
enum err_code bundle_read_stored(const struct trusted_bundle *trusted, const struct layer *layer,
                                 const struct sink *sink, struct err *err) MUST_USE;

/* Sends an image as a raw image to sink, with its holes (frames.h). With is_deep the raw digest is
 * checked, too. ERR_BUG for a layer that is no image. */
enum err_code bundle_read_image(const struct trusted_bundle *trusted, const struct layer *layer,
                                bool is_deep, const struct frames_settings *settings,
                                const struct sink *sink, struct err *err) MUST_USE;

/* Opens a layer's blob, with the size that is listed and bytes that nobody has checked: for plans that
 * may be wrong. ERR_CORRUPT, ERR_IO; *file must stay where it is, and be closed with the other. */
enum err_code bundle_open_layer(const struct bundle *bundle, const struct layer *layer,
                                struct bundle_file *file, struct err *err) MUST_USE;
void bundle_close_layer(const struct bundle *bundle, struct bundle_file *file);

/* As bundle_read_bytes, without trust: the bytes have the digest that an unsigned or unchecked
 * manifest lists. For showing what a bundle claims. */
enum err_code bundle_peek(const struct bundle *bundle, const struct layer *layer,
                          uint64_t max_bytes, struct arena *arena, struct slice *bytes,
                          struct err *err) MUST_USE;

/*
 * More signatures for an archive's manifests: manifests is bundle->manifests with longer lists of
 * signatures. *area is what then belongs at the start of the archive, bundle->area_size bytes; all
 * that comes after stays. ERR_LIMIT when the room is too small; ERR_FORMAT for a folder.
 */
enum err_code bundle_attach(const struct bundle *bundle, const struct signed_manifest *manifests,
                            struct arena *arena, struct slice *area, struct err *err) MUST_USE;

#endif
