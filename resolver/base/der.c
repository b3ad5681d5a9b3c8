#include "resolver/base/der.h"

#include <stdbool.h>

static const char *tag_name(uint8_t tag)
{
    switch (tag) {
    case DER_INTEGER:
        return "an INTEGER";
    case DER_BIT_STRING:
        return "a BIT STRING";
    case DER_OCTET_STRING:
        return "an OCTET STRING";
    case DER_NULL:
        return "a NULL";
    case DER_OID:
        return "an OBJECT IDENTIFIER";
    case DER_SEQUENCE:
        return "a SEQUENCE";
    }
    return "an element";
}

uint8_t der_next_tag(const struct cursor *in)
{
    struct cursor ahead = *in;

    return cursor_u8(&ahead);
}

static enum err_code read_tag(struct cursor *in, uint8_t tag, const char *what, struct err *err)
{
    size_t at = in->at;
    uint8_t have = cursor_u8(in);

    if (in->failed)
        return err_set(err, ERR_FORMAT, "offset %zu: %s: the data ends before it", at, what);
    if (have != tag)
        return err_set(err, ERR_FORMAT, "offset %zu: %s: have the tag 0x%02x, want %s (0x%02x)", at,
                       what, have, tag_name(tag), tag);
    return ERR_OK;
}

/* The octets after the first of a long-form length (X.690 8.1.3.5). */
static uint32_t long_length(struct cursor *in, unsigned octets)
{
    uint32_t length = 0;

    for (unsigned i = 0; i < octets; i++)
        length = length << 8 | cursor_u8(in);
    return length;
}

static enum err_code read_length(struct cursor *in, const char *what, size_t *length,
                                 struct err *err)
{
    size_t at = in->at;
    uint8_t first = cursor_u8(in);
    unsigned octets = first & 0x7F;
    uint32_t value = first;

    *length = 0;
    if (first == 0x80)
        return err_set(err, ERR_FORMAT, "offset %zu: %s: an indefinite length (not DER)", at, what);
    if (first > 0x80 && octets > sizeof value)
        return err_set(err, ERR_FORMAT, "offset %zu: %s: a length of %u octets", at, what, octets);
    if (first > 0x80)
        value = long_length(in, octets);
    if (in->failed)
        return err_set(err, ERR_FORMAT, "offset %zu: %s: the data ends in its length", at, what);
    if (first > 0x80 && (value < 0x80 || value >> 8 * (octets - 1) == 0))
        return err_set(err, ERR_FORMAT,
                       "offset %zu: %s: a length that is not in its shortest form (not DER)", at,
                       what);
    if (value > cursor_left(in))
        return err_set(err, ERR_FORMAT, "offset %zu: %s: a length of %lu octets, %zu are left", at,
                       what, (unsigned long)value, cursor_left(in));
    *length = value;
    return ERR_OK;
}

enum err_code der_open(struct cursor *in, uint8_t tag, const char *what, struct cursor *contents,
                       struct err *err)
{
    size_t length;
    enum err_code rc = read_tag(in, tag, what, err);

    *contents = cursor_of(slice_of(NULL, 0));
    if (rc == ERR_OK)
        rc = read_length(in, what, &length, err);
    if (rc != ERR_OK)
        return rc;
    *contents = *in;
    contents->in.len = in->at + length;
    in->at += length;
    return ERR_OK;
}

enum err_code der_read(struct cursor *in, uint8_t tag, const char *what, struct slice *contents,
                       struct err *err)
{
    struct cursor inside;
    enum err_code rc = der_open(in, tag, what, &inside, err);

    *contents = cursor_take(&inside, cursor_left(&inside));
    return rc;
}

/* X.690 8.3.2: the first nine bits are neither all zeros nor all ones. */
static bool is_fewest_octets(struct slice octets)
{
    if (octets.len < 2)
        return octets.len == 1;
    return !(octets.ptr[0] == 0x00 && octets.ptr[1] < 0x80) &&
           !(octets.ptr[0] == 0xFF && octets.ptr[1] >= 0x80);
}

