/*
 * crypto.h - the cryptography Sealift needs, and nothing more: signature checks; hashes are in sha256.h.
 *
 * In the flow:  document -> sha256 -> verify -> struct verified
 * Backends:     BearSSL and Mbed TLS, each one a struct crypto_backend in its own object file.
 *               Which ones a program has is decided when it is linked: crypto_backends names them.
 *               With more than one, a signature is valid only if all of them say so.
 * Checked here: that keys and signatures have the sizes they must have; that r and s are in
 *               [1, n-1], the point's coordinates below the field's prime, the digest not zero
 *               modulo n (valid by the standard, unknown to BearSSL); that RSA moduli and
 *               exponents are odd and in range; the whole PKCS#1 v1.5 encoding (RFC 8017, 9.2),
 *               compared by our own code, since BearSSL accepts a DigestInfo without NULL. All
 *               but the last before a backend is asked, so that none can differ on it.
 * Not checked:  encodings (der.h, signature.h), which key to use (verify.h).
 * Memory:       nothing is allocated (Mbed TLS allocates inside its own calls).
 * Secrets:      none pass here; nothing is constant-time on purpose.
 */
#ifndef SEALIFT_CRYPTO_CRYPTO_H
#define SEALIFT_CRYPTO_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define SHA256_SIZE 32
#define RSA_MODULUS_MIN 256 /* bytes: 2048 bits */
#define RSA_MODULUS_MAX 512 /* bytes: 4096 bits */
#define RSA_EXPONENT_MAX 4  /* bytes */

enum crypto_curve { CURVE_P256, CURVE_P384 };

/*
 * What a backend's functions are given has passed the checks above. They answer ERR_OK,
 * ERR_FORGED (checked, and bad) or ERR_LIMIT (could not be checked: out of memory).
 */
struct crypto_backend {
    const char *name; /* "BearSSL" */
    /* ECDSA (FIPS 186-5, 6.4.2) of a SHA-256 digest. point: 0x04, x, y. rs: r then s, each as
     * long as the curve's order (32 or 48 bytes). ERR_FORGED for a point off the curve, too. */
    enum err_code (*ecdsa_verify)(enum crypto_curve curve, struct slice point,
                                  const uint8_t digest[SHA256_SIZE], struct slice rs);
    /* signature^exponent mod modulus into out (modulus.len bytes). All numbers big-endian;
     * modulus without leading zeros; signature.len == modulus.len. On failure out is zeroed. */
    enum err_code (*rsa_public)(struct slice modulus, struct slice exponent, struct slice signature,
                                uint8_t *out);
};

extern const struct crypto_backend crypto_bearssl;
extern const struct crypto_backend crypto_mbedtls;

/* The backends of this program, NULL at the end: defined by exactly one of
 * backends_bearssl.c, backends_mbedtls.c, backends_both.c. */
extern const struct crypto_backend *const crypto_backends[];

/* Bytes of a coordinate, of r and of s: 32 or 48; and "P-256" or "P-384". */
size_t crypto_curve_size(enum crypto_curve curve);
const char *crypto_curve_name(enum crypto_curve curve);

/*
 * Checks an ECDSA signature of a SHA-256 digest: point is 0x04, x, y; rs is r then s.
 *   ERR_OK      every backend of the program accepts it
 *   ERR_FORGED  a size that is not the curve's, a number out of range, or a backend refuses it;
 *               the message names the backend when they do not agree
 *   ERR_LIMIT   a backend had no memory to check it
 */
enum err_code crypto_ecdsa_verify(enum crypto_curve curve, struct slice point,
                                  const uint8_t digest[SHA256_SIZE], struct slice rs,
                                  struct err *err) MUST_USE;

/*
 * Checks an RSASSA-PKCS1-v1_5 signature of a SHA-256 digest (RFC 8017, 8.2.2): every backend must
 * recover exactly the one right encoding. modulus: RSA_MODULUS_MIN to RSA_MODULUS_MAX bytes, no
 * leading zeros; exponent: up to RSA_EXPONENT_MAX bytes, no leading zeros. Codes as above.
 */
enum err_code crypto_rsa_verify(struct slice modulus, struct slice exponent,
                                const uint8_t digest[SHA256_SIZE], struct slice signature,
                                struct err *err) MUST_USE;

#endif
