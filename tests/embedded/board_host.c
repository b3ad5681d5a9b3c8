/* The test images' machine, played by the build machine. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/embedded/board.h"

void board_say(const char *text)
{
    fputs(text, stdout);
}

size_t board_read(const char *path, uint8_t *out, size_t max_size)
{
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(out, 1, max_size, file) : SIZE_MAX;

    if (file && (ferror(file) || fgetc(file) != EOF))
        size = SIZE_MAX;
    if (file)
        fclose(file);
    return size;
}

size_t board_stack_used(void)
{
    return 0;
}

noreturn void board_exit(int status)
{
    exit(status);
}
