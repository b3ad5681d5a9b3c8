#include "bundle/measure/cpio.h"

#define FOLDER_TYPE 0040000u
#define FILE_TYPE 0100000u
#define PARENT_MODE 0555u
#define HEADER_SIZE 110

unsigned cpio_padding(uint64_t size)
{
    return (unsigned)(-size & 3);
}

static void pad(struct buf *out, size_t size)
{
    for (unsigned i = cpio_padding(size); i > 0; i--)
        buf_add_byte(out, 0);
}

/* The fixed part; the name with its NUL follows. */
static void add_header(struct buf *out, uint32_t inode, uint32_t mode, uint32_t size,
                       size_t name_size)
{
    uint32_t fields[13] = {inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, (uint32_t)name_size, 0};

    buf_add_text(out, "070701");
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        buf_add_format(out, "%08lx", (unsigned long)fields[i]);
}

static void add_folder(struct cpio *cpio, struct slice path, uint32_t mode, struct buf *out)
{
    add_header(out, cpio->inode++, FOLDER_TYPE | mode, 0, path.len + 1);
    buf_add(out, path);
    buf_add_byte(out, 0);
    pad(out, HEADER_SIZE + path.len + 1);
}

void cpio_begin(struct cpio *cpio, struct slice folder, uint32_t folder_mode, struct buf *out)
{
    *cpio = (struct cpio){.folder = folder, .inode = 1};
    for (size_t i = 0; i < folder.len; i++) {
        if (folder.ptr[i] == '/')
            add_folder(cpio, slice_part(folder, 0, i), PARENT_MODE, out);
    }
    add_folder(cpio, folder, folder_mode, out);
}

void cpio_file(struct cpio *cpio, struct slice name, uint32_t mode, uint32_t size, struct buf *out)
{
    size_t name_size = cpio->folder.len + 1 + name.len + 1;

    add_header(out, cpio->inode++, FILE_TYPE | mode, size, name_size);
    buf_add(out, cpio->folder);
    buf_add_byte(out, '/');
    buf_add(out, name);
    buf_add_byte(out, 0);
    pad(out, HEADER_SIZE + name_size);
}

void cpio_end(struct buf *out)
{
    static const char trailer[] = "TRAILER!!!\0\0\0"; /* with its own NUL: padded to 4 */

    buf_add_text(out, "070701" "00000000" "00000000" "00000000" "00000000" "00000001" "00000000"
                      "00000000" "00000000" "00000000" "00000000" "00000000" "0000000B" "00000000");
    buf_add(out, slice_of(trailer, sizeof trailer));
}
