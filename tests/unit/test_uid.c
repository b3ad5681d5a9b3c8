#include <stdio.h>
#include <string.h>

#include "resolver/core/uid.h"
#include "tests/unit/test.h"

#define COMMIT "cc0de5c68d41f31dd0b284d574f137e0b0ad106b"
#define BRANCH_VERSION "v2.4.0-pre.0.20230922011244-0744d001aa84"

static bool is_zeroed(const struct uid *uid)
{
    static const struct uid zeroed;

    return memcmp(uid, &zeroed, sizeof zeroed) == 0;
}

static struct uid parse(const char *text)
{
    struct uid uid;
    struct err err;

    CHECK_OK(uid_parse(test_guarded(slice_text(text)), &uid, &err), err);
    return uid;
}

static const struct {
    const char *text, *ref, *stream, *version, *shortest;
} read[] = {
    {"v2.2.0", "-", "stable", "v2.2.0", "v2.2.0"},
    {"stream/stable/v2.2.0", "-", "stable", "v2.2.0", "v2.2.0"},
    {"ref/-/stream/stable/v2.2.0", "-", "stable", "v2.2.0", "v2.2.0"},
    {"v2.3.0-pre-debug", "-", "stable", "v2.3.0-pre-debug", "v2.3.0-pre-debug"},
    {"v2.3.0-pre-debug-" COMMIT, "-", "stable", "v2.3.0-pre-debug-" COMMIT,
     "v2.3.0-pre-debug-" COMMIT},
    {"stream/debug/v2.3.0", "-", "debug", "v2.3.0", "stream/debug/v2.3.0"},
    {"ref/-/stream/debug/v2.3.0", "-", "debug", "v2.3.0", "stream/debug/v2.3.0"},
    {"stream/console/v2.3.0", "-", "console", "v2.3.0", "stream/console/v2.3.0"},
    {"ref/feat-xyz/stream/debug/" BRANCH_VERSION, "feat-xyz", "debug", BRANCH_VERSION,
     "ref/feat-xyz/stream/debug/" BRANCH_VERSION},
    {"ref/main/stream/nightly/v2.4.0", "main", "nightly", "v2.4.0",
     "ref/main/stream/nightly/v2.4.0"},
    {"ref/main/stream/console/v2.4.0", "main", "console", "v2.4.0",
     "ref/main/stream/console/v2.4.0"},
    {"ref/--/stream/debug/v2.4.0", "--", "debug", "v2.4.0", "ref/--/stream/debug/v2.4.0"},
    {"ref/refs-head/stream/debug/v2.4.0", "refs-head", "debug", "v2.4.0",
     "ref/refs-head/stream/debug/v2.4.0"},
    {"ref/Refs-heads-x/stream/debug/v2.4.0", "Refs-heads-x", "debug", "v2.4.0",
     "ref/Refs-heads-x/stream/debug/v2.4.0"},
    {"ref/release-v2-3/stream/debug/v2.4.0", "release-v2-3", "debug", "v2.4.0",
     "ref/release-v2-3/stream/debug/v2.4.0"},
    {"ref/0/stream/debug/v0.0.0", "0", "debug", "v0.0.0", "ref/0/stream/debug/v0.0.0"},
};

TEST(uid_reads_all_forms_into_the_shortest)
{
    for (size_t i = 0; i < sizeof read / sizeof read[0]; i++) {
        struct uid uid = parse(read[i].text);

        CHECK_TEXT(read[i].ref, slice_text(uid.ref));
        CHECK_TEXT(read[i].stream, slice_text(uid.stream));
        CHECK_TEXT(read[i].version, slice_text(uid.version));
        CHECK_TEXT(read[i].shortest, slice_text(uid.text));
    }
}

TEST(uid_of_its_own_text_is_the_same_uid)
{
    for (size_t i = 0; i < sizeof read / sizeof read[0]; i++) {
        struct uid uid = parse(read[i].text), again = parse(uid.text), parts;
        struct err err;

        CHECK(memcmp(&uid, &again, sizeof uid) == 0);
        CHECK_OK(uid_from_parts(slice_text(uid.ref), slice_text(uid.stream),
                                slice_text(uid.version), &parts, &err),
                 err);
        CHECK(memcmp(&uid, &parts, sizeof uid) == 0);
    }
}

#define THREE_NUMBERS "want vMAJOR.MINOR.PATCH, three numbers without leading zeros"
#define BEGINS_WITH_V "a version begins with \"v\""
#define REF_LETTERS "a ref has letters, digits and hyphens alone"
#define REF_THEN_STREAM "\"ref/REF/\" is followed by \"stream/STREAM/VERSION\""
#define RELEASE_STREAMS "want stable, console or debug on ref \"-\""

