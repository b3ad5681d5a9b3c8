#include "resolver/base/hex.h"

#include <string.h>

void hex_encode(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

static int digit_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

bool hex_decode(struct slice text, uint8_t *out, size_t len)
{
    memset(out, 0, len);
    if (text.len != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = digit_value(text.ptr[2 * i]);
        int low = digit_value(text.ptr[2 * i + 1]);

        if (high < 0 || low < 0) {
            memset(out, 0, len);
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
