#include "bundle/publish/disk_input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bundle/archive/image_file.h"
#include "resolver/base/quote.h"
#include "resolver/source/file.h"

#define FIRST_BYTES 4

static enum err_code open_image(struct disk_input *input, struct arena *arena, struct err *err)
{
    uint8_t first[FIRST_BYTES] = {0};

    if (image_of_file(&input->fd, &input->file, err) != ERR_OK)
        return err->code;
    if (fstat(input->fd, &input->status))
        return err_set(err, file_errno_code(errno), "%s", strerror(errno));
    if (input->file.size >= FIRST_BYTES &&
        image_read(&input->file, 0, first, FIRST_BYTES, err) != ERR_OK)
        return err->code;
    input->is_zstd = zstd_image_is(slice_of(first, FIRST_BYTES));
    if (input->is_zstd && zstd_image_open(&input->file, arena, &input->zstd, err) != ERR_OK)
        return err->code;
    input->image = input->is_zstd ? input->zstd.image : input->file;
    return ERR_OK;
}

enum err_code disk_input_open(const char *path, struct arena *arena, struct disk_input *input,
                              struct err *err)
{
    memset(input, 0, sizeof *input);
    input->fd = file_open(path, err);
    if (input->fd < 0)
        return err->code;
    if (open_image(input, arena, err) != ERR_OK) {
        disk_input_close(input);
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    }
    return ERR_OK;
}

enum err_code disk_input_check(const struct disk_input *input, struct err *err)
{
    return file_unchanged(input->fd, &input->status, err);
}

void disk_input_close(struct disk_input *input)
{
    zstd_image_close(&input->zstd);
    if (input->fd >= 0)
        close(input->fd);
    memset(input, 0, sizeof *input);
    input->fd = -1;
}
