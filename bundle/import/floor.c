#include "bundle/import/floor.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/base/json.h"
#include "resolver/base/json_write.h"
#include "resolver/base/quote.h"

static bool is_same_stream(const struct uid *a, const struct uid *b)
{
    return strcmp(a->ref, b->ref) == 0 && strcmp(a->stream, b->stream) == 0;
}

/* A uid has been parsed, so its version can be; a version that cannot is none of a release. */
static struct semver version_of(const struct uid *uid)
{
    struct semver version;
    struct err ignored;

    if (semver_parse(slice_text(uid->version), &version, &ignored) != ERR_OK)
        version.prerelease = SLICE("?");
    return version;
}

static bool is_release(const struct uid *uid)
{
    return version_of(uid).prerelease.len == 0;
}

static bool is_same_minor(const struct uid *a, const struct uid *b)
{
    struct semver x = version_of(a), y = version_of(b);

    return is_same_stream(a, b) && x.major == y.major && x.minor == y.minor;
}

static int compare_uids(const void *a, const void *b)
{
    return uid_compare(a, b);
}

/* --- Reading ------------------------------------------------------------------------------------ */

struct reading {
    struct floor *floor;
    struct slice ref, stream; /* of the stream that is being read */
};

static enum err_code refuse_unknown(const struct node *map, const char *const *known,
                                    struct err *err)
{
    if (!map || map->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "line %u: have %s, want an object",
                       map ? (unsigned)map->line : 1, node_type_name(map));
    for (const struct node *key = node_first(map); key;
         key = node_next(map, node_next(map, key))) {
        size_t i = 0;

        while (known[i] && !slice_is(node_text(key), known[i]))
            i++;
        if (!known[i])
            return err_set(err, ERR_FORMAT, "line %u: %s: a floor has no such member",
                           (unsigned)key->line, quote(node_text(key)).text);
    }
    return ERR_OK;
}

static enum err_code read_version(const struct reading *reading, const struct node *node,
                                  const char *what, struct uid *uid, struct err *err)
{
    struct slice text;

    if (node_string(node, what, &text, err) != ERR_OK)
        return err->code;
    if (uid_from_parts(reading->ref, reading->stream, text, uid, err) != ERR_OK)
        return err_add(err, "line %u: %s", (unsigned)node->line, what);
    if (!is_release(uid))
        return err_set(err, ERR_FORMAT, "line %u: %s: %s is a pre-release, which no floor has",
                       (unsigned)node->line, what, uid->version);
    return ERR_OK;
}

static enum err_code add_highest(struct reading *reading, const struct node *node,
                                 struct err *err)
{
    struct floor *floor = reading->floor;
    struct uid *uid = &floor->highest[floor->highest_count];

    if (read_version(reading, node, "highest", uid, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < floor->highest_count; i++) {
        if (is_same_minor(&floor->highest[i], uid))
            return err_set(err, ERR_FORMAT, "line %u: highest: %s and %s are of one minor version",
                           (unsigned)node->line, floor->highest[i].version, uid->version);
    }
    floor->highest_count++;
    return ERR_OK;
}

/* Whether what was read before has this stream already. */
static bool is_repeated(const struct floor *floor, const struct uid *uid)
{
    for (size_t i = 0; i < floor->highest_count; i++) {
        if (is_same_stream(&floor->highest[i], uid))
            return true;
    }
    for (size_t i = 0; i < floor->minimum_count; i++) {
        if (is_same_stream(&floor->minimum[i], uid))
            return true;
    }
    return false;
}

static enum err_code read_stream(struct reading *reading, const struct node *map, struct err *err)
{
    static const char *const known[] = {"ref", "stream", "minimum", "highest", NULL};
    const struct node *minimum = node_get(map, "minimum"), *list = node_get(map, "highest");
    struct floor *floor = reading->floor;
    struct uid any;

