#include "resolver/base/base64.h"

#include <string.h>

#include "resolver/base/quote.h"

/* A decoding under way: characters come in fours, and each four gives up to three bytes. */
struct decoder {
    uint8_t *out;
    size_t max_len;
    size_t len;     /* bytes written */
    uint32_t bits;  /* of the characters of this four so far */
    unsigned count; /* characters of this four so far, padding included */
    unsigned pads;  /* padding characters so far; none but padding may follow */
};

void base64_encode(struct slice bytes, struct buf *out)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t at = 0; at < bytes.len; at += 3) {
        struct slice part = slice_part(bytes, at, 3);
        uint32_t bits = 0;

        for (size_t i = 0; i < 3; i++)
            bits = bits << 8 | (i < part.len ? part.ptr[i] : 0);
        for (size_t i = 0; i < 4; i++)
            buf_add_byte(out, i > part.len ? '=' : (uint8_t)alphabet[bits >> (18 - 6 * i) & 63]);
    }
}

/* 0 to 63, or -1 for what is not in the alphabet. */
static int value_of(uint8_t character)
{
    if (character >= 'A' && character <= 'Z')
        return character - 'A';
    if (character >= 'a' && character <= 'z')
        return character - 'a' + 26;
    if (character >= '0' && character <= '9')
        return character - '0' + 52;
    if (character == '+')
        return 62;
    return character == '/' ? 63 : -1;
}

static enum err_code refuse_character(struct slice text, size_t at, struct err *err)
{
    const char *hint = "";

    if (text.ptr[at] == '-' || text.ptr[at] == '_')
        hint = " (it belongs to the URL-safe alphabet; the standard one has + and /)";
    return err_set(err, ERR_FORMAT, "offset %zu: %s is not a base64 character%s", at,
                   quote(slice_part(text, at, 1)).text, hint);
}

/* Writes the bytes of a full four. The text of a four with padding ends with 2 or 4 unused bits. */
static enum err_code finish_four(struct decoder *decoder, size_t at, struct err *err)
{
    unsigned bytes = 3 - decoder->pads;
    uint32_t unused = decoder->bits & ((1u << 8 * decoder->pads) - 1);

    if (unused != 0)
        return err_set(err, ERR_FORMAT, "offset %zu: bits before the base64 padding are not zero",
                       at);
    if (bytes > decoder->max_len - decoder->len)
        return err_set(err, ERR_LIMIT, "offset %zu: the base64 text holds more than %zu bytes", at,
                       decoder->max_len);
    for (unsigned i = 0; i < bytes; i++)
        decoder->out[decoder->len++] = (uint8_t)(decoder->bits >> (16 - 8 * i));
    decoder->bits = 0;
    decoder->count = 0;
    return ERR_OK;
}

/* Takes the character at text[at], which is no line end. */
static enum err_code take(struct decoder *decoder, struct slice text, size_t at, struct err *err)
{
    bool is_pad = text.ptr[at] == '=';
    int value = is_pad ? 0 : value_of(text.ptr[at]);

    if (value < 0)
        return refuse_character(text, at, err);
    if (decoder->pads > 0 && (!is_pad || decoder->count == 0))
        return err_set(err, ERR_FORMAT, "offset %zu: text after the base64 padding", at);
    if (is_pad && decoder->count < 2)
        return err_set(err, ERR_FORMAT, "offset %zu: base64 padding where none belongs", at);
    decoder->pads += is_pad;
    decoder->bits = decoder->bits << 6 | (uint32_t)value;
    if (++decoder->count < 4)
        return ERR_OK;
    return finish_four(decoder, at, err);
}

/* The length of the line end at text[at]: 0, 1 or 2. */
static size_t line_end(struct slice text, size_t at)
{
    if (text.ptr[at] == '\n')
        return 1;
    return text.ptr[at] == '\r' && at + 1 < text.len && text.ptr[at + 1] == '\n' ? 2 : 0;
}

static enum err_code decode(struct decoder *decoder, struct slice text, bool with_lines,
                            struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t at = 0; at < text.len && rc == ERR_OK;) {
        size_t skip = with_lines ? line_end(text, at) : 0;

        if (skip == 0) {
            rc = take(decoder, text, at, err);
            skip = 1;
        }
        at += skip;
    }
    if (rc == ERR_OK && decoder->count != 0)
        rc = err_set(err, ERR_FORMAT,
                     "offset %zu: the base64 text ends in the middle (padding missing, or cut off)",
                     text.len);
    return rc;
}

static enum err_code decode_into(struct slice text, bool with_lines, uint8_t *out, size_t max_len,
                                 size_t *len, struct err *err)
{
    struct decoder decoder = {.out = out, .max_len = max_len};
    enum err_code rc = decode(&decoder, text, with_lines, err);

    if (rc != ERR_OK && decoder.len > 0) {
        memset(out, 0, decoder.len);
        decoder.len = 0;
    }
    *len = decoder.len;
    return rc;
}

enum err_code base64_decode(struct slice text, uint8_t *out, size_t max_len, size_t *len,
                            struct err *err)
{
    return decode_into(text, false, out, max_len, len, err);
}

enum err_code base64_decode_lines(struct slice text, uint8_t *out, size_t max_len, size_t *len,
                                  struct err *err)
{
    return decode_into(text, true, out, max_len, len, err);
}
