#include "resolver/crypto/bearssl_choice.h"

const br_ec_impl *bearssl_curves(void)
{
    return br_ec_get_default();
}

br_ecdsa_vrfy bearssl_ecdsa(void)
{
    return br_ecdsa_vrfy_raw_get_default();
}

br_rsa_public bearssl_rsa(void)
{
    return br_rsa_public_get_default();
}
