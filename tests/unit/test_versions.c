#include "resolver/core/versions.h"

#include "resolver/base/heap.h"
#include "tests/unit/memory_source.h"

#define BASE "https://cdn.example/"
#define LISTS "constellation/v1/ref/-/stream/stable/versions/"
#define STABLE_1 "constellation/v1/ref/-/stream/stable/"
#define STABLE_2 "constellation/v2/ref/-/stream/stable/"

static struct arena arena;
static struct memory_source memory;

static void begin_folder(void)
{
    arena_init_heap(&arena, (size_t)64 << 20);
    memory_init_listing(&memory, "/srv/images");
}

static void begin_server(void)
{
    arena_init_heap(&arena, (size_t)64 << 20);
    memory_init(&memory, "https://cdn.example");
}

/* Lists, and compares the texts, joined by blanks; or the message. */
static void check_list(int layout, const char *ref, const char *stream, enum err_code code,
                       const char *want)
{
    char text[2048];
    struct versions versions;
    struct buf have;
    struct err err;

    memset(&versions, 0xA5, sizeof versions);
    CHECK_ERR(code, want,
              versions_list(&memory.source, layout, slice_text(ref), slice_text(stream), &arena,
                            &versions, &err),
              err);
    if (code) {
        CHECK(versions.list == NULL && versions.count == 0);
        return;
    }
    buf_init_fixed(&have, text, sizeof text);
    for (size_t i = 0; i < versions.count; i++)
        buf_add_format(&have, "%s%s", i ? " " : "", versions.list[i].text);
    CHECK_TEXT(want, buf_slice(&have));
}

static void check_stable(enum err_code code, const char *want)
{
    check_list(-1, "-", "stable", code, want);
}

static void check_latest(enum err_code code, const char *want)
{
    static const struct uid zeroed;
    struct uid newest;
    struct err err;

    memset(&newest, 0xA5, sizeof newest);
    CHECK_ERR(
        code, want,
        versions_latest(&memory.source, -1, SLICE("-"), SLICE("stable"), &arena, &newest, &err),
        err);
    if (code)
        CHECK(memcmp(&newest, &zeroed, sizeof zeroed) == 0);
    else
        CHECK_TEXT(want, slice_text(newest.text));
}

static void put(const char *name)
{
    memory_put(&memory, name, SLICE("{}"));
}

/* --- a directory ----------------------------------------------------------------------------- */

TEST(versions_of_the_rfc_layout)
{
    begin_folder();
    put("images/v2.10.0.json");
    put("images/v2.2.0.json");
    put("images/v2.2.0-rc.1.json");
    put("images/stream_debug_v9.0.0.json");
    put("images/ref_main_stream_debug_v9.0.0.json");
    check_stable(ERR_OK, "v2.2.0-rc.1 v2.2.0 v2.10.0");
    check_list(-1, "-", "debug", ERR_OK, "stream/debug/v9.0.0");
    check_list(-1, "main", "debug", ERR_OK, "ref/main/stream/debug/v9.0.0");
    arena_clear(&arena);
}

TEST(versions_pass_over_other_files)
{
    begin_folder();
    put("images/v2.2.0.json");
    put("images/v2.2.0.json.sig");
    put("images/README.json");
    put("images/.json");
    put("images/v2.3.0");
    put("images/v2.3.json");
    put("images/ref_-_stream_stable_v2.4.0.json");
    put("images/stream_stable_v2.4.0.json");
    put("images/v2.2.0/azure-sev-snp.raw");
    put("images/v2.4.0_.json");
    check_stable(ERR_OK, "v2.2.0");
    arena_clear(&arena);
}

TEST(versions_pass_over_very_long_names)
{
    static char name[600] = "images/v1.0.0-";

    begin_folder();
    memset(name + 14, 'a', 500);
    memcpy(name + 514, ".json", 6);
    put(name);
    put("images/v2.2.0.json");
    check_stable(ERR_OK, "v2.2.0");
    arena_clear(&arena);
}

