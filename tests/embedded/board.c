#include "tests/embedded/board.h"

void board_say_number(const char *before, size_t number, const char *after)
{
    char digits[24];
    size_t at = sizeof digits - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    board_say(before);
    board_say(digits + at);
    board_say(after);
}
