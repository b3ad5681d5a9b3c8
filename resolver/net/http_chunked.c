#include "resolver/net/http_chunked.h"

#define SIZE_DIGITS_MAX 15 /* 60 bits: sums of sizes cannot overflow */

void http_chunked_init(struct http_chunked *chunked)
{
    *chunked = (struct http_chunked){.state = CHUNKED_SIZE};
}

static int digit_value(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

static bool is_control(uint8_t byte)
{
    return (byte < ' ' && byte != '\t') || byte == 0x7F;
}

static enum err_code take_size(struct http_chunked *chunked, uint8_t byte, struct err *err)
{
    int digit = digit_value(byte);

    if (digit >= 0 && chunked->digits < SIZE_DIGITS_MAX) {
        chunked->left = chunked->left << 4 | (uint64_t)digit;
        chunked->digits++;
        return ERR_OK;
    }
    if (digit >= 0)
        return err_set(err, ERR_FORMAT, "chunked body: a chunk size of more than %d digits",
                       SIZE_DIGITS_MAX);
    if (chunked->digits == 0 || (byte != '\r' && byte != ';'))
        return err_set(err, ERR_FORMAT, "chunked body: a chunk size that is no hexadecimal number");
    chunked->state = byte == '\r' ? CHUNKED_SIZE_LF : CHUNKED_EXTENSION;
    return ERR_OK;
}

static enum err_code take_extension(struct http_chunked *chunked, uint8_t byte, struct err *err)
{
    if (byte == '\r')
        chunked->state = CHUNKED_SIZE_LF;
    else if (is_control(byte))
        return err_set(err, ERR_FORMAT, "chunked body: a control character after a chunk size");
    else if (++chunked->line_len > HTTP_CHUNK_LINE_MAX)
        return err_set(err, ERR_FORMAT, "chunked body: a chunk size line of more than %d bytes",
                       HTTP_CHUNK_LINE_MAX);
    return ERR_OK;
}

/* At the LF of a size's line: weighs its framing against what the chunk carries, so that a server
 * cannot keep us busy with a thousand bytes for one. */
static enum err_code begin_chunk(struct http_chunked *chunked, struct err *err)
{
    uint64_t allowed = 16 + 2 * chunked->left;
    uint64_t framing = chunked->excess + chunked->digits + chunked->line_len;

    chunked->excess = framing > allowed ? framing - allowed : 0;
    if (chunked->excess > HTTP_CHUNK_EXCESS_MAX)
        return err_set(err, ERR_FORMAT, "chunked body: far more framing than data");
    chunked->state = chunked->left ? CHUNKED_DATA : CHUNKED_TRAILER;
    chunked->digits = 0;
    chunked->line_len = 0;
    return ERR_OK;
}

static enum err_code take_trailer(struct http_chunked *chunked, uint8_t byte, struct err *err)
{
    bool is_first = chunked->state == CHUNKED_TRAILER;

    if (++chunked->trailers_len > HTTP_TRAILERS_MAX)
        return err_set(err, ERR_FORMAT, "chunked body: trailers of more than %d bytes",
                       HTTP_TRAILERS_MAX);
    if (byte == '\r')
        chunked->state = is_first ? CHUNKED_END_LF : CHUNKED_TRAILER_LF;
    else if (is_control(byte))
        return err_set(err, ERR_FORMAT, "chunked body: a control character in a trailer");
    else
        chunked->state = CHUNKED_TRAILER_IN;
    return ERR_OK;
}

static enum err_code want_byte(struct http_chunked *chunked, uint8_t byte, uint8_t want,
                               enum http_chunked_state next, struct err *err)
{
    if (byte != want)
        return err_set(err, ERR_FORMAT, "chunked body: no CR LF where %s ends",
                       chunked->state == CHUNKED_DATA_CR || chunked->state == CHUNKED_DATA_LF
                           ? "a chunk"
                           : "a line");
    chunked->state = next;
    return ERR_OK;
}

static enum err_code take_byte(struct http_chunked *chunked, uint8_t byte, struct err *err)
{
    switch (chunked->state) {
    case CHUNKED_SIZE:
        return take_size(chunked, byte, err);
    case CHUNKED_EXTENSION:
        return take_extension(chunked, byte, err);
    case CHUNKED_SIZE_LF:
        if (want_byte(chunked, byte, '\n', CHUNKED_DATA, err))
            return err->code;
        return begin_chunk(chunked, err);
    case CHUNKED_DATA_CR:
        return want_byte(chunked, byte, '\r', CHUNKED_DATA_LF, err);
    case CHUNKED_DATA_LF:
        return want_byte(chunked, byte, '\n', CHUNKED_SIZE, err);
    case CHUNKED_TRAILER:
    case CHUNKED_TRAILER_IN:
        return take_trailer(chunked, byte, err);
    case CHUNKED_TRAILER_LF:
        return want_byte(chunked, byte, '\n', CHUNKED_TRAILER, err);
    case CHUNKED_END_LF:
        return want_byte(chunked, byte, '\n', CHUNKED_DONE, err);
    case CHUNKED_DATA:
    case CHUNKED_DONE:
        break;
    }
    return err_set(err, ERR_BUG, "chunked body: a byte taken in state %d", (int)chunked->state);
}

enum err_code http_chunked_decode(struct http_chunked *chunked, struct slice *in,
                                  struct slice *payload, struct err *err)
{
    *payload = (struct slice){NULL, 0};
    while (in->len && chunked->state != CHUNKED_DATA && chunked->state != CHUNKED_DONE) {
        if (take_byte(chunked, in->ptr[0], err))
            return err->code;
        *in = slice_part(*in, 1, in->len);
    }
    if (chunked->state != CHUNKED_DATA || in->len == 0)
        return ERR_OK;
    *payload = slice_part(*in, 0, chunked->left < in->len ? (size_t)chunked->left : in->len);
    *in = slice_part(*in, payload->len, in->len);
    chunked->left -= payload->len;
    if (chunked->left == 0)
        chunked->state = CHUNKED_DATA_CR;
    return ERR_OK;
}
