#include "resolver/core/find.h"

#include "resolver/base/heap.h"
#include "resolver/core/measurements.h"
#include "tests/unit/fixture_keys.h"
#include "tests/unit/memory_source.h"
#include "tests/unit/uid_of.h"

#define V1_RELEASE "constellation/v1/ref/-/stream/stable/"
#define V2_RELEASE "constellation/v2/ref/-/stream/stable/"
#define LOCAL_NAME "constellation_v2_ref_-_stream_stable_v2.2.0_image_info.json"
#define RFC_TABLE "images/v2.2.0.json"
#define V1_TABLE V1_RELEASE "v2.2.0/image/info.json"
#define V2_TABLE V2_RELEASE "v2.2.0/image/info.json"
#define RFC_MEASUREMENTS "measurements/gcp/v2.2.0/measurements.yaml"
#define V1_MEASUREMENTS V1_RELEASE "v2.2.0/image/csp/gcp/measurements.json"
#define V2_MEASUREMENTS V2_RELEASE "v2.2.0/image/measurements.json"
#define GOOD SLICE("{\"gcp\": \"image\"}")
#define REPOSITORY "https://cdn.example/"

static struct arena arena;
static struct memory_source local, repository;
static struct finder finder;
static struct keys keys;

static void begin(const char *key_names)
{
    arena_init_heap(&arena, (size_t)16 << 20);
    memory_init(&local, ".");
    memory_init(&repository, "https://cdn.example");
    finder = (struct finder){&local.source, &repository.source, -1};
    keys = (struct keys){0};
    fixture_keys_add(&keys, &arena, key_names);
}

static struct found_table find(const char *uid_text, enum err_code code, const char *message)
{
    static const struct found_table zeroed;
    struct uid uid = uid_of(uid_text);
    struct found_table found;
    struct err err;

    memset(&found, 0xA5, sizeof found);
    CHECK_ERR(code, message, find_table(&finder, &uid, &keys, &arena, &found, &err), err);
    if (code)
        CHECK(memcmp(&found, &zeroed, sizeof zeroed) == 0);
    return found;
}

static void fail_to_find(const char *uid, enum err_code code, const char *message)
{
    find(uid, code, message);
    arena_clear(&arena);
}

static void check_origin(const struct origin *origin, const struct memory_source *source,
                         const char *name)
{
    CHECK(origin->source == &source->source);
    CHECK(origin->is_local == (source == &local));
    CHECK_TEXT(name, slice_text(origin->name));
}

TEST(find_looks_everywhere_in_order)
{
    begin("");
    find("v2.2.0", ERR_NOT_FOUND, "no lookup table of v2.2.0 in . or https://cdn.example");
    CHECK_TEXT("v2.2.0.json\n" LOCAL_NAME "\n", memory_log(&local));
    CHECK_TEXT(RFC_TABLE "\n" V1_TABLE "\n" V2_TABLE "\n", memory_log(&repository));
    arena_clear(&arena);
}

TEST(find_takes_the_first_table_there_is)
{
    struct {
        struct memory_source *source;
        const char *name;
        enum layout layout;
    } places[] = {
        {&local, "v2.2.0.json", LAYOUT_RFC},  {&local, LOCAL_NAME, LAYOUT_RFC},
        {&repository, RFC_TABLE, LAYOUT_RFC}, {&repository, V1_TABLE, LAYOUT_V1},
        {&repository, V2_TABLE, LAYOUT_V2},
    };
    const size_t count = sizeof places / sizeof places[0];

    for (size_t first = 0; first < count; first++) {
        struct found_table found;

        begin("");
        for (size_t i = first; i < count; i++)
            memory_put(places[i].source, places[i].name, GOOD);
        found = find("v2.2.0", ERR_OK, NULL);
        check_origin(&found.origin, places[first].source, places[first].name);
        CHECK_NUMBER(places[first].layout, found.origin.layout);
        CHECK_NUMBER(1, found.table.count);
        CHECK(slice_equal(found.bytes, GOOD));
        CHECK_NUMBER(0, found.verified.signer_count);
        CHECK(found.verified.bytes.ptr == NULL);
        arena_clear(&arena);
    }
}

TEST(find_does_not_open_the_repository_for_a_local_table)
{
    begin("");
    memory_put(&local, LOCAL_NAME, GOOD);
    find("v2.2.0", ERR_OK, NULL);
    CHECK_NUMBER(0, memory_log(&repository).len);
    arena_clear(&arena);
}

TEST(find_uses_the_shortest_form_of_the_uid)
{
    begin("");
    memory_put(&local, "stream_debug_v2.3.0.json", GOOD);
    find("ref/-/stream/debug/v2.3.0", ERR_OK, NULL);
    arena_clear(&arena);
}

