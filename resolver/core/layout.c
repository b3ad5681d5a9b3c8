#include "resolver/core/layout.h"

#include <stdio.h>

static const char *const texts[LAYOUT_COUNT] = {"rfc", "v1", "v2"};

const char *layout_text(enum layout layout)
{
    return texts[layout];
}

int layout_parse(struct slice text)
{
    for (int i = 0; i < LAYOUT_COUNT; i++) {
        if (slice_is(text, texts[i]))
            return i;
    }
    return -1;
}

/* The folder of one version in the v1 and v2 layouts, and what lies in it. */
static void version_name(enum layout layout, const struct uid *uid, const char *rest,
                         char out[LAYOUT_NAME_MAX])
{
    snprintf(out, LAYOUT_NAME_MAX, "constellation/%s/ref/%s/stream/%s/%s/image/%s", texts[layout],
             uid->ref, uid->stream, uid->version, rest);
}

void layout_table_name(enum layout layout, const struct uid *uid, char out[LAYOUT_NAME_MAX])
{
    char file[UID_MAX + 1];

    if (layout != LAYOUT_RFC) {
        version_name(layout, uid, "info.json", out);
        return;
    }
    uid_file_name(uid, file);
    snprintf(out, LAYOUT_NAME_MAX, "images/%s.json", file);
}

void layout_measurements_name(enum layout layout, const struct uid *uid, enum csp csp,
                              char out[LAYOUT_NAME_MAX])
{
    char file[UID_MAX + 1], rest[64];

    if (layout == LAYOUT_V2) {
        version_name(layout, uid, "measurements.json", out);
    } else if (layout == LAYOUT_V1) {
        snprintf(rest, sizeof rest, "csp/%s/measurements.json", csp_name(csp));
        version_name(layout, uid, rest, out);
    } else {
        uid_file_name(uid, file);
        snprintf(out, LAYOUT_NAME_MAX, "measurements/%s/%s/measurements.yaml", csp_name(csp), file);
    }
}

void layout_versions_folder(const char *ref, const char *stream, char out[LAYOUT_NAME_MAX])
{
    snprintf(out, LAYOUT_NAME_MAX, "constellation/v1/ref/%s/stream/%s/versions", ref, stream);
}

void layout_local_name(int which, const struct uid *uid, char out[LAYOUT_NAME_MAX])
{
    char file[UID_MAX + 1];

    if (which == 0) {
        uid_file_name(uid, file);
        snprintf(out, LAYOUT_NAME_MAX, "%s.json", file);
    } else {
        snprintf(out, LAYOUT_NAME_MAX, "constellation_v2_ref_%s_stream_%s_%s_image_info.json",
                 uid->ref, uid->stream, uid->version);
    }
}
