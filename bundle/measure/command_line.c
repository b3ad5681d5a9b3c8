#include "bundle/measure/command_line.h"

#include <stdbool.h>

#define FIRST_THAT_TRIMS 255
#define NO_CHARACTER UINT32_MAX

/* The length of a sequence by its first byte, as the stub takes it: overlong forms are not refused. */
static size_t sequence_length(uint8_t first)
{
    if (first < 0x80)
        return 1;
    for (size_t length = 2; length <= 6; length++) {
        if ((unsigned)first >> (7 - length) == (1u << (length + 1)) - 2)
            return length;
    }
    return 0;
}

/* The character at the start of rest (not empty), which is moved past it; NO_CHARACTER for what the
 * stub drops. */
static uint32_t take_character(struct slice *rest)
{
    size_t length = sequence_length(rest->ptr[0]), i;
    uint32_t character = length == 1 ? rest->ptr[0] : rest->ptr[0] & (0x7Fu >> length);
    struct slice taken = slice_part(*rest, 0, length ? length : 1);

    *rest = slice_part(*rest, taken.len, rest->len);
    if (length == 0 || taken.len < length)
        return NO_CHARACTER;
    for (i = 1; i < length && (taken.ptr[i] & 0xC0) == 0x80; i++)
        character = character << 6 | (taken.ptr[i] & 0x3F);
    if (i < length || character > 0xFFFF || (character >= 0xD800 && character < 0xE000))
        return NO_CHARACTER;
    return character;
}

static bool is_blank(uint32_t character, bool is_later)
{
    return character < 0x20 || character == ' ' || (is_later && character == 0x7F);
}

static void add_unit(struct buf *out, uint32_t unit)
{
    buf_add_byte(out, (uint8_t)unit);
    buf_add_byte(out, (uint8_t)(unit >> 8));
}

void command_line_encode(struct slice contents, unsigned stub, struct buf *out)
{
    bool is_later = stub >= FIRST_THAT_TRIMS, has_begun = !is_later;
    size_t blanks = 0;

    while (contents.len > 0 && contents.ptr[0] != 0) {
        uint32_t character = take_character(&contents);

        if (character == 0)
            break;
        if (character == NO_CHARACTER)
            continue;
        if (is_blank(character, is_later)) {
            blanks += has_begun;
            continue;
        }
        for (has_begun = true; blanks > 0; blanks--)
            add_unit(out, ' ');
        add_unit(out, character);
    }
    add_unit(out, 0);
}
