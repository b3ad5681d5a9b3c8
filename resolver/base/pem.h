/*
 * pem.h - PEM, the text form of keys (RFC 7468), strictly.
 *
 * In the flow:  key file -> [pem] -> base64 -> der -> pubkey, key
 * Checked here: exactly one block, with nothing but blank lines before and after it; BEGIN and END
 *               lines that agree and stand alone on their lines; LF or CRLF; no header lines
 *               ("Proc-Type: 4,ENCRYPTED"); base64 as base64.h wants it.
 * Not checked:  how long lines are (RFC 7468 writes 64 characters, others write 76).
 * Memory:       struct pem borrows from the text.
 */
#ifndef SEALIFT_BASE_PEM_H
#define SEALIFT_BASE_PEM_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/base/buf.h"
#include "resolver/base/err.h"
#include "resolver/base/slice.h"

struct pem {
    struct slice label; /* "PUBLIC KEY" */
    struct slice body;  /* the lines between BEGIN and END */
};

/*
 * Finds the one block of text; its label says what the file holds. On failure *pem is empty and
 * err has ERR_FORMAT: "line N: reason", or that there is no block.
 */
enum err_code pem_parse(struct slice text, struct pem *pem, struct err *err) MUST_USE;

/*
 * Decodes the body into out (max_len bytes); *len is 0 and out zeroed on failure: ERR_FORMAT (no
 * base64, empty), ERR_LIMIT (longer than max_len). Offsets in messages count from the line after
 * BEGIN.
 */
enum err_code pem_decode(const struct pem *pem, uint8_t *out, size_t max_len, size_t *len,
                         struct err *err) MUST_USE;

/* Appends a block, in lines of 64 characters that end with LF. */
void pem_write(struct buf *out, const char *label, struct slice bytes);

#endif