TEST(versions_of_the_later_layouts)
{
    begin_folder();
    put(STABLE_1 "v2.5.0/image/info.json");
    put(STABLE_2 "v2.8.0/image/info.json");
    put(STABLE_2 "v2.9.0/image/info.json");
    put("constellation/v2/ref/-/stream/debug/v9.0.0/image/info.json");
    check_stable(ERR_OK, "v2.5.0 v2.8.0 v2.9.0");
    check_list(LAYOUT_V1, "-", "stable", ERR_OK, "v2.5.0");
    check_list(LAYOUT_V2, "-", "stable", ERR_OK, "v2.8.0 v2.9.0");
    check_list(LAYOUT_RFC, "-", "stable", ERR_NOT_FOUND,
               "/srv/images: no version of ref \"-\", stream \"stable\"");
    arena_clear(&arena);
}

TEST(versions_need_a_table)
{
    begin_folder();
    put(STABLE_1 "v2.5.0/image/csp/gcp/image.raw");
    put(STABLE_1 "v2.6.0/image");
    put(STABLE_1 "v2.7.0");
    put(STABLE_1 "versions/latest/image.json");
    put(STABLE_1 "v2.x/image/info.json");
    put(STABLE_2 "v2.8.0/image/measurements.json");
    put(STABLE_2 "v2.9.0/image/info.json");
    check_stable(ERR_OK, "v2.9.0");
    arena_clear(&arena);
}

TEST(versions_that_stand_in_several_layouts_count_once)
{
    begin_folder();
    put("images/v2.2.0.json");
    put(STABLE_1 "v2.2.0/image/info.json");
    put(STABLE_2 "v2.2.0/image/info.json");
    put(STABLE_2 "v2.1.0/image/info.json");
    check_stable(ERR_OK, "v2.1.0 v2.2.0");
    arena_clear(&arena);
}

TEST(versions_newest_is_the_highest_release)
{
    begin_folder();
    put("images/v2.10.0.json");
    put("images/v2.9.0.json");
    put("images/v2.11.0-rc.1.json");
    put("images/v2.11.0-rc.10.json");
    check_latest(ERR_OK, "v2.10.0");
    arena_clear(&arena);
    begin_folder();
    put("images/v2.11.0-rc.9.json");
    put("images/v2.11.0-rc.10.json");
    put("images/v2.10.0-rc.11.json");
    check_latest(ERR_OK, "v2.11.0-rc.10");
    arena_clear(&arena);
    begin_folder();
    put("images/v1.0.0.json");
    put("images/v2.0.0-rc.json");
    check_latest(ERR_OK, "v1.0.0");
    arena_clear(&arena);
}

TEST(versions_of_an_empty_directory)
{
    begin_folder();
    check_stable(ERR_NOT_FOUND, "/srv/images: no version of ref \"-\", stream \"stable\"");
    check_latest(ERR_NOT_FOUND, "/srv/images: no version of ref \"-\", stream \"stable\"");
    arena_clear(&arena);
}

TEST(versions_of_a_directory_that_cannot_be_listed)
{
    begin_folder();
    memory_fail(&memory, "images", ERR_IO, "Permission denied");
    check_stable(ERR_IO, "/srv/images/images: Permission denied");
    arena_clear(&arena);
    begin_folder();
    memory_fail(&memory, STABLE_2 "v2.8.0/image", ERR_POLICY, "it leads out");
    check_latest(ERR_POLICY, "/srv/images/" STABLE_2 "v2.8.0/image: it leads out");
    arena_clear(&arena);
}

static const struct {
    const char *ref, *stream, *message;
} refused_names[] = {
    {"", "stable", "ref \"\", stream \"stable\": the ref is empty"},
    {"-", "", "ref \"-\", stream \"\": stream \"\": want stable, console or debug on ref \"-\""},
    {"-", "nightly",
     "ref \"-\", stream \"nightly\": stream \"nightly\": want stable, console or debug "
     "on ref \"-\""},
    {"../x", "debug",
     "ref \"../x\", stream \"debug\": a ref has letters, digits and hyphens alone"},
    {"a/b", "debug", "ref \"a/b\", stream \"debug\": a ref has letters, digits and hyphens alone"},
    {"main", "../stable",
     "ref \"main\", stream \"../stable\": stream \"../stable\": want nightly, "
     "console or debug on ref \"main\""},
};