/* The first file that exists is the answer, and its fault the error. */
TEST(find_never_goes_on_past_a_broken_table)
{
    begin("");
    memory_put(&local, "v2.2.0.json", SLICE("{"));
    memory_put(&local, LOCAL_NAME, GOOD);
    memory_put(&repository, RFC_TABLE, GOOD);
    find("v2.2.0", ERR_FORMAT,
         "./v2.2.0.json: line 1, column 2: the document ends here, want a key in double quotes or "
         "\"}\"");
    CHECK_TEXT("v2.2.0.json\n", memory_log(&local));
    CHECK_NUMBER(0, memory_log(&repository).len);
    arena_clear(&arena);
}

TEST(find_never_goes_on_past_a_table_that_cannot_be_read)
{
    begin("");
    memory_fail(&local, LOCAL_NAME, ERR_IO, "Permission denied");
    memory_put(&repository, RFC_TABLE, GOOD);
    fail_to_find("v2.2.0", ERR_IO, "./" LOCAL_NAME ": Permission denied");
    begin("");
    memory_fail(&repository, V1_TABLE, ERR_POLICY, "it leads out");
    memory_put(&repository, V2_TABLE, GOOD);
    fail_to_find("v2.2.0", ERR_POLICY, REPOSITORY V1_TABLE ": it leads out");
}

TEST(find_refuses_the_table_of_another_version)
{
    begin("");
    memory_put(&local, "v2.8.1.json", test_file("fixtures/tables/good-v2.json"));
    memory_put(&repository, "images/v2.8.1.json", GOOD);
    fail_to_find("v2.8.1", ERR_FORGED,
                 "./v2.8.1.json: version: have \"v2.8.0\", want \"v2.8.1\": this is the table of "
                 "another version");
    begin("");
    memory_put(&repository, V2_RELEASE "v2.8.1/image/info.json",
               test_file("fixtures/tables/good-v2.json"));
    fail_to_find("v2.8.1", ERR_FORGED,
                 REPOSITORY V2_RELEASE "v2.8.1/image/info.json: version: have \"v2.8.0\", want "
                                       "\"v2.8.1\": this is the table of another version");
}

TEST(find_in_one_layout)
{
    static const char *const names[] = {RFC_TABLE, V1_TABLE, V2_TABLE};

    for (int layout = 0; layout < LAYOUT_COUNT; layout++) {
        struct found_table found;
        char want[256];

        begin("");
        finder.layout = layout;
        for (int i = 0; i < LAYOUT_COUNT; i++)
            memory_put(&repository, names[i], GOOD);
        found = find("v2.2.0", ERR_OK, NULL);
        check_origin(&found.origin, &repository, names[layout]);
        snprintf(want, sizeof want, "%s\n", names[layout]);
        CHECK_TEXT(want, memory_log(&repository));
        arena_clear(&arena);
    }
}

TEST(find_without_a_local_folder_or_a_repository)
{
    begin("");
    finder.local = NULL;
    fail_to_find("v2.2.0", ERR_NOT_FOUND, "no lookup table of v2.2.0 in https://cdn.example");
    begin("");
    finder.repository = NULL;
    fail_to_find("v2.2.0", ERR_NOT_FOUND, "no lookup table of v2.2.0 in .");
    begin("");
    finder.local = finder.repository = NULL;
    fail_to_find("v2.2.0", ERR_NOT_FOUND,
                 "no lookup table of v2.2.0 in any place: give --repository");
}

TEST(find_goes_on_past_403)
{
    struct found_table found;

    begin("");
    memory_forbid(&repository, RFC_TABLE);
    memory_forbid(&repository, V1_TABLE);
    memory_put(&repository, V2_TABLE, GOOD);
    found = find("v2.2.0", ERR_OK, NULL);
    check_origin(&found.origin, &repository, V2_TABLE);
    arena_clear(&arena);
}

TEST(find_reports_403_when_nothing_was_found)
{
    begin("");
    memory_forbid(&repository, V1_TABLE);
    fail_to_find("v2.2.0", ERR_IO,
                 REPOSITORY V1_TABLE
                 ": the server answers 403 (forbidden); no lookup table of v2.2.0 elsewhere");
    begin("good-p256");
    memory_forbid(&repository, RFC_TABLE);
    fail_to_find("v2.2.0", ERR_IO,
                 REPOSITORY RFC_TABLE
                 ": the server answers 403 (forbidden); no lookup table of v2.2.0 elsewhere");
}

static void put_signed(struct memory_source *source, const char *name, const char *sig_name,
                       const char *document)
{
    char path[256];

    snprintf(path, sizeof path, "fixtures/%s", document);
    memory_put(source, name, test_file(path));
    snprintf(path, sizeof path, "fixtures/%s.sig", document);
    memory_put(source, sig_name, test_file(path));
}