    if (refuse_unknown(map, known, err) != ERR_OK ||
        node_string(node_get(map, "ref"), "ref", &reading->ref, err) != ERR_OK ||
        node_string(node_get(map, "stream"), "stream", &reading->stream, err) != ERR_OK)
        return err->code;
    if (uid_from_parts(reading->ref, reading->stream, SLICE("v0.0.0"), &any, err) != ERR_OK)
        return err_add(err, "line %u", (unsigned)map->line);
    if (is_repeated(floor, &any))
        return err_set(err, ERR_FORMAT, "line %u: ref %s, stream %s stands here again",
                       (unsigned)map->line, any.ref, any.stream);
    if (minimum) {
        if (read_version(reading, minimum, "minimum", &floor->minimum[floor->minimum_count],
                         err) != ERR_OK)
            return err->code;
        floor->minimum_count++;
    }
    if (!list || list->type != NODE_LIST)
        return err_set(err, ERR_FORMAT, "line %u: highest: have %s, want a list",
                       (unsigned)map->line, node_type_name(list));
    for (const struct node *node = node_first(list); node; node = node_next(list, node)) {
        if (add_highest(reading, node, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* Room for all versions that the file can have. */
static enum err_code take_memory(struct floor *floor, const struct node *streams,
                                 struct arena *arena, struct err *err)
{
    size_t versions = 0, count = node_count(streams);

    for (const struct node *map = node_first(streams); map; map = node_next(streams, map))
        versions += node_count(node_get(map, "highest"));
    if (versions > FLOOR_VERSIONS_MAX || count > FLOOR_VERSIONS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d versions", FLOOR_VERSIONS_MAX);
    floor->highest = arena_array(arena, versions, sizeof *floor->highest, err);
    floor->minimum = floor->highest ? arena_array(arena, count, sizeof *floor->minimum, err) : NULL;
    return floor->minimum ? ERR_OK : err->code;
}

static enum err_code read_root(const struct node *root, struct arena *arena, struct floor *floor,
                               struct err *err)
{
    static const char *const known[] = {"floor", "streams", NULL};
    const struct node *streams = node_get(root, "streams"), *form = node_get(root, "floor");
    struct reading reading = {.floor = floor};

    if (refuse_unknown(root, known, err) != ERR_OK)
        return err->code;
    if (!form || form->type != NODE_NUMBER || !slice_is(node_text(form), "1"))
        return err_set(err, ERR_FORMAT, "floor: want 1, the form that this program knows");
    if (!streams || streams->type != NODE_LIST)
        return err_set(err, ERR_FORMAT, "streams: have %s, want a list", node_type_name(streams));
    if (take_memory(floor, streams, arena, err) != ERR_OK)
        return err->code;
    for (const struct node *map = node_first(streams); map; map = node_next(streams, map)) {
        if (read_stream(&reading, map, err) != ERR_OK)
            return err->code;
    }
    qsort(floor->highest, floor->highest_count, sizeof *floor->highest, compare_uids);
    qsort(floor->minimum, floor->minimum_count, sizeof *floor->minimum, compare_uids);
    return ERR_OK;
}

enum err_code floor_parse(struct slice text, struct arena *arena, struct floor *floor,
                          struct err *err)
{
    const struct node *root;

    memset(floor, 0, sizeof *floor);
    if (text.len > FLOOR_FILE_MAX)
        return err_set(err, ERR_LIMIT, "%zu bytes, at most %zu are allowed", text.len,
                       FLOOR_FILE_MAX);
    if (json_parse(text, arena, &root, err) != ERR_OK ||
        read_root(root, arena, floor, err) != ERR_OK) {
        memset(floor, 0, sizeof *floor);
        return err->code;
    }
    return ERR_OK;
}

/* --- Comparing and raising ---------------------------------------------------------------------- */

enum err_code floor_check(const struct floor *floor, const struct uid *uid, struct err *err)
{
    if (!is_release(uid))
        return ERR_OK;
    for (size_t i = 0; i < floor->minimum_count; i++) {
        if (is_same_stream(&floor->minimum[i], uid) && uid_compare(uid, &floor->minimum[i]) < 0)
            return err_set(err, ERR_POLICY, "%s: is older than %s, the minimum that is set for this "
                           "repository", uid->text, floor->minimum[i].version);
    }
    for (size_t i = 0; i < floor->highest_count; i++) {
        if (is_same_minor(&floor->highest[i], uid) && uid_compare(uid, &floor->highest[i]) < 0)
            return err_set(err, ERR_POLICY, "%s: is older than %s, which this repository has had",
                           uid->text, floor->highest[i].version);
    }
    return ERR_OK;
}

static bool raise(struct floor *floor, const struct uid *uid)
{
    if (!is_release(uid))
        return false;
    for (size_t i = 0; i < floor->highest_count; i++) {
        if (!is_same_minor(&floor->highest[i], uid))
            continue;
        if (uid_compare(uid, &floor->highest[i]) <= 0)
            return false;
        floor->highest[i] = *uid;
        return true;
    }
    floor->highest[floor->highest_count++] = *uid;
    return true;
}

enum err_code floor_raise(const struct floor *floor, const struct uid *const *uids, size_t count,
                          struct arena *arena, struct floor *raised, bool *has_changed,
                          struct err *err)
{
    struct uid *highest;

    *has_changed = false;
    *raised = *floor;
    if (count > FLOOR_VERSIONS_MAX - floor->highest_count) {
        memset(raised, 0, sizeof *raised);
        return err_set(err, ERR_LIMIT, "more than %d versions", FLOOR_VERSIONS_MAX);
    }
    highest = arena_array(arena, floor->highest_count + count, sizeof *highest, err);
    if (!highest) {
        memset(raised, 0, sizeof *raised);
        return err->code;
    }
    if (floor->highest_count)
        memcpy(highest, floor->highest, floor->highest_count * sizeof *highest);
    raised->highest = highest;
    for (size_t i = 0; i < count; i++)
        *has_changed = raise(raised, uids[i]) || *has_changed;
    qsort(raised->highest, raised->highest_count, sizeof *highest, compare_uids);
    return ERR_OK;
}

/* --- Writing ------------------------------------------------------------------------------------ */

static void write_stream(const struct floor *floor, const struct uid *stream,
                         struct json_writer *json)
{
    json_begin_map(json);
    json_member(json, "ref", stream->ref);
    json_member(json, "stream", stream->stream);
    for (size_t i = 0; i < floor->minimum_count; i++) {
        if (is_same_stream(&floor->minimum[i], stream))
            json_member(json, "minimum", floor->minimum[i].version);
    }
    json_key(json, "highest");
    json_begin_list(json);
    for (size_t i = 0; i < floor->highest_count; i++) {
        if (is_same_stream(&floor->highest[i], stream))
            json_text(json, floor->highest[i].version);
    }
    json_end_list(json);
    json_end_map(json);
}

/* The two lists are in the order of streams: the next stream is the lower of their next ones. */
void floor_write(const struct floor *floor, struct buf *out)
{
    struct json_writer json = json_writer_to(out, 2);
    size_t high = 0, low = 0;

    json_begin_map(&json);
    json_key(&json, "floor");
    json_number(&json, 1);
    json_key(&json, "streams");
    json_begin_list(&json);
    while (high < floor->highest_count || low < floor->minimum_count) {
        const struct uid *a = high < floor->highest_count ? &floor->highest[high] : NULL;
        const struct uid *b = low < floor->minimum_count ? &floor->minimum[low] : NULL;
        const struct uid *stream = !b || (a && (is_same_stream(a, b) || uid_compare(a, b) < 0))
                                       ? a : b;

        write_stream(floor, stream, &json);
        while (high < floor->highest_count && is_same_stream(&floor->highest[high], stream))
            high++;
        while (low < floor->minimum_count && is_same_stream(&floor->minimum[low], stream))
            low++;
    }
    json_end_list(&json);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}
