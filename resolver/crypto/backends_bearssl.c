/* Linked into programs whose cryptography is BearSSL's alone. */
#include "resolver/crypto/crypto.h"

const struct crypto_backend *const crypto_backends[] = {&crypto_bearssl, NULL};
