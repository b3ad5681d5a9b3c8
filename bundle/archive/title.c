#include "bundle/archive/title.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/archive/tar.h"
#include "resolver/base/quote.h"
#include "resolver/crypto/crypto.h"

static bool is_allowed(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && strchr("._+=@,~-", c));
}

static const char *check_segment(struct slice segment)
{
    if (segment.len == 0)
        return "an empty part";
    if (segment.ptr[segment.len - 1] == '.')
        return "a part that ends in a dot";
    for (size_t i = 0; i < segment.len; i++) {
        if (!is_allowed(segment.ptr[i]))
            return "a character outside A-Z a-z 0-9 . _ + = @ , ~ -";
    }
    return NULL;
}

/* The names beside the titles in an archive, and import's own folder, also as FAT and NTFS call it in the
 * short form: SEALIF~1. */
static bool is_taken(struct slice title)
{
    static const char *const taken[] = {"oci-layout", "index.json", "blobs", ".sealift"};
    struct slice first = slice_cut(&title, '/');

    if (slice_is_nocase(slice_part(first, 0, 7), "sealif~"))
        return true;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (slice_is_nocase(first, taken[i]))
            return true;
    }
    return false;
}

static const char *judge(struct slice title)
{
    struct slice rest = title;
    const char *wrong;

    if (title.len == 0)
        return "empty";
    if (title.ptr[0] == '/')
        return "an absolute path";
    do {
        wrong = check_segment(slice_cut(&rest, '/'));
    } while (!wrong && rest.ptr);
    if (wrong)
        return wrong;
    if (is_taken(title))
        return "a name that the bundle itself uses";
    return tar_name_fits(title) ? NULL : "too long for a tar header";
}

enum err_code title_check(struct slice title, struct err *err)
{
    const char *wrong = judge(title);

    if (!wrong)
        return ERR_OK;
    return err_set(err, ERR_FORMAT, "title %s: %s", quote(title).text, wrong);
}

struct slice title_unpacked(struct slice title)
{
    return slice_ends(title, ".raw.zst") ? slice_part(title, 0, title.len - 4) : title;
}

static uint8_t fold(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* Order without case, "/" before all else: so a folder stands right before what is in it. */
static int compare(struct slice a, struct slice b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        int x = a.ptr[i] == '/' ? 0 : fold(a.ptr[i]), y = b.ptr[i] == '/' ? 0 : fold(b.ptr[i]);

        if (x != y)
            return x - y;
    }
    return (a.len > b.len) - (a.len < b.len);
}

static int by_name(const void *a, const void *b)
{
    const struct title *const *x = a, *const *y = b;
    int order = compare(title_unpacked((*x)->text), title_unpacked((*y)->text));

    return order ? order : slice_compare((*x)->text, (*y)->text);
}

static const char *clash(const struct title *a, const struct title *b)
{
    struct slice x = title_unpacked(a->text), y = title_unpacked(b->text);

    if (slice_equal(a->text, b->text))
        return memcmp(a->digest, b->digest, SHA256_SIZE) == 0 ? NULL
                                                              : "are one title with two contents";
    if (slice_equal(x, y))
        return "are one file after decompression";
    if (compare(x, y) == 0)
        return "differ in case alone";
    if (y.len > x.len && y.ptr[x.len] == '/' && compare(x, slice_part(y, 0, x.len)) == 0)
        return "clash: the first would be a folder";
    return NULL;
}

enum err_code title_check_all(const struct title *titles, size_t count, struct arena *scratch,
                              struct err *err)
{
    const struct title **sorted = arena_array(scratch, count, sizeof *sorted, err);

    if (!sorted)
        return err->code;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &titles[i];
    if (count > 0)
        qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t i = 1; i < count; i++) {
        const char *why = clash(sorted[i - 1], sorted[i]);

        if (why)
            return err_set(err, ERR_FORMAT, "titles %s and %s %s", quote(sorted[i - 1]->text).text,
                           quote(sorted[i]->text).text, why);
    }
    return ERR_OK;
}
