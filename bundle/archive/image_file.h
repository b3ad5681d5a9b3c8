/*
 * image_file.h - files of the operating system as image, sink and output.
 *
 * In the flow:  an open descriptor -> [image_file] -> frames, bundle_reader, bundle_writer
 * Descriptors:  are the caller's, before and after: what has been checked is what is open, not what
 *               a path names now.
 * Write-out:    begins with each 8 MiB, so that the sync at the end waits for little.
 * Checked here: that a file that is read is a regular one, and that what is read is there: a file
 *               that became shorter is ERR_CORRUPT. No path is in a message.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_IMAGE_FILE_H
#define SEALIFT_BUNDLE_ARCHIVE_IMAGE_FILE_H

#include "bundle/archive/image.h"
#include "bundle/archive/sink.h"

#define FILE_SINK_BUFFER ((size_t)256 << 10) /* bytes that a sink writes at once */

/* The file behind *fd (the image's ctx, which must outlive it), with its holes. ERR_IO. */
enum err_code image_of_file(int *fd, struct image *image, struct err *err) MUST_USE;

/* The file behind *fd, written at offsets. set_size also makes it longer, by a hole. */
struct output file_output(int *fd);

/*
 * A file written from its start to its end, with holes: file_sink_flush puts what is left in the
 * buffer into the file and gives the file its length. Large writes go past the buffer.
 */
struct file_sink {
    int fd;
    uint64_t at;     /* where the next byte belongs */
    size_t buffered; /* bytes before `at` that are not in the file yet */
    uint8_t buffer[FILE_SINK_BUFFER];
};

/* A sink that writes to fd, at the start of the file, which is to be empty; file is its ctx. */
struct sink file_sink_start(struct file_sink *file, int fd);

enum err_code file_sink_flush(struct file_sink *file, struct err *err) MUST_USE;

#endif
