#include "bundle/publish/gcp_archive.h"

#include <string.h>

#include "bundle/publish/disk.h"
#include "bundle/publish/gzip_stream.h"
#include "bundle/publish/sparse_tar.h"

#define MEMBER "disk.raw"

static enum err_code write_packed(const struct image *image, const struct extents *extents,
                                  uint64_t disk_size, struct gzip_stream *stream, struct err *err)
{
    const struct sink sink = gzip_stream_sink(stream);

    if (sparse_tar_write(image, extents, MEMBER, disk_size, &sink, err) != ERR_OK)
        return err->code;
    return gzip_stream_finish(stream, err);
}

static enum err_code write_archive(const struct image *image, const struct extents *extents,
                                   uint64_t disk_size, unsigned threads, const struct sink *sink,
                                   struct err *err)
{
    struct gzip_stream stream;
    enum err_code rc = gzip_stream_start(&stream, threads, sink, err);

    if (rc == ERR_OK)
        rc = write_packed(image, extents, disk_size, &stream, err);
    gzip_stream_stop(&stream);
    return rc;
}

enum err_code gcp_archive_write(const struct image *image, const uint8_t digest[SHA256_SIZE],
                                unsigned threads, const struct sink *sink,
                                struct gcp_archive_facts *facts, struct err *err)
{
    struct extents extents;
    uint64_t disk_size;
    enum err_code rc;

    memset(facts, 0, sizeof *facts);
    if (disk_check(image, GCP_DISK_MAX, err) != ERR_OK)
        return err->code;
    disk_size = disk_padded(image->size, GCP_DISK_UNIT);
    rc = extents_find(image, digest, &extents, err);
    if (rc == ERR_OK)
        rc = write_archive(image, &extents, disk_size, threads, sink, err);
    if (rc == ERR_OK)
        *facts = (struct gcp_archive_facts){disk_size, extents.data_size};
    extents_free(&extents);
    return rc;
}
