/*
 * x509_ext.h - the extensions of a certificate (RFC 5280, 4.2).
 *
 * In the flow:  x509_parse -> [x509_ext] -> struct x509
 * Checked here: DER, no extension twice, and the syntax of those that are read.
 * Lenient once: "critical FALSE" written out is accepted, as every library does, though DER leaves
 *               a default out; certificates in use have it.
 */
#ifndef SEALIFT_TLS_X509_EXT_H
#define SEALIFT_TLS_X509_EXT_H

#include "resolver/base/cursor.h"
#include "resolver/tls/x509.h"

#define X509_EXTENSIONS_MAX 64 /* in one certificate */

/* Takes Extensions off the front of *in and fills in what they say. ERR_FORMAT, "offset N: ...";
 * ERR_FORMAT too for more than X509_EXTENSIONS_MAX. */
enum err_code x509_ext_read(struct cursor *in, struct x509 *cert, struct err *err) MUST_USE;

#endif
