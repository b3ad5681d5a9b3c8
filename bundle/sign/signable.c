#include "bundle/sign/signable.h"

#include <fnmatch.h>
#include <stdint.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/json.h"
#include "resolver/base/quote.h"
#include "resolver/base/yaml.h"
#include "resolver/core/layout.h"
#include "resolver/core/measurements.h"
#include "resolver/core/table.h"

#define ONE_SET_MEMORY_MAX ((size_t)64 << 20)

/* Which name the contents must have, as the last part of the path. */
enum naming { ANY_NAME, NAME_RFC, NAME_V1, NAME_V2, NAME_LOCAL, NAME_LOCAL_LONG };

struct place {
    const char *pattern; /* of the last segments of a path, for fnmatch */
    enum signable_kind kind;
    enum naming naming;
};

/* The first that fits counts. */
static const struct place places[] = {
    {"measurements/*/*/measurements.yaml", SIGNABLE_MEASUREMENTS, NAME_RFC},
    {"ref/*/stream/*/*/image/csp/*/measurements.json", SIGNABLE_MEASUREMENTS, NAME_V1},
    {"ref/*/stream/*/*/image/measurements.json", SIGNABLE_MEASUREMENTS, NAME_V2},
    {"measurements.yaml", SIGNABLE_MEASUREMENTS, ANY_NAME},
    {"measurements.json", SIGNABLE_MEASUREMENTS, ANY_NAME},
    {"images/*.json", SIGNABLE_TABLE, NAME_RFC},
    {"ref/*/stream/*/*/image/info.json", SIGNABLE_TABLE, NAME_V2},
    {"image/info.json", SIGNABLE_TABLE, ANY_NAME},
    {"constellation_v2_ref_*_stream_*_image_info.json", SIGNABLE_TABLE, NAME_LOCAL_LONG},
    {"v[0-9]*.*.*.json", SIGNABLE_TABLE, NAME_LOCAL},
    {"stream_*_v[0-9]*.*.*.json", SIGNABLE_TABLE, NAME_LOCAL},
    {"ref_*_stream_*_v[0-9]*.*.*.json", SIGNABLE_TABLE, NAME_LOCAL},
};

static size_t count_segments(const char *path)
{
    size_t count = 1;

    for (; *path; path++)
        count += *path == '/';
    return count;
}

/* The last count segments of path; NULL when it has fewer. */
static const char *tail_of(const char *path, size_t count)
{
    size_t skip = count_segments(path);

    if (skip < count)
        return NULL;
    for (skip -= count; skip > 0; skip--)
        path = strchr(path, '/') + 1;
    return path;
}

static const struct place *place_of(const char *path)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const char *tail = tail_of(path, count_segments(places[i].pattern));

        if (tail && fnmatch(places[i].pattern, tail, FNM_PATHNAME | FNM_NOESCAPE) == 0)
            return &places[i];
    }
    return NULL;
}

enum signable_kind signable_kind_of(const char *path)
{
    const struct place *place = place_of(path);

    return place ? place->kind : SIGNABLE_ANY;
}

size_t signable_max_bytes(enum signable_kind kind)
{
    if (kind == SIGNABLE_TABLE)
        return TABLE_MAX_BYTES;
    return kind == SIGNABLE_MEASUREMENTS ? MEASUREMENTS_MAX_BYTES : SIZE_MAX;
}

static void name_of(const struct place *place, const struct uid *uid, enum csp csp,
                    char out[LAYOUT_NAME_MAX])
{
    static const enum layout layouts[] = {
        [NAME_RFC] = LAYOUT_RFC, [NAME_V1] = LAYOUT_V1, [NAME_V2] = LAYOUT_V2};

    if (place->naming >= NAME_LOCAL)
        layout_local_name(place->naming == NAME_LOCAL ? 0 : 1, uid, out);
    else if (place->kind == SIGNABLE_TABLE)
        layout_table_name(layouts[place->naming], uid, out);
    else
        layout_measurements_name(layouts[place->naming], uid, csp, out);
}

