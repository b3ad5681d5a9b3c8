#include "resolver/net/decimal.h"

bool decimal_parse(struct slice text, uint64_t max, uint64_t *value)
{
    uint64_t sum = 0;

    *value = 0;
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)text.ptr[i] - '0';

        if (digit > 9 || sum > max / 10 || digit > max - sum * 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}
