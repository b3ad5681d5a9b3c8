/*
 * der_script.h - DER written down as text, for tests: tag, then contents.
 *
 *     30{ 02:05 16"text" A0{ 05: } }      SEQUENCE { INTEGER 5, IA5String "text", [0] { NULL } }
 *
 * Contents are hexadecimal digits after ":", text in quotes, or elements in braces; "|" and digits,
 * anywhere, are bytes as they are ("|3080" begins an indefinite length). Lengths are computed.
 */
#ifndef SEALIFT_TESTS_DER_SCRIPT_H
#define SEALIFT_TESTS_DER_SCRIPT_H

#include <ctype.h>
#include <string.h>

#include "resolver/base/buf.h"
#include "resolver/base/der.h"
#include "tests/unit/test.h"

#define DER_SCRIPT_MAX 6000

static inline unsigned der_script_digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

static inline void der_script_hex(const char **text, struct buf *out)
{
    while (isxdigit((unsigned char)(*text)[0]) && isxdigit((unsigned char)(*text)[1])) {
        buf_add_byte(out,
                     (uint8_t)(der_script_digit((*text)[0]) << 4 | der_script_digit((*text)[1])));
        *text += 2;
    }
}

static inline void der_script_elements(const char **text, struct buf *out)
{
    while (**text && **text != '}') {
        uint8_t bytes[DER_SCRIPT_MAX];
        struct buf contents, tag;
        uint8_t tag_byte = 0;

        if (**text == ' ') {
            (*text)++;
            continue;
        }
        if (**text == '|') {
            (*text)++;
            der_script_hex(text, out);
            continue;
        }
        buf_init_fixed(&tag, &tag_byte, 1);
        buf_init_fixed(&contents, bytes, sizeof bytes);
        der_script_hex(text, &tag);
        switch (*(*text)++) {
        case ':':
            der_script_hex(text, &contents);
            break;
        case '"':
            for (; **text != '"'; (*text)++)
                buf_add_byte(&contents, (uint8_t) * *text);
            (*text)++;
            break;
        default: /* { */
            der_script_elements(text, &contents);
            (*text)++;
        }
        der_write(out, tag_byte, buf_slice(&contents));
    }
}

/* The bytes, up to an unreadable page; until the test ends. */
static inline struct slice der_script(const char *text)
{
    uint8_t bytes[DER_SCRIPT_MAX];
    struct buf out;
    struct err err;

    buf_init_fixed(&out, bytes, sizeof bytes);
    der_script_elements(&text, &out);
    CHECK_OK(buf_done(&out, &err), err);
    return test_guarded(buf_slice(&out));
}

#endif
