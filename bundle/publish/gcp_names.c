#include "bundle/publish/gcp_names.h"

#include <stdio.h>
#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define PROJECT_MIN 6
#define PROJECT_MAX 30
#define BUCKET_MIN 3

static const char *const rules[] = {
    [GCP_PROJECT] = "want 6 to 30 of a-z, 0-9 and -, a letter first, no - at the end",
    [GCP_BUCKET] = ("want 3 to 63 of a-z, 0-9, - and _, a letter or digit first and last, no \"google\" in "
                    "it, no \"goog\" first"),
    [GCP_LOCATION] = "want one such as US, EU or europe-west4",
    [GCP_FAMILY] = "want 1 to 63 of a-z, 0-9 and -, a letter first, no - at the end",
    [GCP_IMAGE] = "want 1 to 63 of a-z, 0-9 and -, a letter first, no - at the end",
};

/* strchr finds the NUL, too. */
static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

static bool has_only(const char *text, size_t len, const char *set)
{
    return strspn(text, set) >= len;
}

static bool is_plain(const char *name, size_t max)
{
    size_t len = strlen(name);

    return len <= max && is_one_of(name[0], LOWER) && has_only(name, len, LOWER DIGITS "-") &&
           name[len - 1] != '-';
}

static bool is_project(const char *project)
{
    const char *colon = strchr(project, ':');
    const char *name = colon ? colon + 1 : project;

    if (colon && (!is_one_of(project[0], LOWER) ||
                  !has_only(project, (size_t)(colon - project), LOWER DIGITS ".-")))
        return false;
    return strlen(name) >= PROJECT_MIN && is_plain(name, PROJECT_MAX);
}

static bool is_bucket(const char *bucket)
{
    size_t len = strlen(bucket);

    return len >= BUCKET_MIN && len <= GCP_BUCKET_MAX && has_only(bucket, len, LOWER DIGITS "-_") &&
           is_one_of(bucket[0], LOWER DIGITS) && is_one_of(bucket[len - 1], LOWER DIGITS) &&
           !strstr(bucket, "google") && strncmp(bucket, "goog", 4) != 0;
}

static bool is_location(const char *location)
{
    size_t len = strlen(location);

    return len > 0 && len <= GCP_NAME_MAX && is_one_of(location[0], LOWER UPPER) &&
           has_only(location, len, LOWER UPPER DIGITS "-");
}

bool gcp_name_is(enum gcp_name kind, const char *name)
{
    switch (kind) {
    case GCP_PROJECT:
        return is_project(name);
    case GCP_BUCKET:
        return is_bucket(name);
    case GCP_LOCATION:
        return is_location(name);
    case GCP_FAMILY:
    case GCP_IMAGE:
        break;
    }
    return is_plain(name, GCP_NAME_MAX);
}

const char *gcp_name_rule(enum gcp_name kind)
{
    return rules[kind];
}

/* --- Names that are made ------------------------------------------------------------------------ */

static char name_byte(uint8_t c)
{
    if (is_one_of((char)c, UPPER))
        return (char)(c - 'A' + 'a');
    return is_one_of((char)c, LOWER DIGITS) ? (char)c : '-';
}

/* Appends a part, after a "-" where something stands before it. */
static void add_part(char out[GCP_NAME_MAX + 1], struct slice part, bool *fits)
{
    size_t len = strlen(out);

    if (len + part.len + 1 > GCP_NAME_MAX) {
        *fits = *fits && part.len == 0;
        return;
    }
    if (part.len && len)
        out[len++] = '-';
    for (size_t i = 0; i < part.len; i++)
        out[len++] = name_byte(part.ptr[i]);
    out[len] = '\0';
}

static bool end(char out[GCP_NAME_MAX + 1], bool fits)
{
    if (fits && gcp_name_is(GCP_IMAGE, out))
        return true;
    out[0] = '\0';
    return false;
}

bool gcp_name_of_uid(const struct uid *uid, struct slice variant, const char *architecture,
                     char out[GCP_NAME_MAX + 1])
{
    bool fits = true;

    out[0] = '\0';
    if (strcmp(uid->ref, "-") != 0)
        add_part(out, slice_text(uid->ref), &fits);
    add_part(out, slice_text(uid->stream), &fits);
    add_part(out, variant, &fits);
    add_part(out, slice_text(architecture), &fits);
    add_part(out, slice_text(uid->version), &fits);
    return end(out, fits);
}

bool gcp_name_of_file(const char *path, const char *architecture, char out[GCP_NAME_MAX + 1])
{
    static const char *const endings[] = {".zst", ".raw", ".img"};
    const char *slash = strrchr(path, '/');
    struct slice name = slice_text(slash ? slash + 1 : path);
    bool fits;

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (slice_ends(name, endings[i]))
            name.len -= strlen(endings[i]);
    }
    fits = name.len > 0;
    out[0] = '\0';
    add_part(out, name, &fits);
    add_part(out, slice_text(architecture), &fits);
    return end(out, fits);
}

void gcp_bucket_of_project(const char *project, char out[GCP_BUCKET_MAX + 1])
{
    snprintf(out, GCP_BUCKET_MAX + 1, "%.50s-sealift", project);
    for (char *c = out; *c; c++)
        *c = name_byte((uint8_t)*c);
}