/* The path must end with the name under which the resolver looks for these contents. */
static enum err_code check_name(const char *path, const struct place *place,
                                const struct uid *uid, enum csp csp, struct err *err)
{
    size_t segments = count_segments(place->pattern);
    char name[LAYOUT_NAME_MAX];
    const char *have = tail_of(path, segments), *want;

    if (place->naming == ANY_NAME)
        return ERR_OK;
    name_of(place, uid, csp, name);
    want = tail_of(name, segments);
    if (strcmp(have, want) == 0)
        return ERR_OK;
    return err_set(err, ERR_FORGED, "the contents are of %s and belong at %s, not at %s", uid->text,
                   want, quote_bare(slice_text(have)).text);
}

static enum err_code check_table(const char *path, const struct place *place, struct slice bytes,
                                 struct arena *scratch, struct err *err)
{
    struct table table;

    if (table_parse(bytes, scratch, &table, err) != ERR_OK)
        return err_add(err, "lookup table");
    if (!table.has_uid)
        return err_set(err, ERR_POLICY,
                       "the table carries no %s: signed, it could pass for another version; add "
                       "ref, stream and version",
                       table.version.len == 0  ? "version"
                       : table.stream.len == 0 ? "stream"
                                               : "ref");
    return check_name(path, place, &table.uid, CSP_NONE, err);
}

/* --- Measurements ------------------------------------------------------------------------------- */

/* What measurements say of themselves. */
struct frame {
    struct uid uid;
    enum csp csp;            /* of the one set; CSP_NONE where there is a list */
    const struct node *list; /* NULL where there is one set */
};

static bool looks_like_json(struct slice bytes)
{
    size_t at = 0;

    while (at < bytes.len && bytes.ptr[at] <= ' ')
        at++;
    return at < bytes.len && bytes.ptr[at] == '{';
}

static enum err_code read_single(const struct node *root, struct frame *frame, struct err *err)
{
    struct slice csp, image;

    if (node_string(node_get(root, "csp"), "csp", &csp, err) != ERR_OK ||
        node_string(node_get(root, "image"), "image", &image, err) != ERR_OK ||
        uid_parse(image, &frame->uid, err) != ERR_OK)
        return err->code;
    frame->csp = csp_parse(csp);
    if (frame->csp == CSP_NONE)
        return err_set(err, ERR_FORMAT, "csp %s is not known; want one of: %s", quote(csp).text,
                       csp_names());
    return ERR_OK;
}

static enum err_code read_listed(const struct node *root, struct frame *frame, struct err *err)
{
    struct slice ref, stream, version;
    size_t count = node_count(frame->list);

    if (node_string(node_get(root, "ref"), "ref", &ref, err) != ERR_OK ||
        node_string(node_get(root, "stream"), "stream", &stream, err) != ERR_OK ||
        node_string(node_get(root, "version"), "version", &version, err) != ERR_OK ||
        uid_from_parts(ref, stream, version, &frame->uid, err) != ERR_OK)
        return err->code;
    if (frame->list->type != NODE_LIST || count == 0)
        return err_set(err, ERR_FORMAT, "list: there are no measurements in it");
    if (count > SIGNABLE_LISTED_MAX)
        return err_set(err, ERR_LIMIT, "%zu sets of measurements, at most %d are signed", count,
                       SIGNABLE_LISTED_MAX);
    return ERR_OK;
}

static enum err_code read_frame(struct slice bytes, struct arena *scratch, struct frame *frame,
                                struct err *err)
{
    const struct node *root;
    enum err_code rc = looks_like_json(bytes) ? json_parse(bytes, scratch, &root, err)
                                              : yaml_parse(bytes, scratch, &root, err);

    memset(frame, 0, sizeof *frame);
    if (rc != ERR_OK)
        return rc;
    frame->list = node_get(root, "list");
    return frame->list ? read_listed(root, frame, err) : read_single(root, frame, err);
}

enum err_code signable_read_claim(struct slice bytes, struct arena *scratch,
                                  struct signable_claim *claim, struct err *err)
{
    struct frame frame;

