/* Linked into programs that want two opinions on each signature. */
#include "resolver/crypto/crypto.h"

const struct crypto_backend *const crypto_backends[] = {&crypto_bearssl, &crypto_mbedtls, NULL};
