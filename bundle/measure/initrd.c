#include "bundle/measure/initrd.h"

#include <string.h>

#include "bundle/measure/cpio.h"

#define FOLDER ".extra"
#define FOLDER_MODE 0555
#define FILE_MODE 0444

/* In this order; file NULL: the section's bytes as they are. */
static const struct {
    enum uki_part part;
    unsigned since;
    const char *file;
} pieces[] = {
    {UKI_UCODE, 256, NULL},
    {UKI_INITRD, 252, NULL},
    {UKI_PCRSIG, 252, "tpm2-pcr-signature.json"},
    {UKI_PCRPKEY, 252, "tpm2-pcr-public-key.pem"},
    {UKI_OSREL, 257, "os-release"},
    {UKI_PROFILE, 257, "profile"},
};
#define PIECES (sizeof pieces / sizeof pieces[0])

static bool is_in(const struct uki *uki, size_t piece)
{
    return uki->stub >= pieces[piece].since && uki->parts[pieces[piece].part];
}

static enum err_code add_contents(const struct uki *uki, enum uki_part part, bool is_padded,
                                  struct bank_hash *hash, struct err *err)
{
    struct pe_contents contents;
    struct image image = pe_contents_image(&contents, uki->file, uki->parts[part]);
    enum err_code rc = bank_update_image(hash, &image, 0, image.size, err);

    if (rc == ERR_OK && is_padded)
        bank_update_zeros(hash, cpio_padding(image.size));
    return rc;
}

static enum err_code add_archive(const struct uki *uki, enum uki_part part, const char *file,
                                 struct bank_hash *hash, struct err *err)
{
    uint8_t bytes[CPIO_HEADER_MAX];
    struct buf out;
    struct cpio cpio;
    enum err_code rc;

    buf_init_fixed(&out, bytes, sizeof bytes);
    cpio_begin(&cpio, SLICE(FOLDER), FOLDER_MODE, &out);
    cpio_file(&cpio, slice_text(file), FILE_MODE, uki->parts[part]->virtual_size, &out);
    bank_update(hash, buf_slice(&out));
    rc = add_contents(uki, part, true, hash, err);
    buf_clear(&out);
    cpio_end(&out);
    bank_update(hash, buf_slice(&out));
    return rc;
}

static enum err_code add_piece(const struct uki *uki, size_t piece, bool is_first, bool is_padded,
                               struct bank_hash *hash, struct buf *what, struct err *err)
{
    enum uki_part part = pieces[piece].part;

    buf_add_text(what, is_first ? "" : ", ");
    buf_add_text(what, pieces[piece].file ? pieces[piece].file : uki_part_name(part));
    if (pieces[piece].file)
        return add_archive(uki, part, pieces[piece].file, hash, err);
    return add_contents(uki, part, is_padded, hash, err);
}

enum err_code initrd_digest(const struct uki *uki, enum bank bank, bool *is_there,
                            uint8_t digest[BANK_SIZE_MAX], struct buf *what, struct err *err)
{
    struct bank_hash hash;
    size_t count = 0, done = 0;
    enum err_code rc = ERR_OK;

    memset(digest, 0, BANK_SIZE_MAX);
    for (size_t i = 0; i < PIECES; i++)
        count += is_in(uki, i);
    *is_there = count > 0;
    bank_init(&hash, bank);
    for (size_t i = 0; i < PIECES && rc == ERR_OK; i++) {
        if (is_in(uki, i))
            rc = add_piece(uki, i, done++ == 0, count > 1, &hash, what, err);
    }
    if (rc == ERR_OK && *is_there)
        bank_final(&hash, digest);
    return rc;
}
