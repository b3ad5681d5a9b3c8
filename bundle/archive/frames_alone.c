#include "bundle/archive/frames_alone.h"

#include <string.h>

#include "resolver/base/cursor.h"

#define ZSTD_MAGIC "\x28\xb5\x2f\xfd"
#define SEEKABLE_MAGIC 0x8F92EAB1u
#define PIECE ((size_t)16 << 10)

bool frames_alone_is(struct slice start)
{
    return slice_equal(slice_part(start, 0, 4), SLICE(ZSTD_MAGIC));
}

static enum err_code refuse(struct err *err)
{
    return err_set(err, ERR_FORMAT, "has no seek table as bundles have it");
}

/* The number of frames, from the end of the table. */
static enum err_code read_count(const struct image *blob, uint32_t *count, struct err *err)
{
    uint8_t footer[SEEK_FOOTER_SIZE] = {0};
    struct cursor in = cursor_of(slice_of(footer, sizeof footer));
    enum err_code rc;

    if (blob->size < SEEK_HEADER_SIZE + SEEK_ENTRY_SIZE + SEEK_FOOTER_SIZE)
        return refuse(err);
    rc = image_read(blob, blob->size - sizeof footer, footer, sizeof footer, err);
    if (rc != ERR_OK)
        return rc;
    *count = cursor_le32(&in);
    if (cursor_u8(&in) != 0 || cursor_le32(&in) != SEEKABLE_MAGIC || *count == 0 ||
        seek_table_size(*count) > blob->size)
        return refuse(err);
    return ERR_OK;
}

/* The raw size of the frame that has the entry at that offset. */
static enum err_code read_raw_size(const struct image *blob, uint64_t at, uint32_t *size,
                                   struct err *err)
{
    uint8_t entry[SEEK_ENTRY_SIZE] = {0};
    struct cursor in = cursor_of(slice_of(entry, sizeof entry));
    enum err_code rc = image_read(blob, at, entry, sizeof entry, err);

    cursor_take(&in, 4);
    *size = cursor_le32(&in);
    return rc;
}

static enum err_code hash(const struct image *blob, uint8_t digest[SHA256_SIZE], struct err *err)
{
    uint8_t piece[PIECE];
    struct sha256 state;

    sha256_init(&state);
    for (uint64_t at = 0; at < blob->size;) {
        size_t size = blob->size - at < PIECE ? (size_t)(blob->size - at) : PIECE;

        if (image_read(blob, at, piece, size, err))
            return err->code;
        sha256_update(&state, slice_of(piece, size));
        at += size;
    }
    sha256_final(&state, digest);
    return ERR_OK;
}

/* To a size that frames may have; 0 when there is none so large. */
static uint32_t round_up(uint32_t size)
{
    if (size > FRAMES_RAW_SIZE_MAX)
        return 0;
    return (size + FRAMES_RAW_SIZE_MIN - 1) / FRAMES_RAW_SIZE_MIN * FRAMES_RAW_SIZE_MIN;
}

static enum err_code read_facts(const struct image *blob, struct frames_facts *facts,
                                struct err *err)
{
    uint32_t count = 0, last = 0;
    uint64_t entries_at;
    enum err_code rc = read_count(blob, &count, err);

    if (rc != ERR_OK)
        return rc;
    entries_at = blob->size - seek_table_size(count) + SEEK_HEADER_SIZE;
    rc = read_raw_size(blob, entries_at, &facts->frame_size, err);
    if (rc == ERR_OK)
        rc = read_raw_size(blob, entries_at + (uint64_t)(count - 1) * SEEK_ENTRY_SIZE, &last, err);
    if (rc != ERR_OK)
        return rc;
    facts->stored_size = blob->size;
    facts->raw_size = (uint64_t)(count - 1) * facts->frame_size + last;
    if (count == 1) /* the last frame may be shorter than the others */
        facts->frame_size = round_up(last);
    if (frames_check_size(facts->frame_size, err))
        return refuse(err);
    return hash(blob, facts->stored_digest, err);
}

enum err_code frames_alone_facts(const struct image *blob, struct frames_facts *facts,
                                 struct err *err)
{
    enum err_code rc;

    memset(facts, 0, sizeof *facts);
    rc = read_facts(blob, facts, err);
    if (rc != ERR_OK)
        memset(facts, 0, sizeof *facts);
    return rc;
}
