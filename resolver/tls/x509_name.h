/*
 * x509_name.h - the names in a certificate: distinguished names, and general names.
 *
 * In the flow:  certificate -> x509 -> [x509_name] -> server_name, name_constraints, messages
 * Forms:        a distinguished name (RFC 5280, 4.1.2.4) says who issued a certificate and whose it
 *               is; it is compared byte by byte, whole. General names (4.2.1.6) say which servers a
 *               certificate is for.
 * Checked here: that general names are DER with the tags and lengths of their kinds.
 * Not checked:  what a name says; the insides of distinguished names (they are only shown).
 */
#ifndef SEALIFT_TLS_X509_NAME_H
#define SEALIFT_TLS_X509_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/cursor.h"
#include "resolver/base/err.h"
#include "resolver/base/quote.h"
#include "resolver/base/slice.h"

/* Tags of GeneralName: the kinds that are looked at. */
#define GENERAL_NAME_DNS 0x82
#define GENERAL_NAME_IP 0x87
#define GENERAL_NAME_DIRECTORY 0xA4 /* the value is a whole distinguished name */

struct general_name {
    uint8_t tag;
    struct slice value;
};

/* Takes one general name off the front of *in. ERR_FORMAT, "offset N: ...", for what is none; the
 * name is then empty with tag 0. */
enum err_code general_name_read(struct cursor *in, struct general_name *name, struct err *err)
    MUST_USE;

/* The next of names that were read through once already; false at their end. */
bool general_name_next(struct cursor *in, struct general_name *name);

/*
 * A distinguished name (the element as a whole) in quotes and escaped, as RFC 4514 orders it:
 * "CN=Example CA, O=Example, C=DE". What cannot be read is left out; the name without anything is
 * "(no name)", in quotes too.
 */
struct quoted x509_name_quote(struct slice name);

#endif