static const struct {
    const char *text, *message;
} refused[] = {
    {"", "uid: empty; want a version such as v2.2.0"},
    {"2.2.0", "uid \"2.2.0\": version \"2.2.0\": " BEGINS_WITH_V},
    {" v2.2.0", "uid \" v2.2.0\": version \" v2.2.0\": " BEGINS_WITH_V},
    {"v2.2.0\n", "uid \"v2.2.0\\x0a\": version \"v2.2.0\\x0a\": " THREE_NUMBERS},
    {"v2.2", "uid \"v2.2\": version \"v2.2\": " THREE_NUMBERS},
    {"v2.2.0+b",
     "uid \"v2.2.0+b\": version \"v2.2.0+b\": build metadata (\"+...\") is not allowed"},
    {"v2.2.0-01",
     "uid \"v2.2.0-01\": version \"v2.2.0-01\": leading zero in a number of the pre-release"},
    {"..", "uid \"..\": version \"..\": " BEGINS_WITH_V},
    {"../v2.2.0", "uid \"../v2.2.0\": version \"../v2.2.0\": " BEGINS_WITH_V},
    {"/v2.2.0", "uid \"/v2.2.0\": version \"/v2.2.0\": " BEGINS_WITH_V},
    {"v2.2.0/", "uid \"v2.2.0/\": version \"v2.2.0/\": " THREE_NUMBERS},
    {"v2.2.0/../v2.3.0", "uid \"v2.2.0/../v2.3.0\": version \"v2.2.0/../v2.3.0\": " THREE_NUMBERS},
    {"v2.2.0-a/../b", "uid \"v2.2.0-a/../b\": version \"v2.2.0-a/../b\": "
                      "a pre-release has letters, digits, hyphens and dots alone"},
    {"v2.2.0-%2e%2e", "uid \"v2.2.0-%2e%2e\": version \"v2.2.0-%2e%2e\": "
                      "a pre-release has letters, digits, hyphens and dots alone"},
    {"v2.2.0-..", "uid \"v2.2.0-..\": version \"v2.2.0-..\": empty identifier in the pre-release"},
    {"v2.2.0\\x", "uid \"v2.2.0\\\\x\": version \"v2.2.0\\\\x\": " THREE_NUMBERS},
    {"v\xD9\xA2.2.0", "uid \"v\xD9\xA2.2.0\": version \"v\xD9\xA2.2.0\": " THREE_NUMBERS},
    {"v2.2.0\xFF", "uid \"v2.2.0\\xff\": version \"v2.2.0\\xff\": " THREE_NUMBERS},
    {"stream", "uid \"stream\": version \"stream\": " BEGINS_WITH_V},
    {"stream/", "uid \"stream/\": stream \"\": " RELEASE_STREAMS},
    {"stream/stable", "uid \"stream/stable\": version \"\": " BEGINS_WITH_V},
    {"stream/stable/", "uid \"stream/stable/\": version \"\": " BEGINS_WITH_V},
    {"stream//v2.2.0", "uid \"stream//v2.2.0\": stream \"\": " RELEASE_STREAMS},
    {"stream/nightly/v2.2.0",
     "uid \"stream/nightly/v2.2.0\": stream \"nightly\": " RELEASE_STREAMS},
    {"stream/Stable/v2.2.0", "uid \"stream/Stable/v2.2.0\": stream \"Stable\": " RELEASE_STREAMS},
    {"stream/../v2.2.0", "uid \"stream/../v2.2.0\": stream \"..\": " RELEASE_STREAMS},
    {"stream/stable/stream/stable/v2.2.0", "uid \"stream/stable/stream/stable/v2.2.0\": "
                                           "version \"stream/stable/v2.2.0\": " BEGINS_WITH_V},
    {"stream/stable//v2.2.0", "uid \"stream/stable//v2.2.0\": version \"/v2.2.0\": " BEGINS_WITH_V},
    {"Stream/stable/v2.2.0",
     "uid \"Stream/stable/v2.2.0\": version \"Stream/stable/v2.2.0\": " BEGINS_WITH_V},
    {"ref/main/stream/stable/v2.2.0", "uid \"ref/main/stream/stable/v2.2.0\": stream \"stable\": "
                                      "want nightly, console or debug on ref \"main\""},
    {"ref/-/stream/nightly/v2.2.0",
     "uid \"ref/-/stream/nightly/v2.2.0\": stream \"nightly\": " RELEASE_STREAMS},
    {"ref/", "uid \"ref/\": " REF_THEN_STREAM},
    {"ref/main", "uid \"ref/main\": " REF_THEN_STREAM},
    {"ref/main/", "uid \"ref/main/\": " REF_THEN_STREAM},
    {"ref/main/v2.2.0", "uid \"ref/main/v2.2.0\": " REF_THEN_STREAM},
    {"ref/main/stream", "uid \"ref/main/stream\": " REF_THEN_STREAM},
    {"ref//stream/debug/v2.2.0", "uid \"ref//stream/debug/v2.2.0\": the ref is empty"},
    {"ref/a/b/stream/debug/v2.2.0", "uid \"ref/a/b/stream/debug/v2.2.0\": " REF_THEN_STREAM},
    {"ref/a_b/stream/debug/v2.2.0", "uid \"ref/a_b/stream/debug/v2.2.0\": " REF_LETTERS},
    {"ref/a.b/stream/debug/v2.2.0", "uid \"ref/a.b/stream/debug/v2.2.0\": " REF_LETTERS},
    {"ref/../stream/debug/v2.2.0", "uid \"ref/../stream/debug/v2.2.0\": " REF_LETTERS},
    {"ref/%2e/stream/debug/v2.2.0", "uid \"ref/%2e/stream/debug/v2.2.0\": " REF_LETTERS},
    {"ref/f\xC3\xA9/stream/debug/v2.2.0",
     "uid \"ref/f\xC3\xA9/stream/debug/v2.2.0\": " REF_LETTERS},
    {"ref/refs-heads-main/stream/debug/v2.2.0",
     "uid \"ref/refs-heads-main/stream/debug/v2.2.0\": "
     "the ref begins with \"refs-heads\": give the branch alone"},
    {"ref/refs-heads/stream/debug/v2.2.0",
     "uid \"ref/refs-heads/stream/debug/v2.2.0\": "
     "the ref begins with \"refs-heads\": give the branch alone"},
};