TEST(find_a_signed_table)
{
    struct found_table found;

    begin("good-p256-other");
    put_signed(&repository, V1_TABLE, V1_TABLE ".sig", "tables/good-v1.json");
    found = find("v2.2.0", ERR_OK, NULL);
    CHECK_NUMBER(1, found.verified.signer_count);
    CHECK(found.verified.signers[0] == keys.list[0]);
    CHECK(slice_equal(found.verified.bytes, found.bytes));
    CHECK(slice_equal(found.bytes, test_file("fixtures/tables/good-v1.json")));
    arena_clear(&arena);
}

TEST(find_a_signed_local_table)
{
    begin("good-p256-other");
    put_signed(&local, "v2.2.0.json", "v2.2.0.json.sig", "tables/good-v1.json");
    CHECK_NUMBER(1, find("v2.2.0", ERR_OK, NULL).verified.signer_count);
    arena_clear(&arena);
}

TEST(find_does_not_look_for_signatures_without_table_keys)
{
    begin("");
    put_signed(&repository, V1_TABLE, V1_TABLE ".sig", "tables/good-v1.json");
    CHECK_NUMBER(0, find("v2.2.0", ERR_OK, NULL).verified.signer_count);
    CHECK_NUMBER(0, memory_times_asked(&repository, V1_TABLE ".sig"));
    arena_clear(&arena);
}

TEST(find_wants_every_table_signed_with_table_keys)
{
    begin("good-p256-other");
    memory_put(&local, "v2.2.0.json", GOOD);
    fail_to_find("v2.2.0", ERR_NO_KEY, "./v2.2.0.json: there is no signature");
    begin("good-p256-other");
    memory_put(&repository, V1_TABLE, test_file("fixtures/tables/good-v1.json"));
    memory_put(&repository, V2_TABLE, test_file("fixtures/tables/good-v2.json"));
    fail_to_find("v2.2.0", ERR_NO_KEY, REPOSITORY V1_TABLE ": there is no signature");
}

TEST(find_refuses_a_table_signed_by_another_key)
{
    begin("good-p256");
    put_signed(&repository, V1_TABLE, V1_TABLE ".sig", "tables/good-v1.json");
    fail_to_find("v2.2.0", ERR_FORGED,
                 REPOSITORY V1_TABLE
                 ": info.json.sig: the signature does not fit this document and key");
}

/* Signed for v2.2.0, shown in place of v2.2.1: the signature holds, the table is another one. */
TEST(find_refuses_a_signed_table_replayed_for_another_uid)
{
    begin("good-p256-other");
    put_signed(&repository, "images/v2.2.1.json", "images/v2.2.1.json.sig", "tables/good-v1.json");
    fail_to_find("v2.2.1", ERR_FORGED,
                 REPOSITORY
                 "images/v2.2.1.json: version: have \"v2.2.0\", want \"v2.2.1\": this is "
                 "the table of another version");
}

TEST(find_refuses_a_signed_table_that_names_no_version)
{
    static const char *const documents[] = {"tables/good-rfc.json",
                                            "tables/good-v1-debug-flag.json"};

    for (size_t i = 0; i < 2; i++) {
        begin("good-p256-other");
        put_signed(&repository, RFC_TABLE, RFC_TABLE ".sig", documents[i]);
        fail_to_find("v2.2.0", ERR_POLICY,
                     REPOSITORY RFC_TABLE ": a signed table must carry ref, stream and version: "
                                          "without them its signature would fit any version");
    }
}

TEST(find_refuses_a_signed_table_that_is_malformed)
{
    begin("good-p256-other");
    put_signed(&repository, RFC_TABLE, RFC_TABLE ".sig", "tables/bad-v2-no-csp.json");
    fail_to_find("v2.2.0", ERR_FORMAT,
                 REPOSITORY RFC_TABLE ": list[0]: csp: missing, want a string");
}

TEST(find_caps_tables)
{
    static uint8_t one;

    begin("");
    memory_put(&local, "v2.2.0.json", slice_of(&one, TABLE_MAX_BYTES + 1));
    fail_to_find("v2.2.0", ERR_LIMIT,
                 "./v2.2.0.json: 67108865 bytes, at most 67108864 are allowed");
}

/* --- measurements ---------------------------------------------------------------------------- */

static struct verified find_gcp(const char *uid_text, enum err_code code, const char *message,
                                struct origin *origin)
{
    static const struct verified zeroed;
    static const struct origin nowhere;
    struct uid uid = uid_of(uid_text);
    struct verified verified;
    struct err err;

