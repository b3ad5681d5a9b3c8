#include "resolver/crypto/bearssl_choice.h"

const br_ec_impl *bearssl_curves(void)
{
    return &br_ec_prime_i31;
}

br_ecdsa_vrfy bearssl_ecdsa(void)
{
    return br_ecdsa_i31_vrfy_raw;
}

br_rsa_public bearssl_rsa(void)
{
    return br_rsa_i31_public;
}