TEST(uid_refuses_what_is_outside_its_grammar)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct uid uid = parse("v9.9.9");
        struct err err;

        CHECK_ERR(ERR_FORMAT, refused[i].message,
                  uid_parse(test_guarded(slice_text(refused[i].text)), &uid, &err), err);
        CHECK(is_zeroed(&uid));
    }
}

TEST(uid_refuses_nul_bytes)
{
    static const char after[] = "v2.2.0\0", in_ref[] = "ref/ma\0n/stream/debug/v2.2.0";
    struct uid uid;
    struct err err;

    CHECK_ERR(ERR_FORMAT, "uid \"v2.2.0\\x00\": version \"v2.2.0\\x00\": " THREE_NUMBERS,
              uid_parse(slice_of(after, sizeof after - 1), &uid, &err), err);
    CHECK_ERR(ERR_FORMAT, "uid \"ref/ma\\x00n/stream/debug/v2.2.0\": " REF_LETTERS,
              uid_parse(slice_of(in_ref, sizeof in_ref - 1), &uid, &err), err);
}

/* A release version of that many characters: "v1.0.0-aaa...". */
static const char *long_version(size_t len)
{
    static char text[1024];

    memset(text, 'a', sizeof text);
    memcpy(text, "v1.0.0-", 7);
    text[len] = '\0';
    return text;
}

TEST(uid_has_at_most_200_characters)
{
    struct uid uid = parse(long_version(UID_MAX));
    struct err err;

    CHECK_NUMBER(200, UID_MAX);
    CHECK_NUMBER(200, strlen(uid.text));
    CHECK_NUMBER(200, strlen(uid.version));
    CHECK_ERR(ERR_FORMAT, NULL, uid_parse(slice_text(long_version(1000)), &uid, &err), err);
    CHECK_ERR(ERR_FORMAT, NULL, uid_parse(slice_text(long_version(UID_MAX + 1)), &uid, &err), err);
    CHECK(slice_ends(slice_text(err.msg), "...\": longer than 200 characters"));
    CHECK(is_zeroed(&uid));
}

TEST(uid_length_is_that_of_the_shortest_form)
{
    char text[512];
    struct uid uid;
    struct err err;

    snprintf(text, sizeof text, "ref/-/stream/stable/%s", long_version(UID_MAX));
    uid = parse(text);
    CHECK_NUMBER(200, strlen(uid.text));
    snprintf(text, sizeof text, "stream/debug/%s", long_version(UID_MAX - 13));
    uid = parse(text);
    CHECK_NUMBER(200, strlen(uid.text));
    snprintf(text, sizeof text, "stream/debug/%s", long_version(UID_MAX - 12));
    CHECK_ERR(ERR_FORMAT, NULL, uid_parse(slice_text(text), &uid, &err), err);
    CHECK(slice_ends(slice_text(err.msg), "longer than 200 characters"));
    CHECK(is_zeroed(&uid));
}

