#include "resolver/base/bounded_format.h"

#include <stdbool.h>
#include <string.h>

#define DIGITS_MAX 20 /* of 64 bits in decimal */

struct text {
    char *out;
    size_t size;
    size_t len; /* of the whole text, whether it fits or not */
};

/* One conversion: %[0][width][l|z]letter. */
struct conversion {
    bool has_zeros;
    size_t width;
    char length; /* 'l', 'z' or 0 */
    char letter;
};

static void put(struct text *text, char character)
{
    if (text->len + 1 < text->size)
        text->out[text->len] = character;
    text->len++;
}

static void put_padded(struct text *text, const struct conversion *how, bool is_negative,
                       const char *body, size_t body_len)
{
    size_t len = body_len + is_negative;

    if (is_negative && how->has_zeros)
        put(text, '-');
    for (size_t i = len; i < how->width; i++)
        put(text, how->has_zeros ? '0' : ' ');
    if (is_negative && !how->has_zeros)
        put(text, '-');
    for (size_t i = 0; i < body_len; i++)
        put(text, body[i]);
}

static void put_number(struct text *text, const struct conversion *how, bool is_negative,
                       unsigned long number)
{
    unsigned base = how->letter == 'x' ? 16 : 10;
    char digits[DIGITS_MAX];
    size_t at = sizeof digits;

    do {
        digits[--at] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    put_padded(text, how, is_negative, digits + at, sizeof digits - at);
}

/* Reads what follows a '%', and returns what follows that. */
static const char *read_conversion(const char *format, struct conversion *how)
{
    *how = (struct conversion){.has_zeros = *format == '0'};
    for (; *format >= '0' && *format <= '9'; format++)
        how->width = how->width * 10 + (size_t)(*format - '0');
    if (*format == 'l' || *format == 'z')
        how->length = *format++;
    how->letter = *format;
    return how->letter ? format + 1 : format;
}

_Static_assert(sizeof(size_t) == sizeof(long), "z and l are read alike");

/* A va_list that can be handed on. */
struct arguments {
    va_list list;
};

static void put_signed(struct text *text, const struct conversion *how, long number)
{
    unsigned long size = (unsigned long)number;

    put_number(text, how, number < 0, number < 0 ? 0 - size : size);
}

/* False for a conversion that is not known. */
static bool put_argument(struct text *text, const struct conversion *how, struct arguments *args)
{
    const char *string;

    switch (how->letter) {
    case 's':
        string = va_arg(args->list, const char *);
        string = string ? string : "(null)";
        put_padded(text, how, false, string, strlen(string));
        return true;
    case 'd':
        put_signed(text, how, how->length ? va_arg(args->list, long) : va_arg(args->list, int));
        return true;
    case 'u':
    case 'x':
        put_number(text, how, false,
                   how->length ? va_arg(args->list, unsigned long) : va_arg(args->list, unsigned));
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
        format = read_conversion(format + 1, &how);
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