    memset(&verified, 0xA5, sizeof verified);
    memset(origin, 0xA5, sizeof *origin);
    CHECK_ERR(code, message,
              find_measurements(&finder, &uid, CSP_GCP, &keys, &arena, &verified, origin, &err),
              err);
    if (code) {
        CHECK(memcmp(&verified, &zeroed, sizeof zeroed) == 0);
        CHECK(memcmp(origin, &nowhere, sizeof nowhere) == 0);
    }
    return verified;
}

TEST(find_measurements_in_every_layout)
{
    static const char *const places[] = {RFC_MEASUREMENTS, V1_MEASUREMENTS, V2_MEASUREMENTS};

    for (size_t i = 0; i < 3; i++) {
        struct verified verified;
        struct origin origin;
        char sig_name[256];

        begin("good-p256");
        snprintf(sig_name, sizeof sig_name, "%s.sig", places[i]);
        put_signed(&repository, places[i], sig_name, "measurements/good-v1-gcp.json");
        verified = find_gcp("v2.2.0", ERR_OK, NULL, &origin);
        CHECK_NUMBER(1, verified.signer_count);
        CHECK(slice_equal(verified.bytes, test_file("fixtures/measurements/good-v1-gcp.json")));
        check_origin(&origin, &repository, places[i]);
        CHECK_NUMBER(i, origin.layout);
        CHECK_NUMBER(0, memory_log(&local).len);
        arena_clear(&arena);
    }
}

TEST(find_measurements_by_two_keys)
{
    const char *const name = V2_RELEASE "v2.8.0/image/measurements.json";
    char id[KEY_SHORT_ID_SIZE], named[256], path[256];
    struct origin origin;

    begin("good-p256 good-p384");
    keys.threshold = 2;
    key_short_id(&fixture_key(&keys, "good-p384")->public, id);
    snprintf(named, sizeof named, "%s.%s.sig", name, id);
    snprintf(path, sizeof path, "fixtures/measurements/good-v2.json.%s.sig", id);
    put_signed(&repository, name, V2_RELEASE "v2.8.0/image/measurements.json.sig",
               "measurements/good-v2.json");
    memory_put(&repository, named, test_file(path));
    CHECK_NUMBER(2, find_gcp("v2.8.0", ERR_OK, NULL, &origin).signer_count);
    arena_clear(&arena);
}

TEST(find_measurements_needs_a_key_before_anything_is_asked_for)
{
    struct origin origin;

    begin("");
    find_gcp(
        "v2.2.0", ERR_NO_KEY,
        "no key to check measurements with: give --key FILE, or put keys into the measurements "
        "folder of SEALIFT_KEYS",
        &origin);
    CHECK_NUMBER(0, memory_log(&repository).len);
    arena_clear(&arena);
}

TEST(find_measurements_nowhere)
{
    struct origin origin;

    begin("good-p256");
    find_gcp("v2.2.0", ERR_NOT_FOUND, "no gcp measurements of v2.2.0 in https://cdn.example",
             &origin);
    CHECK_TEXT(RFC_MEASUREMENTS "\n" V1_MEASUREMENTS "\n" V2_MEASUREMENTS "\n",
               memory_log(&repository));
    arena_clear(&arena);
    begin("good-p256");
    finder.repository = NULL;
    find_gcp("v2.2.0", ERR_NOT_FOUND,
             "no gcp measurements of v2.2.0 in any place: give --repository", &origin);
    arena_clear(&arena);
}

TEST(find_measurements_that_are_forbidden)
{
    struct origin origin;

    begin("good-p256");
    memory_forbid(&repository, V2_MEASUREMENTS);
    find_gcp("v2.2.0", ERR_IO,
             REPOSITORY V2_MEASUREMENTS
             ": the server answers 403 (forbidden); no gcp measurements of v2.2.0 elsewhere",
             &origin);
    arena_clear(&arena);
}

/* A stripped signature ends the search, even where the next layout has a signed document. */
TEST(find_measurements_without_signature)
{
    struct origin origin;

    begin("good-p256");
    memory_put(&repository, RFC_MEASUREMENTS, test_file("fixtures/measurements/good-v1-gcp.json"));
    put_signed(&repository, V1_MEASUREMENTS, V1_MEASUREMENTS ".sig",
               "measurements/good-v1-gcp.json");
    find_gcp("v2.2.0", ERR_NO_KEY, REPOSITORY RFC_MEASUREMENTS ": there is no signature", &origin);
    arena_clear(&arena);
}

TEST(find_measurements_caps_them)
{
    static uint8_t large[MEASUREMENTS_MAX_BYTES + 1];
    struct origin origin;

    begin("good-p256");
    memory_put(&repository, RFC_MEASUREMENTS, slice_of(large, sizeof large));
    find_gcp("v2.2.0", ERR_LIMIT,
             REPOSITORY RFC_MEASUREMENTS ": 1048577 bytes, at most 1048576 are allowed", &origin);
    arena_clear(&arena);
}
