/* Mbed TLS 3.6's part of crypto.h: its own functions, not PSA, so nothing has to be set up. */
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/rsa.h>
#include <string.h>

#include "resolver/crypto/crypto.h"

/* A high-level code may carry MBEDTLS_ERR_MPI_ALLOC_FAILED in its low seven bits. */
static enum err_code verdict_of(int rc)
{
    if (rc == 0)
        return ERR_OK;
    if (rc == MBEDTLS_ERR_ECP_ALLOC_FAILED || (-rc & 0x7F) == -MBEDTLS_ERR_MPI_ALLOC_FAILED)
        return ERR_LIMIT;
    return ERR_FORGED;
}

struct ecdsa_numbers {
    mbedtls_ecp_group group;
    mbedtls_ecp_point key;
    mbedtls_mpi r, s;
};

static int read_numbers(struct ecdsa_numbers *numbers, mbedtls_ecp_group_id curve,
                        struct slice point, struct slice rs)
{
    size_t size = rs.len / 2;
    int rc = mbedtls_ecp_group_load(&numbers->group, curve);

    if (rc == 0)
        rc = mbedtls_ecp_point_read_binary(&numbers->group, &numbers->key, point.ptr, point.len);
    if (rc == 0)
        rc = mbedtls_ecp_check_pubkey(&numbers->group, &numbers->key);
    if (rc == 0)
        rc = mbedtls_mpi_read_binary(&numbers->r, rs.ptr, size);
    if (rc == 0)
        rc = mbedtls_mpi_read_binary(&numbers->s, rs.ptr + size, size);
    return rc;
}

static enum err_code mbed_ecdsa_verify(enum crypto_curve curve, struct slice point,
                                       const uint8_t digest[SHA256_SIZE], struct slice rs)
{
    struct ecdsa_numbers numbers;
    int rc;

    mbedtls_ecp_group_init(&numbers.group);
    mbedtls_ecp_point_init(&numbers.key);
    mbedtls_mpi_init(&numbers.r);
    mbedtls_mpi_init(&numbers.s);
    rc = read_numbers(&numbers,
                      curve == CURVE_P256 ? MBEDTLS_ECP_DP_SECP256R1 : MBEDTLS_ECP_DP_SECP384R1,
                      point, rs);
    if (rc == 0)
        rc = mbedtls_ecdsa_verify(&numbers.group, digest, SHA256_SIZE, &numbers.key, &numbers.r,
                                  &numbers.s);
    mbedtls_mpi_free(&numbers.s);
    mbedtls_mpi_free(&numbers.r);
    mbedtls_ecp_point_free(&numbers.key);
    mbedtls_ecp_group_free(&numbers.group);
    return verdict_of(rc);
}

static enum err_code mbed_rsa_public(struct slice modulus, struct slice exponent,
                                     struct slice signature, uint8_t *out)
{
    mbedtls_rsa_context key;
    int rc;

    mbedtls_rsa_init(&key);
    rc = mbedtls_rsa_import_raw(&key, modulus.ptr, modulus.len, NULL, 0, NULL, 0, NULL, 0,
                                exponent.ptr, exponent.len);
    if (rc == 0)
        rc = mbedtls_rsa_complete(&key);
    if (rc == 0)
        rc = mbedtls_rsa_public(&key, signature.ptr, out);
    mbedtls_rsa_free(&key);
    if (rc != 0)
        memset(out, 0, modulus.len);
    return verdict_of(rc);
}

const struct crypto_backend crypto_mbedtls = {
    .name = "Mbed TLS",
    .ecdsa_verify = mbed_ecdsa_verify,
    .rsa_public = mbed_rsa_public,
};
