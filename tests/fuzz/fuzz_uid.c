/*
 * fuzz_uid.c - uid_parse: what it accepts has one shortest form, and makes names that stay below a
 * repository.
 */
#include <string.h>

#include "resolver/core/layout.h"
#include "tests/fuzz/fuzz.h"

static bool is_name_byte(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '.' || byte == '-' || byte == '_';
}

/* Segments of [A-Za-z0-9._-] joined by single slashes, no "." or ".." (source.h). */
static void check_name(const char *name, const char *end)
{
    struct slice rest = slice_text(name);

    FUZZ_CHECK(rest.len < LAYOUT_NAME_MAX - 1);
    FUZZ_CHECK(slice_ends(rest, end));
    while (rest.ptr) {
        struct slice segment = slice_cut(&rest, '/');

        FUZZ_CHECK(segment.len > 0 && !slice_is(segment, ".") && !slice_is(segment, ".."));
        for (size_t i = 0; i < segment.len; i++)
            FUZZ_CHECK(is_name_byte((char)segment.ptr[i]));
    }
}

static void check_names(const struct uid *uid)
{
    char name[LAYOUT_NAME_MAX];

    for (int layout = 0; layout < LAYOUT_COUNT; layout++) {
        layout_table_name((enum layout)layout, uid, name);
        check_name(name, ".json");
        for (int csp = CSP_AWS; csp < CSP_COUNT; csp++) {
            layout_measurements_name((enum layout)layout, uid, (enum csp)csp, name);
            check_name(name, layout == LAYOUT_RFC ? "/measurements.yaml" : "/measurements.json");
        }
    }
    for (int which = 0; which < 2; which++) {
        layout_local_name(which, uid, name);
        check_name(name, ".json");
        FUZZ_CHECK(!strchr(name, '/'));
    }
    layout_versions_folder(uid->ref, uid->stream, name);
    check_name(name, "/versions");
}

static void check_uid(const struct uid *uid)
{
    struct uid again, parts;
    struct semver version;
    struct err err;

    FUZZ_CHECK(strlen(uid->text) <= UID_MAX);
    FUZZ_CHECK(uid_parse(slice_text(uid->text), &again, &err) == ERR_OK);
    FUZZ_CHECK(memcmp(uid, &again, sizeof again) == 0);
    FUZZ_CHECK(uid_from_parts(slice_text(uid->ref), slice_text(uid->stream),
                              slice_text(uid->version), &parts, &err) == ERR_OK);
    FUZZ_CHECK(memcmp(uid, &parts, sizeof parts) == 0);
    FUZZ_CHECK(uid_equal(uid, &again) && uid_compare(uid, &again) == 0);
    FUZZ_CHECK(semver_parse(slice_text(uid->version), &version, &err) == ERR_OK);
    FUZZ_CHECK(semver_compare(&version, &version) == 0);
}

/* Two uids, one a line: equal and in order both ways round. */
static void check_pair(struct slice first, struct slice second)
{
    struct uid a, b;
    struct err err;
    int order;

    if (uid_parse(first, &a, &err) || uid_parse(second, &b, &err))
        return;
    order = uid_compare(&a, &b);
    FUZZ_CHECK((order == 0) == uid_equal(&a, &b));
    FUZZ_CHECK((order < 0) == (uid_compare(&b, &a) > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct uid zeroed;
    struct slice rest = slice_of(data, size), last = {NULL, 0};

    while (rest.len) {
        struct slice line = slice_cut(&rest, '\n');
        struct uid uid;
        struct err err;
        enum err_code rc = uid_parse(line, &uid, &err);

        FUZZ_CHECK(rc == ERR_OK || rc == ERR_FORMAT);
        if (rc) {
            FUZZ_CHECK(memcmp(&uid, &zeroed, sizeof zeroed) == 0);
            FUZZ_CHECK(err.code == rc && strlen(err.msg) < sizeof err.msg);
            continue;
        }
        check_uid(&uid);
        check_names(&uid);
        check_pair(last, line);
        last = line;
    }
    return 0;
}