TEST(versions_names_are_checked_before_they_are_used)
{
    for (size_t i = 0; i < sizeof refused_names / sizeof refused_names[0]; i++) {
        struct uid newest;
        struct err err;

        begin_folder();
        check_list(-1, refused_names[i].ref, refused_names[i].stream, ERR_FORMAT,
                   refused_names[i].message);
        CHECK_ERR(ERR_FORMAT, refused_names[i].message,
                  versions_latest(&memory.source, -1, slice_text(refused_names[i].ref),
                                  slice_text(refused_names[i].stream), &arena, &newest, &err),
                  err);
        CHECK_NUMBER(0, memory_log(&memory).len);
        arena_clear(&arena);
    }
}

TEST(versions_need_memory)
{
    struct versions versions;
    uint8_t area[1024];
    struct arena small;
    struct err err;

    begin_folder();
    put("images/v2.2.0.json");
    arena_init_fixed(&small, area, sizeof area);
    CHECK_ERR(
        ERR_LIMIT, NULL,
        versions_list(&memory.source, -1, SLICE("-"), SLICE("stable"), &small, &versions, &err),
        err);
    CHECK(versions.list == NULL && versions.count == 0);
    arena_clear(&arena);
}

/* --- a web server: version lists ------------------------------------------------------------- */

#define HEAD "{\"ref\": \"-\", \"stream\": \"stable\", \"kind\": \"image\", "
#define MAJOR(BASE_TEXT, LIST) \
    HEAD "\"granularity\": \"major\", \"base\": \"" BASE_TEXT "\", \"versions\": [" LIST "]}"
#define MINOR(BASE_TEXT, LIST) \
    HEAD "\"granularity\": \"minor\", \"base\": \"" BASE_TEXT "\", \"versions\": [" LIST "]}"
#define LATEST(VERSION) HEAD "\"version\": \"" VERSION "\"}"

static void put_list(const char *name, const char *text)
{
    memory_put(&memory, name, slice_text(text));
}

TEST(versions_of_a_server)
{
    begin_server();
    put_list(LISTS "latest/image.json", LATEST("v2.3.0"));
    put_list(LISTS "major/v1/image.json", MAJOR("v1", "\"v1.0\""));
    put_list(LISTS "minor/v1.0/image.json", MINOR("v1.0", "\"v1.0.1\", \"v1.0.0\""));
    put_list(LISTS "major/v2/image.json", MAJOR("v2", "\"v2.10\", \"v2.2\""));
    put_list(LISTS "minor/v2.2/image.json", MINOR("v2.2", "\"v2.2.0\", \"v2.2.0-rc\", \"v2.2.0\""));
    put_list(LISTS "minor/v2.10/image.json", MINOR("v2.10", ""));
    check_stable(ERR_OK, "v1.0.0 v1.0.1 v2.2.0-rc v2.2.0 v2.3.0");
    CHECK_TEXT(LISTS "latest/image.json\n" LISTS "major/v0/image.json\n" LISTS
                     "major/v1/image.json\n" LISTS "minor/v1.0/image.json\n" LISTS
                     "major/v2/image.json\n" LISTS "minor/v2.10/image.json\n" LISTS
                     "minor/v2.2/image.json\n",
               memory_log(&memory));
    arena_clear(&arena);
}

TEST(versions_newest_of_a_server_is_one_document)
{
    begin_server();
    put_list(LISTS "latest/image.json", LATEST("v2.3.0-rc.1"));
    check_latest(ERR_OK, "v2.3.0-rc.1");
    CHECK_TEXT(LISTS "latest/image.json\n", memory_log(&memory));
    arena_clear(&arena);
}

