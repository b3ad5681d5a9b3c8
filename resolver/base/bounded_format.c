#include "resolver/base/bounded_format.h"

#include <stdbool.h>
#include <stdint.h>

#define DIGITS_MAX 20 /* of 64 bits in decimal */

struct text {
    char *out;
    size_t size;
    size_t len; /* of the whole text, whether it fits or not */
};

/* One conversion: %[-|0][width][.precision][l|ll|z]letter; "*" stands for an int argument. */
struct conversion {
    bool is_left;
    bool has_zeros;
    size_t width;
    size_t precision; /* most bytes of a string; SIZE_MAX for all */
    char length;      /* 'l', 'L' for ll, 'z' or 0 */
    char letter;
};

/* A va_list that can be handed on. */
struct arguments {
    va_list list;
};

static void put(struct text *text, char character)
{
    if (text->len + 1 < text->size)
        text->out[text->len] = character;
    text->len++;
}

static void put_blanks(struct text *text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        put(text, ' ');
}

static void put_string(struct text *text, const struct conversion *how, const char *string)
{
    size_t len = 0;

    string = string ? string : "(null)";
    while (len < how->precision && string[len])
        len++;
    put_blanks(text, len, how->is_left ? 0 : how->width);
    for (size_t i = 0; i < len; i++)
        put(text, string[i]);
    put_blanks(text, len, how->is_left ? how->width : 0);
}

static void put_number(struct text *text, const struct conversion *how, bool is_negative,
                       unsigned long long number)
{
    unsigned base = how->letter == 'x' ? 16 : 10;
    char digits[DIGITS_MAX];
    size_t at = sizeof digits, len;

    do {
        digits[--at] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    len = sizeof digits - at + is_negative;
    put_blanks(text, len, how->is_left || how->has_zeros ? 0 : how->width);
    if (is_negative)
        put(text, '-');
    for (size_t i = len; how->has_zeros && i < how->width; i++)
        put(text, '0');
    while (at < sizeof digits)
        put(text, digits[at++]);
    put_blanks(text, len, how->is_left ? how->width : 0);
}

static void put_signed(struct text *text, const struct conversion *how, long long number)
{
    unsigned long long size = (unsigned long long)number;

    put_number(text, how, number < 0, number < 0 ? 0 - size : size);
}

/* Reads a number, or takes it from the arguments; a negative one is as none: SIZE_MAX. */
static const char *read_count(const char *format, struct arguments *args, size_t *count)
{
    int given;

    *count = 0;
    if (*format == '*') {
        given = va_arg(args->list, int);
        *count = given < 0 ? SIZE_MAX : (size_t)given;
        return format + 1;
    }
    for (; *format >= '0' && *format <= '9'; format++)
        *count = *count * 10 + (size_t)(*format - '0');
    return format;
}

/* Reads what follows a '%', and returns what follows that. */
static const char *read_conversion(const char *format, struct arguments *args, struct conversion *how)
{
    *how = (struct conversion){.is_left = *format == '-', .has_zeros = *format == '0', .precision = SIZE_MAX};
    format += how->is_left;
    format = read_count(format, args, &how->width);
    if (*format == '.')
        format = read_count(format + 1, args, &how->precision);
    if (*format == 'l' || *format == 'z')
        how->length = *format++;
    if (*format == 'l' && how->length == 'l') {
        how->length = 'L';
        format++;
    }
    how->letter = *format;
    return how->letter ? format + 1 : format;
}

_Static_assert(sizeof(size_t) == sizeof(long), "z and l are read alike");

static long long take_signed(char length, struct arguments *args)
{
    if (length == 'L')
        return va_arg(args->list, long long);
    return length ? va_arg(args->list, long) : va_arg(args->list, int);
}

static unsigned long long take_unsigned(char length, struct arguments *args)
{
    if (length == 'L')
        return va_arg(args->list, unsigned long long);
    return length ? va_arg(args->list, unsigned long) : va_arg(args->list, unsigned);
}

/* False for a conversion that is not known. */
static bool put_argument(struct text *text, const struct conversion *how, struct arguments *args)
{
    switch (how->letter) {
    case 's':
        put_string(text, how, va_arg(args->list, const char *));
        return true;
    case 'd':
        put_signed(text, how, take_signed(how->length, args));
        return true;
    case 'u':
    case 'x':
        put_number(text, how, false, take_unsigned(how->length, args));
        return true;
    default:
        put(text, how->letter == '%' ? '%' : '?');
        return how->letter == '%';
    }
}

int bounded_vsnprintf(char *out, size_t size, const char *format, va_list args)
{
    struct text text = {out, size, 0};
    struct conversion how;
    struct arguments rest;
    bool is_known = true;

    va_copy(rest.list, args);
    while (*format && is_known) {
        if (*format != '%') {
            put(&text, *format++);
            continue;
        }
        format = read_conversion(format + 1, &rest, &how);
        is_known = put_argument(&text, &how, &rest);
    }
    va_end(rest.list);
    if (size > 0)
        out[text.len < size ? text.len : size - 1] = '\0';
    return (int)text.len;
}

int bounded_snprintf(char *out, size_t size, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = bounded_vsnprintf(out, size, format, args);
    va_end(args);
    return length;
}
