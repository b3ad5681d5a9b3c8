#define ZSTD_STATIC_LINKING_ONLY
#include "bundle/archive/frame.h"

size_t frame_stored_max(uint32_t raw_size)
{
    return ZSTD_compressBound(raw_size);
}

static const char *check_header(struct slice stored, uint32_t raw_size)
{
    ZSTD_FrameHeader header;

    if (ZSTD_getFrameHeader(&header, stored.ptr, stored.len) != 0)
        return "has no zstd header";
    if (header.frameType != ZSTD_frame)
        return "is a skippable frame";
    if (header.frameContentSize == ZSTD_CONTENTSIZE_UNKNOWN)
        return "does not say its raw size";
    if (header.frameContentSize != raw_size)
        return "says another raw size than the manifest";
    if (header.windowSize > raw_size)
        return "wants a window larger than the frame";
    if (header.dictID != 0)
        return "wants a dictionary";
    return NULL;
}

const char *frame_decompress(ZSTD_DCtx *context, struct slice stored, uint8_t *raw,
                             uint32_t raw_size)
{
    const char *wrong = check_header(stored, raw_size);

    if (wrong)
        return wrong;
    if (ZSTD_findFrameCompressedSize(stored.ptr, stored.len) != stored.len)
        return "is cut off, or something stands after it";
    if (ZSTD_decompressDCtx(context, raw, raw_size, stored.ptr, stored.len) != raw_size)
        return "does not decompress to its raw size";
    return NULL;
}