TEST(versions_of_a_server_without_lists)
{
    static const char message[] =
        "https://cdn.example: no version list of ref \"-\", stream \"stable\" (a repository in the "
        "rfc layout has none over HTTP)";

    begin_server();
    check_stable(ERR_NOT_FOUND, message);
    check_latest(ERR_NOT_FOUND, message);
    check_list(LAYOUT_RFC, "-", "stable", ERR_NOT_FOUND,
               "https://cdn.example: the rfc layout has no version lists over HTTP");
    arena_clear(&arena);
}

TEST(versions_of_a_server_that_answers_403)
{
    begin_server();
    memory_forbid(&memory, LISTS "latest/image.json");
    check_latest(ERR_IO,
                 BASE LISTS "latest/image.json: the server answers 403 (forbidden): whether "
                            "there is a version list cannot be told");
    arena_clear(&arena);
    /* Of a major or minor version there may well be none. */
    begin_server();
    put_list(LISTS "latest/image.json", LATEST("v1.0.0"));
    memory_forbid(&memory, LISTS "major/v0/image.json");
    memory_forbid(&memory, LISTS "major/v1/image.json");
    check_stable(ERR_OK, "v1.0.0");
    arena_clear(&arena);
}

TEST(versions_of_a_server_that_fails)
{
    begin_server();
    put_list(LISTS "latest/image.json", LATEST("v1.0.0"));
    memory_fail(&memory, LISTS "major/v1/image.json", ERR_IO, "the cable is cut");
    check_stable(ERR_IO, BASE LISTS "major/v1/image.json: the cable is cut");
    arena_clear(&arena);
}

static const struct {
    const char *text;
    enum err_code code;
    const char *message;
} bad_latest[] = {
    {"", ERR_FORMAT, "line 1, column 1: the document is empty, want a value"},
    {"[]", ERR_FORMAT, "ref: missing, want a string"},
    {"{\"stream\": \"stable\", \"kind\": \"image\", \"version\": \"v1.0.0\"}", ERR_FORMAT,
     "ref: missing, want a string"},
    {"{\"ref\": \"main\", \"stream\": \"stable\", \"kind\": \"image\", \"version\": \"v1.0.0\"}",
     ERR_FORGED, "ref: have \"main\", want \"-\""},
    {"{\"ref\": \"-\", \"stream\": \"debug\", \"kind\": \"image\", \"version\": \"v1.0.0\"}",
     ERR_FORGED, "stream: have \"debug\", want \"stable\""},
    {"{\"ref\": \"-\", \"stream\": \"stable\", \"kind\": \"cli\", \"version\": \"v1.0.0\"}",
     ERR_FORGED, "kind: have \"cli\", want \"image\""},
    {HEAD "\"x\": 1}", ERR_FORMAT, "version: missing, want a string"},
    {HEAD "\"version\": 2}", ERR_FORMAT, "line 1: version: have a number, want a string"},
    {LATEST("2.3.0"), ERR_FORMAT, "version \"2.3.0\": a version begins with \"v\""},
    {LATEST("v1.0.0/../x"), ERR_FORMAT,
     "version \"v1.0.0/../x\": want vMAJOR.MINOR.PATCH, three numbers without leading zeros"},
};

TEST(versions_refuse_a_bad_newest)
{
    for (size_t i = 0; i < sizeof bad_latest / sizeof bad_latest[0]; i++) {
        char message[512];

        begin_server();
        put_list(LISTS "latest/image.json", bad_latest[i].text);
        snprintf(message, sizeof message, BASE LISTS "latest/image.json: %s",
                 bad_latest[i].message);
        check_latest(bad_latest[i].code, message);
        check_stable(bad_latest[i].code, message);
        arena_clear(&arena);
    }
}

