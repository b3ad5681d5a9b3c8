#include "bundle/archive/oci.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/json.h"
#include "tests/unit/test.h"

#define HEX64 "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

TEST(oci_digests_have_one_text)
{
    uint8_t digest[SHA256_SIZE], again[SHA256_SIZE];
    char text[OCI_DIGEST_SIZE], name[OCI_BLOB_NAME_SIZE];
    struct err err;

    sha256_of(SLICE("hello"), digest);
    oci_digest_text(digest, text);
    CHECK_TEXT("sha256:" HEX64, slice_text(text));
    oci_blob_name(digest, name);
    CHECK_TEXT("blobs/sha256/" HEX64, slice_text(name));
    CHECK_OK(oci_digest_parse(slice_text(text), again, &err), err);
    CHECK(memcmp(digest, again, SHA256_SIZE) == 0);
    text[8] = 'C';
    CHECK_ERR(ERR_FORMAT,
              "digest: have \"sha256:2Cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b98"
              "24\", want sha256: and 64 lower-case hex digits",
              oci_digest_parse(slice_text(text), again, &err), err);
    CHECK(again[0] == 0);
    CHECK_ERR(ERR_FORMAT,
              "digest: have \"sha512:00\", want sha256: and 64 lower-case hex digits",
              oci_digest_parse(SLICE("sha512:00"), again, &err), err);
    CHECK(oci_digest_parse(SLICE("sha256:" HEX64 "0"), again, &err) == ERR_FORMAT);
    CHECK(oci_digest_parse(SLICE("sha256:"), again, &err) == ERR_FORMAT);
    CHECK(oci_digest_parse(SLICE(""), again, &err) == ERR_FORMAT);
}

static void check_tag(const char *uid_text, const char *tag)
{
    char have[OCI_TAG_MAX + 1];
    struct uid uid;
    struct err err;

    CHECK_OK(uid_parse(slice_text(uid_text), &uid, &err), err);
    oci_tag(&uid, have);
    CHECK_TEXT(tag, slice_text(have));
}

TEST(oci_tag_keeps_what_a_tag_may_hold)
{
    struct uid odd = {.text = ".-x"};
    char have[OCI_TAG_MAX + 1];

    check_tag("v2.2.0", "v2.2.0");
    check_tag("stream/debug/v2.3.0", "stream-debug-v2.3.0");
    check_tag("ref/feat-xyz/stream/debug/v2.4.0-pre.0.20230922011244-0744d001aa84",
              "ref-feat-xyz-stream-debug-v2.4.0-pre.0.20230922011244-0744d001aa84");
    oci_tag(&odd, have);
    CHECK_TEXT("_-x", slice_text(have));
}

TEST(oci_tag_cuts_long_ones)
{
    struct uid uid = {.text = ""};
    char have[OCI_TAG_MAX + 1];

    memset(uid.text, 'a', 128);
    oci_tag(&uid, have);
    CHECK(strcmp(have, uid.text) == 0);
    uid.text[128] = 'a';
    oci_tag(&uid, have);
    CHECK_NUMBER(128, strlen(have));
    CHECK(memcmp(have, uid.text, 111) == 0);
    /* printf 'a%.0s' $(seq 129) | sha256sum */
    CHECK_TEXT("-c12cb024a2e5551c", slice_part(slice_text(have), 111, 17));
}

TEST(oci_number_has_one_form)
{
    static const char *const bad[] = {"", "01", "-1", "+1", "1.0", "1e3", " 1", "1 ", "x",
                                      "18446744073709551616", "99999999999999999999"};
    uint64_t value;
    struct err err;

    CHECK_OK(oci_number_parse(SLICE("0"), "size", 5, &value, &err), err);
    CHECK_NUMBER(0, value);
    CHECK_OK(oci_number_parse(SLICE("1234567890123"), "size", OCI_SIZE_MAX, &value, &err), err);
    CHECK_NUMBER(1234567890123, value);
    CHECK_ERR(ERR_FORMAT, "size: have \"6\", want a whole number up to 5",
              oci_number_parse(SLICE("6"), "size", 5, &value, &err), err);
    CHECK_NUMBER(0, value);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(oci_number_parse(slice_text(bad[i]), "size", UINT64_MAX, &value, &err) ==
              ERR_FORMAT);
}

/* The node of a text, in memory that the next call takes. */
static const struct node *parse(const char *text)
{
    static uint8_t memory[8192];
    const struct node *root;
    struct arena arena;
    struct err err;

    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK_OK(json_parse(slice_text(text), &arena, &root, &err), err);
    return root;
}

