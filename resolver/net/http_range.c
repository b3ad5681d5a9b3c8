#include "resolver/net/http_range.h"

#include "resolver/net/decimal.h"
#include "resolver/net/http_date.h"

#define TRUSTED_AGE_SECONDS 60 /* RFC 9110 8.8.2.2: far enough apart for clocks that differ */

/* RFC 9110 8.8.3: "..." without quotes, blanks or control characters within; W/ marks it weak. */
static bool is_strong_tag(struct slice tag)
{
    if (tag.len < 2 || tag.len > HTTP_VALIDATOR_MAX || tag.ptr[0] != '"' ||
        tag.ptr[tag.len - 1] != '"')
        return false;
    for (size_t i = 1; i + 1 < tag.len; i++) {
        if (tag.ptr[i] <= ' ' || tag.ptr[i] >= 0x7F || tag.ptr[i] == '"')
            return false;
    }
    return true;
}

static bool is_trusted_date(struct slice modified, struct slice date, int64_t now)
{
    int64_t modified_s, date_s;

    return http_date_parse(modified, now, &modified_s) && http_date_parse(date, now, &date_s) &&
           date_s >= modified_s + TRUSTED_AGE_SECONDS;
}

struct slice http_validator(const struct http_response *response, int64_t now)
{
    struct slice tag = http_header(response, "ETag");
    struct slice modified = http_header(response, "Last-Modified");

    if (is_strong_tag(tag))
        return tag;
    /* RFC 9110 13.1.5: no date where there is an entity tag */
    if (!tag.ptr && is_trusted_date(modified, http_header(response, "Date"), now))
        return modified;
    return (struct slice){NULL, 0};
}

bool http_content_range_parse(struct slice text, struct http_content_range *range)
{
    struct slice last = slice_part(text, 6, text.len), first, size;
    struct http_content_range read = {0};

    *range = read;
    first = slice_cut(&last, '-');
    size = last;
    last = slice_cut(&size, '/');
    read.has_size = !slice_is(size, "*");
    if (!slice_is_nocase(slice_part(text, 0, 6), "bytes ") ||
        !decimal_parse(first, INT64_MAX, &read.first) ||
        !decimal_parse(last, INT64_MAX, &read.last) ||
        (read.has_size && !decimal_parse(size, INT64_MAX, &read.size)) || read.first > read.last ||
        (read.has_size && read.last >= read.size))
        return false;
    *range = read;
    return true;
}