static const struct {
    const char *text;
    enum err_code code;
    const char *message;
} bad_major[] = {
    {MAJOR("v2", ""), ERR_FORGED, "base: have \"v2\", want \"v1\""},
    {MINOR("v1", ""), ERR_FORGED, "granularity: have \"minor\", want \"major\""},
    {HEAD "\"granularity\": \"major\", \"base\": \"v1\"}", ERR_FORMAT,
     "versions: have nothing, want a list"},
    {HEAD "\"granularity\": \"major\", \"base\": \"v1\", \"versions\": \"v1.0\"}", ERR_FORMAT,
     "versions: have a string, want a list"},
    {HEAD "\"granularity\": \"major\", \"base\": \"v1\", \"versions\": {\"v1.0\": 1}}", ERR_FORMAT,
     "versions: have a map, want a list"},
    {MAJOR("v1", "1"), ERR_FORMAT, "line 1: versions: have a number, want a string"},
    {MAJOR("v1", "\"v1\""), ERR_FORMAT, "version \"v1\": is not below v1"},
    {MAJOR("v1", "\"v2.0\""), ERR_FORMAT, "version \"v2.0\": is not below v1"},
    {MAJOR("v1", "\"v10.0\""), ERR_FORMAT, "version \"v10.0\": is not below v1"},
    {MAJOR("v1", "\"v1.0.0\""), ERR_FORMAT, "\"v1.0.0\": want a minor version such as \"v2.3\""},
    {MAJOR("v1", "\"v1.0-x\""), ERR_FORMAT, "\"v1.0-x\": want a minor version such as \"v2.3\""},
    {MAJOR("v1", "\"v1.0.0-x\""), ERR_FORMAT,
     "\"v1.0.0-x\": want a minor version such as \"v2.3\""},
    {MAJOR("v1", "\"../x\""), ERR_FORMAT, "version \"../x\": is not below v1"},
    {MAJOR("v1", "\"v1.0/..\""), ERR_FORMAT, "\"v1.0/..\": want a minor version such as \"v2.3\""},
    {MAJOR("v1", "\"v1.000000000000000000000000000000000000000000\""), ERR_FORMAT,
     "\"v1.000000000000000000000000000000000000000000\": want a minor version such as \"v2.3\""},
};

TEST(versions_refuse_a_bad_list_of_a_major_version)
{
    for (size_t i = 0; i < sizeof bad_major / sizeof bad_major[0]; i++) {
        char message[512];

        begin_server();
        put_list(LISTS "latest/image.json", LATEST("v1.0.0"));
        put_list(LISTS "major/v1/image.json", bad_major[i].text);
        snprintf(message, sizeof message, BASE LISTS "major/v1/image.json: %s",
                 bad_major[i].message);
        check_stable(bad_major[i].code, message);
        arena_clear(&arena);
    }
}

TEST(versions_refuse_a_bad_list_of_a_minor_version)
{
    begin_server();
    put_list(LISTS "latest/image.json", LATEST("v1.0.0"));
    put_list(LISTS "major/v1/image.json", MAJOR("v1", "\"v1.0\""));
    put_list(LISTS "minor/v1.0/image.json", MINOR("v1.0", "\"v1.0\""));
    check_stable(ERR_FORMAT, BASE LISTS
                 "major/v1/image.json: " BASE LISTS "minor/v1.0/image.json: version "
                 "\"v1.0\": is not below v1.0");
    put_list(LISTS "minor/v1.0/image.json", MINOR("v1.0", "\"v1.0.1\", \"v1.1.0\""));
    check_stable(ERR_FORMAT, BASE LISTS
                 "major/v1/image.json: " BASE LISTS "minor/v1.0/image.json: version "
                 "\"v1.1.0\": is not below v1.0");
    put_list(LISTS "minor/v1.0/image.json", MINOR("v1.0", "\"v1.0.00\""));
    check_stable(ERR_FORMAT, BASE LISTS
                 "major/v1/image.json: " BASE LISTS "minor/v1.0/image.json: version "
                 "\"v1.0.00\": want vMAJOR.MINOR.PATCH, three numbers without leading zeros");
    arena_clear(&arena);
}

TEST(versions_refuse_a_newest_far_away)
{
    begin_server();
    put_list(LISTS "latest/image.json", LATEST("v100.0.0"));
    check_stable(ERR_LIMIT, "latest version v100.0.0: major versions end at 99");
    CHECK_NUMBER(1, memory_times_asked(&memory, LISTS "latest/image.json"));
    arena_clear(&arena);
}
