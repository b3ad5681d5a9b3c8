/*
 * der.h - DER, the one-way-only encoding of ASN.1 (X.690), read strictly and written.
 *
 * In the flow:  key files and ECDSA signatures -> base64 -> [der] -> pubkey, signature, key
 * How:          a reader is a cursor; der_open steps into an element and gives a cursor over its
 *               contents. Offsets in messages count from the start of the outermost element.
 *               Each level ends with der_end: nothing may trail.
 * Checked here: the tag wanted, definite lengths in their shortest form (10.1, 8.1.3), contents
 *               that fit, INTEGERs in the fewest octets (8.3.2), BIT STRINGs of whole octets.
 * Not checked:  what an element means; the insides of an OBJECT IDENTIFIER (compare its bytes).
 * Why:          the libraries accept encodings that cosign does not (long-form lengths, extra
 *               zeros, trailing bytes): so they never see DER, only what is read here.
 */
#ifndef SEALIFT_BASE_DER_H
#define SEALIFT_BASE_DER_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/base/buf.h"
#include "resolver/base/cursor.h"
#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define DER_INTEGER 0x02
#define DER_BIT_STRING 0x03
#define DER_OCTET_STRING 0x04
#define DER_NULL 0x05
#define DER_OID 0x06
#define DER_SEQUENCE 0x30
#define DER_CONTEXT(number) (0xA0 + (number)) /* [number], constructed */

/* The tag of the next element, unread; 0, which no element has, at the end. */
uint8_t der_next_tag(const struct cursor *in);

/*
 * Each reader takes one element, called `what` in messages, off the front of *in. On failure the
 * output is empty and err has ERR_FORMAT, "offset N: <what>: reason".
 */

/* Steps into an element with that tag: *contents reads what is in it, *in what comes after it. */
enum err_code der_open(struct cursor *in, uint8_t tag, const char *what, struct cursor *contents,
                       struct err *err) MUST_USE;

/* The contents octets of an element with that tag, borrowed. */
enum err_code der_read(struct cursor *in, uint8_t tag, const char *what, struct slice *contents,
                       struct err *err) MUST_USE;

/* An INTEGER: its octets in two's complement, the fewest that hold it, one at least. */
enum err_code der_integer(struct cursor *in, const char *what, struct slice *octets,
                          struct err *err) MUST_USE;

/* An INTEGER above zero: its octets as an unsigned number without leading zeros. */
enum err_code der_positive(struct cursor *in, const char *what, struct slice *octets,
                           struct err *err) MUST_USE;

/* A BIT STRING without unused bits: *contents reads its octets. */
enum err_code der_bit_string(struct cursor *in, const char *what, struct cursor *contents,
                             struct err *err) MUST_USE;

/* A NULL. */
enum err_code der_null(struct cursor *in, const char *what, struct err *err) MUST_USE;

/* Nothing is left in *in, the contents of `what`. */
enum err_code der_end(const struct cursor *in, const char *what, struct err *err) MUST_USE;

/* Writers; errors stick to out (buf_done). */

/* Appends one element. */
void der_write(struct buf *out, uint8_t tag, struct slice contents);

/* Appends the tag and the length of an element whose contents, length bytes, follow. */
void der_write_header(struct buf *out, uint8_t tag, size_t length);

/* The bytes that such a header takes. */
size_t der_header_size(size_t length);

/* Appends an INTEGER of that unsigned number, big-endian; leading zeros are dropped. */
void der_write_unsigned(struct buf *out, struct slice octets);

#endif