TEST(oci_descriptor_goes_both_ways)
{
    struct descriptor descriptor = descriptor_of("text/plain", SLICE("hello")), again;
    struct json_writer writer;
    char memory[512];
    struct buf out;
    struct err err;

    buf_init_fixed(&out, memory, sizeof memory - 1);
    writer = json_writer_to(&out, 0);
    json_begin_map(&writer);
    descriptor_write(&writer, &descriptor);
    json_end_map(&writer);
    CHECK_TEXT("{\"mediaType\":\"text/plain\",\"digest\":\"sha256:" HEX64 "\",\"size\":5}",
               buf_slice(&out));
    memory[out.len] = '\0';
    CHECK_OK(descriptor_parse(parse(memory), "layer", NULL, &again, &err), err);
    CHECK(memcmp(descriptor.digest, again.digest, SHA256_SIZE) == 0);
    CHECK_NUMBER(5, again.size);
}

#define DIGEST "\"digest\":\"sha256:" HEX64 "\""

TEST(oci_descriptor_refusals)
{
    static const char *const also[] = {"annotations", NULL};
    static const struct {
        const char *json, *message;
    } bad[] = {
        {"[]", "layer: have a list, want a map"},
        {"{\"mediaType\":\"a/b\"," DIGEST ",\"size\":1,\"urls\":[]}",
         "layer: urls: is not expected here"},
        {"{" DIGEST ",\"size\":1}", "layer: mediaType: missing, want a string"},
        {"{\"mediaType\":\"ab\"," DIGEST ",\"size\":1}", "layer: mediaType: \"ab\" is none"},
        {"{\"mediaType\":\"a/b c\"," DIGEST ",\"size\":1}", "layer: mediaType: \"a/b c\" is none"},
        {"{\"mediaType\":\"a/b\",\"size\":1}", "layer: digest: missing, want a string"},
        {"{\"mediaType\":\"a/b\",\"digest\":\"x\",\"size\":1}",
         "layer: digest: have \"x\", want sha256: and 64 lower-case hex digits"},
        {"{\"mediaType\":\"a/b\"," DIGEST "}", "layer: size: have nothing, want a number"},
        {"{\"mediaType\":\"a/b\"," DIGEST ",\"size\":\"1\"}",
         "layer: size: have a string, want a number"},
        {"{\"mediaType\":\"a/b\"," DIGEST ",\"size\":-1}",
         "layer: size: have \"-1\", want a whole number up to 2305843009213693951"},
        {"{\"mediaType\":\"a/b\"," DIGEST ",\"size\":2305843009213693952}",
         "layer: size: have \"2305843009213693952\", want a whole number up to 2305843009213693951"},
    };
    struct descriptor descriptor;
    struct err err;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_ERR(ERR_FORMAT, bad[i].message,
                  descriptor_parse(parse(bad[i].json), "layer", also, &descriptor, &err), err);
        CHECK(!descriptor.media_type.ptr && descriptor.size == 0);
    }
    CHECK_OK(descriptor_parse(
                 parse("{\"mediaType\":\"a/b\"," DIGEST ",\"size\":1,\"annotations\":{}}"),
                 "layer", also, &descriptor, &err),
             err);
    CHECK_ERR(ERR_FORMAT, "layer: have nothing, want a map",
              descriptor_parse(NULL, "layer", also, &descriptor, &err), err);
}

TEST(oci_checks_of_members)
{
    static const char *const names[] = {"a", "b", NULL};
    struct err err;

    CHECK_OK(oci_only(parse("{\"a\":1}"), "thing", names, &err), err);
    CHECK_ERR(ERR_FORMAT, "thing: c: is not expected here",
              oci_only(parse("{\"a\":1,\"c\":2}"), "thing", names, &err), err);
    CHECK_ERR(ERR_FORMAT, "thing: have a number, want a map",
              oci_only(parse("1"), "thing", names, &err), err);
    CHECK_OK(oci_is(parse("{\"a\":\"x\"}"), "a", "x", &err), err);
    CHECK_ERR(ERR_FORMAT, "a: have \"y\", want \"x\"", oci_is(parse("{\"a\":\"y\"}"), "a", "x", &err),
              err);
    CHECK_ERR(ERR_FORMAT, "a: have a number, want \"x\"", oci_is(parse("{\"a\":1}"), "a", "x", &err),
              err);
    CHECK_ERR(ERR_FORMAT, "a: missing, want \"x\"", oci_is(parse("{}"), "a", "x", &err), err);
    CHECK_OK(oci_check_head(parse("{\"schemaVersion\":2,\"mediaType\":\"m\"}"), "m", &err), err);
    CHECK_ERR(ERR_FORMAT, "schemaVersion: want 2",
              oci_check_head(parse("{\"schemaVersion\":1,\"mediaType\":\"m\"}"), "m", &err), err);
    CHECK_ERR(ERR_FORMAT, "schemaVersion: want 2", oci_check_head(parse("{}"), "m", &err), err);
    CHECK_ERR(ERR_FORMAT, "mediaType: have \"n\", want \"m\"",
              oci_check_head(parse("{\"schemaVersion\":2,\"mediaType\":\"n\"}"), "m", &err), err);
}
