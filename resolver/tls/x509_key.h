/*
 * x509_key.h - the algorithms of a certificate: its key, and what it was signed with.
 *
 * In the flow:  x509_parse -> [x509_key] -> struct x509
 * Forms:        SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) with RSA (RFC 8017, A.1) and EC keys on a
 *               named curve (RFC 5480); AlgorithmIdentifier of signatures (RFC 4055, RFC 5758).
 * Checked here: DER; that modulus and exponent are positive; that points are uncompressed and of
 *               the size of their curve.
 * Not checked:  whether a key or an algorithm is strong enough (chain.h); that points lie on their
 *               curve (the TLS libraries do).
 */
#ifndef SEALIFT_TLS_X509_KEY_H
#define SEALIFT_TLS_X509_KEY_H

#include "resolver/base/cursor.h"
#include "resolver/tls/x509.h"

/* Takes a SubjectPublicKeyInfo off the front of *in. A key of a kind that is not known here is
 * X509_KEY_OTHER, which is no error. On failure *key is zeroed: ERR_FORMAT. */
enum err_code x509_key_read(struct cursor *in, struct x509_key *key, struct err *err) MUST_USE;

/* Reads an AlgorithmIdentifier, which is all of bytes; unknown ones are X509_SIGNATURE_OTHER. */
enum err_code x509_signature_read(struct slice bytes, enum x509_signature *signature,
                                  struct err *err) MUST_USE;

#endif