TEST(uid_refuses_a_long_ref)
{
    char ref[1024];
    struct uid uid;
    struct err err;

    memset(ref, 'r', sizeof ref);
    CHECK_ERR(
        ERR_FORMAT, "longer than 200 characters",
        uid_from_parts(slice_of(ref, sizeof ref), SLICE("debug"), SLICE("v1.0.0"), &uid, &err),
        err);
    CHECK_ERR(ERR_FORMAT, "longer than 200 characters",
              uid_from_parts(slice_of(ref, 200), SLICE("debug"), SLICE("v1.0.0"), &uid, &err), err);
    CHECK(is_zeroed(&uid));
}

static const struct {
    const char *ref, *stream, *version, *message;
} refused_parts[] = {
    {"", "stable", "v2.2.0", "the ref is empty"},
    {"-", "", "v2.2.0", "stream \"\": " RELEASE_STREAMS},
    {"-", "stable", "", "version \"\": " BEGINS_WITH_V},
    {"a/b", "debug", "v2.2.0", REF_LETTERS},
    {"-", "stable", "stream/debug/v2.2.0", "version \"stream/debug/v2.2.0\": " BEGINS_WITH_V},
    {"main", "stable", "v2.2.0",
     "stream \"stable\": want nightly, console or debug on ref \"main\""},
};

TEST(uid_parts_are_checked_like_the_text)
{
    for (size_t i = 0; i < sizeof refused_parts / sizeof refused_parts[0]; i++) {
        struct uid uid;
        struct err err;

        CHECK_ERR(ERR_FORMAT, refused_parts[i].message,
                  uid_from_parts(slice_text(refused_parts[i].ref),
                                 slice_text(refused_parts[i].stream),
                                 slice_text(refused_parts[i].version), &uid, &err),
                  err);
        CHECK(is_zeroed(&uid));
    }
}

static bool same(const char *a, const char *b)
{
    struct uid left = parse(a), right = parse(b);

    CHECK(uid_equal(&left, &right) == (uid_compare(&left, &right) == 0));
    return uid_equal(&left, &right);
}

TEST(uid_equality_is_that_of_what_is_meant)
{
    CHECK(same("v2.2.0", "ref/-/stream/stable/v2.2.0"));
    CHECK(same("stream/debug/v2.2.0", "ref/-/stream/debug/v2.2.0"));
    CHECK(!same("v2.2.0", "stream/debug/v2.2.0"));
    CHECK(!same("v2.2.0", "v2.2.1"));
    CHECK(!same("v2.2.0", "v2.2.0-pre"));
    CHECK(!same("ref/a/stream/debug/v2.2.0", "ref/A/stream/debug/v2.2.0"));
}

/* In order; each differs from the next in one part. */
static const char *const ordered[] = {
    "stream/console/v2.10.0",
    "stream/debug/v2.2.0",
    "stream/debug/v2.10.0",
    "v2.2.0-pre",
    "v2.2.0",
    "v2.10.0-rc.2",
    "v2.10.0-rc.10",
    "v2.10.0",
    "ref/a/stream/debug/v9.0.0",
    "ref/a/stream/nightly/v1.0.0",
    "ref/b/stream/debug/v0.0.1",
};

TEST(uid_order_is_ref_then_stream_then_precedence)
{
    const size_t count = sizeof ordered / sizeof ordered[0];

    for (size_t a = 0; a < count; a++) {
        for (size_t b = 0; b < count; b++) {
            struct uid left = parse(ordered[a]), right = parse(ordered[b]);
            int order = uid_compare(&left, &right);

            CHECK_NUMBER((a > b) - (a < b), (order > 0) - (order < 0));
        }
    }
}

TEST(uid_file_name_has_underscores_for_slashes)
{
    char name[UID_MAX + 1];
    struct uid uid = parse("ref/feat-xyz/stream/debug/" BRANCH_VERSION);

    uid_file_name(&uid, name);
    CHECK_TEXT("ref_feat-xyz_stream_debug_" BRANCH_VERSION, slice_text(name));
    uid = parse("v2.2.0");
    uid_file_name(&uid, name);
    CHECK_TEXT("v2.2.0", slice_text(name));
    uid = parse(long_version(UID_MAX));
    uid_file_name(&uid, name);
    CHECK_TEXT(uid.text, slice_text(name));
}
