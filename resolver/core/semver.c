#include "resolver/core/semver.h"

#include <stdbool.h>

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_identifier_byte(uint8_t byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '-';
}

static bool is_numeric(struct slice identifier)
{
    for (size_t i = 0; i < identifier.len; i++) {
        if (!is_digit(identifier.ptr[i]))
            return false;
    }
    return identifier.len > 0;
}

static bool has_leading_zero(struct slice number)
{
    return number.len > 1 && number.ptr[0] == '0';
}

static bool parse_number(struct slice text, uint64_t *value)
{
    *value = 0;
    if (!is_numeric(text) || has_leading_zero(text) || text.len > 18)
        return false;
    for (size_t i = 0; i < text.len; i++)
        *value = *value * 10 + (uint64_t)(text.ptr[i] - '0');
    return true;
}

static enum err_code check_prerelease(struct slice rest, struct err *err)
{
    do {
        struct slice identifier = slice_cut(&rest, '.');

        if (identifier.len == 0)
            return err_set(err, ERR_FORMAT, "empty identifier in the pre-release");
        for (size_t i = 0; i < identifier.len; i++) {
            if (!is_identifier_byte(identifier.ptr[i]))
                return err_set(err, ERR_FORMAT,
                               "a pre-release has letters, digits, hyphens and dots alone");
        }
        if (is_numeric(identifier) && has_leading_zero(identifier))
            return err_set(err, ERR_FORMAT, "leading zero in a number of the pre-release");
    } while (rest.ptr);
    return ERR_OK;
}

static enum err_code parse_parts(struct slice text, struct semver *version, struct err *err)
{
    struct slice core, patch;

    if (!slice_begins(text, "v"))
        return err_set(err, ERR_FORMAT, "a version begins with \"v\"");
    if (slice_find(text, '+') < text.len)
        return err_set(err, ERR_FORMAT, "build metadata (\"+...\") is not allowed");
    version->prerelease = slice_part(text, 1, text.len);
    core = slice_cut(&version->prerelease, '-');
    if (version->prerelease.ptr && check_prerelease(version->prerelease, err))
        return err->code;
    patch = core;
    if (!parse_number(slice_cut(&patch, '.'), &version->major) ||
        !parse_number(slice_cut(&patch, '.'), &version->minor) ||
        !parse_number(patch, &version->patch))
        return err_set(err, ERR_FORMAT,
                       "want vMAJOR.MINOR.PATCH, three numbers without leading zeros");
    return ERR_OK;
}

enum err_code semver_parse(struct slice text, struct semver *version, struct err *err)
{
    *version = (struct semver){0};
    if (parse_parts(text, version, err)) {
        *version = (struct semver){0};
        return err->code;
    }
    return ERR_OK;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Semantic Versioning 11.4.1 to 11.4.3. Numeric identifiers have no leading zeros, so the longer
 * one is the larger, whatever its length. */
static int compare_identifiers(struct slice a, struct slice b)
{
    bool a_numeric = is_numeric(a), b_numeric = is_numeric(b);

    if (a_numeric != b_numeric)
        return a_numeric ? -1 : 1;
    if (a_numeric && a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return slice_compare(a, b);
}

static int compare_prereleases(struct slice a, struct slice b)
{
    /* 11.3: a pre-release is below its release. */
    if (!a.len || !b.len)
        return !a.len - !b.len;
    while (a.ptr && b.ptr) {
        int order = compare_identifiers(slice_cut(&a, '.'), slice_cut(&b, '.'));

        if (order != 0)
            return order;
    }
    /* 11.4.4: more identifiers win. */
    return (a.ptr != NULL) - (b.ptr != NULL);
}

int semver_compare(const struct semver *a, const struct semver *b)
{
    int order = compare_numbers(a->major, b->major);

    if (order == 0)
        order = compare_numbers(a->minor, b->minor);
    if (order == 0)
        order = compare_numbers(a->patch, b->patch);
    if (order == 0)
        order = compare_prereleases(a->prerelease, b->prerelease);
    return order;
}
