#include "resolver/net/http_date.h"

#include <string.h>

#include "resolver/net/decimal.h"

#define DAY_SECONDS 86400

struct date {
    uint64_t year, month, day, hour, minute, second; /* month 1 to 12 */
};

/* A pattern's letters say what stands where: D day, N month's name, Y year, h m s time, a any
 * letter; '_' is a blank or a digit; everything else stands for itself. */
struct form {
    const char *pattern;
    bool has_short_year;
};

static const struct form forms[] = {
    {"aaa, DD NNN YYYY hh:mm:ss GMT", false},
    {"aaa NNN _D hh:mm:ss YYYY", false},
    {", DD-NNN-YY hh:mm:ss GMT", true}, /* after a day's name of any length */
};

static bool matches(struct slice text, const char *pattern)
{
    if (text.len != strlen(pattern))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        bool is_digit = byte >= '0' && byte <= '9';
        bool is_letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');

        switch (pattern[i]) {
        case 'D':
        case 'Y':
        case 'h':
        case 'm':
        case 's':
            if (!is_digit)
                return false;
            break;
        case 'a':
        case 'N':
            if (!is_letter)
                return false;
            break;
        case '_':
            if (!is_digit && byte != ' ')
                return false;
            break;
        default:
            if (byte != (uint8_t)pattern[i])
                return false;
        }
    }
    return true;
}

/* The number at the places where the pattern has `letter` (a blank before it counts as nothing). */
static uint64_t field(struct slice text, const char *pattern, char letter)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < text.len; i++) {
        bool is_here = pattern[i] == letter || (letter == 'D' && pattern[i] == '_');

        if (is_here && text.ptr[i] != ' ')
            sum = sum * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return sum;
}

static uint64_t month_of(struct slice text, const char *pattern)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct slice name = slice_part(text, (size_t)(strchr(pattern, 'N') - pattern), 3);

    for (unsigned i = 0; i < 12; i++) {
        if (slice_equal(name, slice_of(names + 3 * (size_t)i, 3)))
            return i + 1;
    }
    return 0;
}

static bool is_leap(uint64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint64_t days_in_month(uint64_t year, uint64_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

static uint64_t days_before_year(uint64_t year)
{
    uint64_t past = year - 1;

    return past * 365 + past / 4 - past / 100 + past / 400;
}

/* The most recent or coming year that ends so, at most 50 years ahead (RFC 9110 5.6.7). */
static uint64_t widen_year(uint64_t two_digits, int64_t now)
{
    uint64_t this_year = 1970 + (now > 0 ? (uint64_t)now / DAY_SECONDS * 400 / 146097 : 0);
    uint64_t year = this_year - this_year % 100 + two_digits;

    return year > this_year + 50 ? year - 100 : year;
}

static bool to_seconds(const struct date *date, int64_t *seconds)
{
    uint64_t days;

    if (date->year < 1970 || date->month == 0 || date->day == 0 ||
        date->day > days_in_month(date->year, date->month) || date->hour > 23 ||
        date->minute > 59 || date->second > 60)
        return false;
    days = days_before_year(date->year) - days_before_year(1970) + date->day - 1;
    for (uint64_t month = 1; month < date->month; month++)
        days += days_in_month(date->year, month);
    *seconds = (int64_t)(days * DAY_SECONDS + date->hour * 3600 + date->minute * 60 + date->second);
    return true;
}

static struct slice drop_day_name(struct slice text)
{
    size_t len = slice_find(text, ',');

    return len >= 6 && len <= 9 ? slice_part(text, len, text.len) : text;
}

bool http_date_parse(struct slice text, int64_t now, int64_t *seconds)
{
    *seconds = 0;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const struct form *form = &forms[i];
        struct slice rest = form->has_short_year ? drop_day_name(text) : text;
        struct date date;

        if (!matches(rest, form->pattern))
            continue;
        date = (struct date){field(rest, form->pattern, 'Y'), month_of(rest, form->pattern),
                             field(rest, form->pattern, 'D'), field(rest, form->pattern, 'h'),
                             field(rest, form->pattern, 'm'), field(rest, form->pattern, 's')};
        if (form->has_short_year)
            date.year = widen_year(date.year, now);
        return to_seconds(&date, seconds);
    }
    return false;
}

bool http_retry_after(struct slice text, int64_t now, uint32_t *wait_s)
{
    uint64_t number;
    int64_t date;

    *wait_s = 0;
    if (decimal_parse(text, UINT32_MAX, &number)) {
        *wait_s = (uint32_t)number;
        return true;
    }
    if (!http_date_parse(text, now, &date))
        return false;
    if (date > now)
        *wait_s = date - now > UINT32_MAX ? UINT32_MAX : (uint32_t)(date - now);
    return true;
}