enum err_code der_integer(struct cursor *in, const char *what, struct slice *octets,
                          struct err *err)
{
    size_t at = in->at;
    enum err_code rc = der_read(in, DER_INTEGER, what, octets, err);

    if (rc == ERR_OK && !is_fewest_octets(*octets)) {
        *octets = slice_of(NULL, 0);
        rc = err_set(err, ERR_FORMAT,
                     "offset %zu: %s: an INTEGER of no octets, or of more than it needs (not DER)",
                     at, what);
    }
    return rc;
}

enum err_code der_positive(struct cursor *in, const char *what, struct slice *octets,
                           struct err *err)
{
    size_t at = in->at;
    enum err_code rc = der_integer(in, what, octets, err);

    if (rc != ERR_OK)
        return rc;
    if (octets->ptr[0] >= 0x80 || (octets->len == 1 && octets->ptr[0] == 0)) {
        *octets = slice_of(NULL, 0);
        return err_set(err, ERR_FORMAT, "offset %zu: %s: zero or negative", at, what);
    }
    if (octets->ptr[0] == 0)
        *octets = slice_part(*octets, 1, octets->len);
    return ERR_OK;
}

enum err_code der_bit_string(struct cursor *in, const char *what, struct cursor *contents,
                             struct err *err)
{
    size_t at = in->at;
    enum err_code rc = der_open(in, DER_BIT_STRING, what, contents, err);

    if (rc != ERR_OK)
        return rc;
    if (cursor_u8(contents) != 0 || contents->failed) {
        *contents = cursor_of(slice_of(NULL, 0));
        return err_set(err, ERR_FORMAT, "offset %zu: %s: a BIT STRING that is not of whole octets",
                       at, what);
    }
    return ERR_OK;
}

enum err_code der_null(struct cursor *in, const char *what, struct err *err)
{
    size_t at = in->at;
    struct slice contents;
    enum err_code rc = der_read(in, DER_NULL, what, &contents, err);

    if (rc == ERR_OK && contents.len != 0)
        rc = err_set(err, ERR_FORMAT, "offset %zu: %s: a NULL with contents", at, what);
    return rc;
}

enum err_code der_end(const struct cursor *in, const char *what, struct err *err)
{
    if (in->failed || cursor_left(in) > 0)
        return err_set(err, ERR_FORMAT, "offset %zu: %s: data follows its end (%zu bytes)", in->at,
                       what, cursor_left(in));
    return ERR_OK;
}

/* Octets of a length in the long form after the first; 0 in the short form. */
static unsigned length_octets(size_t length)
{
    unsigned octets = 0;

    for (size_t rest = length < 0x80 ? 0 : length; rest > 0; rest >>= 8)
        octets++;
    return octets;
}

size_t der_header_size(size_t length)
{
    return 2 + (size_t)length_octets(length);
}

void der_write_header(struct buf *out, uint8_t tag, size_t length)
{
    unsigned octets = length_octets(length);

    buf_add_byte(out, tag);
    buf_add_byte(out, octets ? (uint8_t)(0x80 | octets) : (uint8_t)length);
    for (; octets > 0; octets--)
        buf_add_byte(out, (uint8_t)(length >> 8 * (octets - 1)));
}

void der_write(struct buf *out, uint8_t tag, struct slice contents)
{
    der_write_header(out, tag, contents.len);
    buf_add(out, contents);
}

void der_write_unsigned(struct buf *out, struct slice octets)
{
    bool needs_zero;

    while (octets.len > 0 && octets.ptr[0] == 0)
        octets = slice_part(octets, 1, octets.len);
    needs_zero = octets.len == 0 || octets.ptr[0] >= 0x80;
    der_write_header(out, DER_INTEGER, octets.len + needs_zero);
    if (needs_zero)
        buf_add_byte(out, 0);
    buf_add(out, octets);
}
