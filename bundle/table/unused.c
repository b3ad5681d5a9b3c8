#include "bundle/table/unused.h"

#include <stdlib.h>
#include <string.h>

/* The uid whose file name that is: "_" stands for "/". */
static bool parse_file_name(struct slice name, struct uid *uid)
{
    char text[UID_MAX + 1], again[UID_MAX + 1];
    struct err ignored;

    if (name.len > UID_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++)
        text[i] = name.ptr[i] == '_' ? '/' : (char)name.ptr[i];
    if (uid_parse(slice_of(text, name.len), uid, &ignored) != ERR_OK)
        return false;
    uid_file_name(uid, again);
    return slice_is(name, again);
}

static bool is_raw(struct slice name)
{
    return slice_ends(name, ".raw") || slice_ends(name, ".raw.zst");
}

/* images/UID.json, images/UID/CSP-VARIANT.raw */
static enum unused_kind kind_of_rfc(struct slice rest, struct uid *uid)
{
    struct slice first = slice_cut(&rest, '/');

    if (rest.ptr)
        return is_raw(rest) && parse_file_name(first, uid) ? UNUSED_IMAGE : UNUSED_OTHER;
    if (!slice_ends(first, ".json") || slice_ends(first, ".sigstore.json"))
        return UNUSED_OTHER;
    return parse_file_name(slice_part(first, 0, first.len - 5), uid) ? UNUSED_TABLE : UNUSED_OTHER;
}

/* ref/REF/stream/STREAM/VERSION/image/info.json, .../image/csp/CSP[/VARIANT]/image.raw */
static enum unused_kind kind_of_later(struct slice rest, struct uid *uid)
{
    struct slice parts[6];
    struct err ignored;

    for (size_t i = 0; i < 6; i++)
        parts[i] = slice_cut(&rest, '/');
    if (!rest.ptr || !slice_is(parts[0], "ref") || !slice_is(parts[2], "stream") ||
        !slice_is(parts[5], "image") ||
        uid_from_parts(parts[1], parts[3], parts[4], uid, &ignored) != ERR_OK)
        return UNUSED_OTHER;
    if (slice_is(rest, "info.json"))
        return UNUSED_TABLE;
    return slice_begins(rest, "csp/") && is_raw(rest) ? UNUSED_IMAGE : UNUSED_OTHER;
}

enum unused_kind unused_kind_of(const char *name, struct uid *uid)
{
    struct slice rest = slice_text(name);
    struct slice first = slice_cut(&rest, '/');
    enum unused_kind kind = UNUSED_OTHER;

    if (slice_is(first, "images")) {
        kind = kind_of_rfc(rest, uid);
    } else if (slice_is(first, "constellation")) {
        first = slice_cut(&rest, '/');
        if (slice_is(first, "v1") || slice_is(first, "v2"))
            kind = kind_of_later(rest, uid);
    }
    if (kind == UNUSED_OTHER)
        memset(uid, 0, sizeof *uid);
    return kind;
}

bool unused_may_lead_to(const char *name)
{
    struct slice rest = slice_text(name);
    struct slice first = slice_cut(&rest, '/');

    return slice_is(first, "images") || slice_is(first, "constellation");
}

static int compare(const void *a, const void *b)
{
    const struct document_entry *left = a, *right = b;

    if (left->csp != right->csp)
        return left->csp < right->csp ? -1 : 1;
    return slice_compare(left->reference, right->reference);
}

size_t unused_sort(struct document_entry *entries, size_t count)
{
    size_t kept = 0;

    if (count > 0)
        qsort(entries, count, sizeof *entries, compare);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare(&entries[kept - 1], &entries[i]) != 0)
            entries[kept++] = entries[i];
    }
    return kept;
}

bool unused_has_reference(const struct document_entry *kept, size_t count,
                          const struct document_entry *entry)
{
    return count > 0 && bsearch(entry, kept, count, sizeof *kept, compare) != NULL;
}

/* "https://h/a.raw?token#x" -> "https://h/a.raw" */
static struct slice without_query(struct slice reference)
{
    reference = slice_part(reference, 0, slice_find(reference, '?'));
    return slice_part(reference, 0, slice_find(reference, '#'));
}

bool unused_is_referred_to(const struct document_entry *kept, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        struct slice reference = without_query(kept[i].reference);
        size_t len = strlen(name);

        if (slice_ends(reference, name) && reference.len > len &&
            reference.ptr[reference.len - len - 1] == '/')
            return true;
    }
    return false;
}