    memset(claim, 0, sizeof *claim);
    if (read_frame(bytes, scratch, &frame, err) != ERR_OK)
        return err_add(err, "measurements");
    claim->layout = frame.list              ? LAYOUT_V2
                    : looks_like_json(bytes) ? LAYOUT_V1
                                             : LAYOUT_RFC;
    claim->uid = frame.uid;
    claim->csp = frame.csp;
    return ERR_OK;
}

static enum err_code check_measurements(const char *path, const struct place *place,
                                        struct slice bytes, struct arena *scratch,
                                        struct err *err)
{
    struct frame frame;

    if (read_frame(bytes, scratch, &frame, err) != ERR_OK)
        return err_add(err, "measurements");
    return check_name(path, place, &frame.uid, frame.csp, err);
}

static enum err_code read_set(const struct verified *document, const struct request *request,
                              struct err *err)
{
    struct measurements measurements;
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, ONE_SET_MEMORY_MAX);
    rc = measurements_parse(document, request, &arena, &measurements, err);
    arena_clear(&arena);
    return rc;
}

/* Sets of a csp that is not known are passed over, as the resolver does. */
static enum err_code read_list(const struct verified *document, const struct frame *frame,
                               struct err *err)
{
    struct request request = {.uid = frame->uid};
    const struct node *item = node_first(frame->list);
    size_t known = 0;

    for (size_t index = 0; item; index++, item = node_next(frame->list, item)) {
        request.csp = csp_parse(node_text(node_get(item, "csp")));
        request.variant = node_text(node_get(item, "attestationVariant"));
        if (request.csp == CSP_NONE)
            continue;
        known++;
        if (read_set(document, &request, err) != ERR_OK)
            return err_add(err, "list[%zu]", index);
    }
    return known ? ERR_OK : err_set(err, ERR_FORMAT, "list: no csp in it is known");
}

enum err_code signable_check_signed(const char *path, const struct verified *document,
                                    struct arena *scratch, struct err *err)
{
    struct request request = {.csp = CSP_NONE};
    struct frame frame;

    if (signable_kind_of(path) != SIGNABLE_MEASUREMENTS)
        return ERR_OK;
    if (read_frame(document->bytes, scratch, &frame, err) != ERR_OK)
        return err->code;
    if (frame.list)
        return read_list(document, &frame, err);
    request.uid = frame.uid;
    request.csp = frame.csp;
    return read_set(document, &request, err);
}

/* Whether a signature of these bytes would be one of a bundle: a payload (simple_signing.h), an encoded
 * statement (sigstore_referrer.h), the statement of a part (bundle_part.h). ERR_LIMIT: nobody knows. */
static enum err_code is_of_bundle(struct slice bytes, struct arena *scratch, bool *answer,
                                  struct err *err)
{
    const struct node *root, *critical;
    enum err_code rc;

    *answer = slice_begins(bytes, "DSSEv1 ") || slice_begins(bytes, "sealift part v1\n");
    if (*answer || !looks_like_json(bytes))
        return ERR_OK;
    rc = json_parse(bytes, scratch, &root, err);
    if (rc != ERR_OK)
        return rc == ERR_FORMAT ? ERR_OK : rc;
    critical = node_get(root, "critical");
    *answer = node_get(node_get(critical, "image"), "docker-manifest-digest") != NULL;
    return ERR_OK;
}

enum err_code signable_check_other(struct slice bytes, struct arena *scratch, struct err *err)
{
    bool is_refused;

    if (is_of_bundle(bytes, scratch, &is_refused, err) != ERR_OK)
        return err->code;
    if (!is_refused)
        return ERR_OK;
    return err_set(err, ERR_POLICY, "is what the signature of a bundle or a container image is made of, and "
                   "signed as a file it would be one: give sign the bundle itself");
}

enum err_code signable_check(const char *path, struct slice bytes, struct arena *scratch,
                             struct err *err)
{
    const struct place *place = place_of(path);

    if (!place)
        return ERR_OK;
    if (bytes.len > signable_max_bytes(place->kind))
        return err_set(err, ERR_LIMIT, "%zu bytes, at most %zu are allowed", bytes.len,
                       signable_max_bytes(place->kind));
    return place->kind == SIGNABLE_TABLE ? check_table(path, place, bytes, scratch, err)
                                         : check_measurements(path, place, bytes, scratch, err);
}
