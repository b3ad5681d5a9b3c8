#include "resolver/core/measurements.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/buf.h"
#include "resolver/base/heap.h"
#include "tests/unit/fixture_folder.h"
#include "tests/unit/test.h"

#define ONE_BUILD "v2.2.0-cc0de5c68d41f31dd0b284d574f137e0b0ad106b"
#define FIRST_HEX "d06a9504172eefc7652d6d37a4e37a3896e341332c29998df9257cf245873ecb"
#define FIRST_BASE64 "0GqVBBcu78dlLW03pON6OJbjQTMsKZmN+SV88kWHPss="
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static struct arena arena; /* for one document at a time */

static bool is_zeroed(const struct measurements *measurements)
{
    static const struct measurements zeroed;

    return memcmp(measurements, &zeroed, sizeof zeroed) == 0;
}

/* Reads bytes as if they had been verified; message NULL with ERR_OK. */
static struct measurements parse(struct slice bytes, const char *uid, const char *csp,
                                 const char *variant, enum err_code code, const char *message)
{
    struct verified document = {.bytes = bytes};
    struct measurements measurements;
    struct request request;
    struct err err;

    arena_init_heap(&arena, (size_t)16 << 20);
    CHECK_OK(request_parse(slice_text(uid), slice_text(csp), SLICE(""), slice_text(variant),
                           &request, &err),
             err);
    memset(&measurements, 0xA5, sizeof measurements);
    CHECK_ERR(code, message, measurements_parse(&document, &request, &arena, &measurements, &err),
              err);
    if (code)
        CHECK(is_zeroed(&measurements));
    return measurements;
}

static struct slice fixture(const char *name)
{
    char path[256];

    snprintf(path, sizeof path, "fixtures/measurements/%s", name);
    return test_file(path);
}

static struct measurements parse_good(const char *name, const char *uid, const char *csp,
                                      const char *variant)
{
    return parse(fixture(name), uid, csp, variant, ERR_OK, NULL);
}

static void check_register(const struct measurements *measurements, size_t index, const char *want,
                           bool warn_only)
{
    char hex[REGISTER_HEX_MAX];

    CHECK(measurements->registers[index].is_set);
    register_hex(measurements, index, hex);
    CHECK_TEXT(want, slice_text(hex));
    CHECK(measurements->registers[index].warn_only == warn_only);
}

static size_t count_registers(const struct measurements *measurements)
{
    size_t count = 0;

    for (size_t i = 0; i < REGISTER_COUNT; i++)
        count += measurements->registers[i].is_set;
    return count;
}

TEST(measurements_of_the_first_generation)
{
    struct measurements have = parse_good("good-rfc-azure.yaml", ONE_BUILD, "azure", "");

    CHECK_NUMBER(MEASUREMENTS_RFC, have.form);
    CHECK_TEXT(ONE_BUILD, slice_text(have.uid.text));
    CHECK_NUMBER(CSP_AZURE, have.csp);
    CHECK_NUMBER(0, have.variant.len);
    CHECK_NUMBER(32, have.size_bytes);
    CHECK_NUMBER(2, count_registers(&have));
    check_register(&have, 1, FIRST_HEX, false);
    check_register(&have, 11, ZEROS, false);
    arena_clear(&arena);
}

TEST(measurements_in_every_way_to_write_a_value)
{
    struct measurements have = parse_good("good-rfc-forms.yaml", "v2.2.0", "qemu", "");

    CHECK_NUMBER(9, count_registers(&have));
    for (size_t i = 0; i < 8; i++)
        check_register(&have, i, FIRST_HEX, i == 5);
    check_register(&have, 23, FIRST_HEX, false);
    arena_clear(&arena);
}

TEST(measurements_of_tdx_registers)
{
    struct measurements have = parse_good("good-rfc-tdx.yaml", "v2.2.0", "qemu", "qemu-tdx");

    CHECK_NUMBER(48, have.size_bytes);
    CHECK_NUMBER(5, count_registers(&have));
    check_register(&have, 0,
                   "030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dc"
                   "e3eaf1f8ff060d141b222930373e454c",
                   false);
    check_register(&have, 1,
                   "383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9e0e7eef5fc030a11"
                   "181f262d343b424950575e656c737a81",
                   false);
    CHECK(have.registers[2].warn_only);
    arena_clear(&arena);
}

TEST(measurements_of_v1)
{
    struct measurements have = parse_good("good-v1-gcp.json", "v2.2.0", "gcp", "");

    CHECK_NUMBER(MEASUREMENTS_V1, have.form);
    CHECK_NUMBER(3, count_registers(&have));
    check_register(&have, 0, "010c17222d38434e59646f7a85909ba6b1bcc7d2dde8f3fe09141f2a35404b56",
                   true);
    CHECK(!have.registers[4].warn_only && !have.registers[9].warn_only);
    arena_clear(&arena);
}

TEST(measurements_of_v2_by_variant)
{
    struct measurements have = parse_good("good-v2.json", "v2.8.0", "azure", "azure-tdx");

    CHECK_NUMBER(MEASUREMENTS_V2, have.form);
    CHECK_TEXT("v2.8.0", slice_text(have.uid.text));
    CHECK_NUMBER(CSP_AZURE, have.csp);
    CHECK_TEXT("azure-tdx", have.variant);
    CHECK_NUMBER(48, have.size_bytes);
    CHECK_NUMBER(2, count_registers(&have));
    arena_clear(&arena);
    have = parse_good("good-v2.json", "v2.8.0", "azure", "cvm");
    CHECK_TEXT("azure-sev-snp", have.variant);
    CHECK_NUMBER(32, have.size_bytes);
    check_register(&have, 11, ZEROS, true);
    arena_clear(&arena);
}

TEST(measurements_of_v2_with_one_candidate)
{
    static const char *const names[][2] = {
        {"aws", "aws-nitro-tpm"},
        {"gcp", "gcp-sev-es"},
        {"openstack", "qemu-vtpm"},
        {"qemu", "qemu-vtpm"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct measurements have = parse_good("good-v2.json", "v2.8.0", names[i][0], "");

        CHECK_TEXT(names[i][1], have.variant);
        arena_clear(&arena);
    }
    parse_good("good-v2.json", "v2.8.0", "openstack", "sev");
    arena_clear(&arena);
}

TEST(measurements_of_v2_ignore_what_they_do_not_know)
{
    struct measurements have = parse_good("good-v2-unknown-members.json", "v2.8.0", "gcp", "");

    CHECK_TEXT("gcp-sev-es", have.variant);
    arena_clear(&arena);
    have = parse_good("good-v2-branch.json",
                      "ref/feat-xyz/stream/debug/v2.4.0-pre.0.20230922011244-0744d001aa84", "gcp",
                      "gcp-next");
    CHECK_TEXT("gcp-next", have.variant);
    arena_clear(&arena);
}

/* Another question than the document answers. */
static const struct {
    const char *name, *uid, *csp, *variant;
    enum err_code code;
    const char *message;
} questions[] = {
    {"good-rfc-azure.yaml", "v2.2.0", "azure", "", ERR_FORGED,
     "have measurements of " ONE_BUILD ", want those of v2.2.0"},
    {"good-rfc-azure.yaml", "stream/debug/" ONE_BUILD, "azure", "", ERR_FORGED,
     "have measurements of " ONE_BUILD ", want those of stream/debug/" ONE_BUILD},
    {"good-rfc-azure.yaml", ONE_BUILD, "gcp", "", ERR_FORGED,
     "have measurements of csp \"azure\", want those of \"gcp\""},
    {"good-v1-gcp.json", "v2.2.1", "gcp", "", ERR_FORGED,
     "have measurements of v2.2.0, want those of v2.2.1"},
    {"good-v1-gcp.json", "v2.2.0", "aws", "", ERR_FORGED,
     "have measurements of csp \"gcp\", want those of \"aws\""},
    {"good-v2.json", "v2.9.0", "gcp", "", ERR_FORGED,
     "have measurements of v2.8.0, want those of v2.9.0"},
    {"good-v2.json", "stream/console/v2.8.0", "gcp", "", ERR_FORGED,
     "have measurements of v2.8.0, want those of stream/console/v2.8.0"},
    {"good-v2.json", "ref/main/stream/debug/v2.8.0", "gcp", "", ERR_FORGED,
     "have measurements of v2.8.0, want those of ref/main/stream/debug/v2.8.0"},
    {"good-v2.json", "v2.8.0", "azure", "", ERR_AMBIGUOUS,
     "several sets of measurements for csp azure: choose with --variant one of: azure-sev-snp, "
     "azure-tdx"},
    {"good-v2.json", "v2.8.0", "azure", "trustedlaunch", ERR_NOT_FOUND,
     "no measurements for variant \"trustedlaunch\" on azure; there are: azure-sev-snp, azure-tdx"},
    {"good-v2.json", "v2.8.0", "gcp", "gcp-next", ERR_NOT_FOUND,
     "no measurements for variant \"gcp-next\" on gcp; there are: gcp-sev-es"},
    {"good-v2-unknown-members.json", "v2.8.0", "aws", "", ERR_NOT_FOUND,
     "no measurements for csp aws; there are: gcp"},
    {"bad-v2-two-sets.json", "v2.8.0", "azure", "", ERR_AMBIGUOUS,
     "two sets of measurements for variant azure-sev-snp on azure"},
    {"bad-v2-two-sets.json", "v2.8.0", "azure", "cvm", ERR_AMBIGUOUS,
     "two sets of measurements for variant azure-sev-snp on azure"},
};

TEST(measurements_are_those_that_were_asked_for)
{
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        parse(fixture(questions[i].name), questions[i].uid, questions[i].csp, questions[i].variant,
              questions[i].code, questions[i].message);
        arena_clear(&arena);
    }
}

/* fixtures/measurements/bad-<name>, asked for v2.2.0 on azure; bad-v2-two-sets.json is above. */
static const struct {
    const char *name, *message;
} refused[] = {
    {"alias.yaml", "line 5, column 6: aliases (*a) are not allowed"},
    {"anchor.yaml", "line 4, column 6: anchors (&a) are not allowed"},
    {"binary.yaml", "line 1, column 1: the control character U+007F is not allowed"},
    {"byte-order-mark.json",
     "line 1, column 1: have a byte order mark, want the document without it"},
    {"comment-alone.yaml", "line 1: have nothing, want csp, image and measurements"},
    {"csp-empty.yaml", "line 1: csp: have an empty string, want some text"},
    {"csp-list.yaml", "line 1: csp: have a list, want a string"},
    {"csp-twice.yaml", "line 2: the key \"csp\" stands here again, first on line 1"},
    {"directive.yaml", "line 1, column 1: directives (lines that begin with %) are not allowed"},
    {"empty.yaml", "line 1: have nothing, want csp, image and measurements"},
    {"image-no-uid.yaml", "uid \"latest\": version \"latest\": a version begins with \"v\""},
    {"image-number.json", "line 1: image: have a number, want a string"},
    {"image-path.yaml", "uid \"../v2.2.0\": version \"../v2.2.0\": a version begins with \"v\""},
    {"list.json", "line 1: have a list, want csp, image and measurements"},
    {"list.yaml", "line 1: have a list, want csp, image and measurements"},
    {"measurements-empty.yaml", "measurements: there is no value in it"},
    {"measurements-list.yaml", "line 3: measurements: have a list, want an object"},
    {"measurements-null.yaml", "line 3: measurements: have a plain value, want an object"},
    {"measurements-text.json", "line 2: measurements: have a string, want an object"},
    {"merge-key.yaml", "line 4, column 3: merge keys (<<) are not allowed"},
    {"no-csp.yaml", "csp: missing, want a string"},
    {"no-image.yaml", "image: missing, want a string"},
    {"no-measurements.yaml", "measurements: missing, want an object"},
    {"object-empty.json", "register 4: expected: missing, want a string"},
    {"object-expected-number.json", "register 4: line 2: expected: have a number, want a string"},
    {"object-no-expected.json", "register 4: expected: missing, want a string"},
    {"object-unknown-key.json", "register 4: line 3: key \"warnonly\" is not known here"},
    {"object-warn-null.json", "register 4: line 2: warnOnly: have null, want true or false"},
    {"object-warn-number.json", "register 4: line 2: warnOnly: have a number, want true or false"},
    {"object-warn-text.json", "register 4: line 2: warnOnly: have a string, want true or false"},
    {"object-warn-yes.yaml", "register 4: line 4: warnOnly: have \"yes\", want true or false"},
    {"register-100.yaml", "line 4: register \"100\": want a number from 0 to 23"},
    {"register-24.yaml", "line 4: register \"24\": want a number from 0 to 23"},
    {"register-blank.json", "line 2: register \" 4\": want a number from 0 to 23"},
    {"register-double-zero.yaml", "line 4: register \"00\": want a number from 0 to 23"},
    {"register-empty.json", "line 2: register \"\": want a number from 0 to 23"},
    {"register-hex.yaml", "line 4: register \"0x4\": want a number from 0 to 23"},
    {"register-minus.yaml", "line 4: register \"-1\": want a number from 0 to 23"},
    {"register-plus.yaml", "line 4: register \"+4\": want a number from 0 to 23"},
    {"register-slash.json", "line 2: register \"1/\": want a number from 0 to 23"},
    {"register-text.yaml", "line 4: register \"pcr4\": want a number from 0 to 23"},
    {"register-twice.json", "line 3: the key \"4\" stands here again, first on line 2"},
    {"register-twice.yaml", "line 5: the key \"4\" stands here again, first on line 4"},
    {"register-zero-first.yaml", "line 4: register \"04\": want a number from 0 to 23"},
    {"tab.yaml",
     "line 4, column 1: found character that cannot start any token (a tab: YAML indents "
     "with spaces)"},
    {"tag.yaml", "line 4, column 6: tags (tag:yaml.org,2002:str) are not allowed"},
    {"tdx-register-5.yaml", "register 5: TDX has 0 (MRTD) to 4 (RTMR3)"},
    {"text.yaml", "line 1: have a plain value, want csp, image and measurements"},
    {"truncated.json",
     "line 1, column 27: the string that begins here does not end before the document does"},
    {"two-documents.yaml", "line 5, column 1: a second document begins here, want one"},
    {"v2-csp-number.json", "list[0]: line 3: csp: have a number, want a string"},
    {"v2-element-text.json", "list[0]: line 2: have a string, want an object"},
    {"v2-list-object.json", "line 2: list: have a map, want a list"},
    {"v2-measurements-empty.json", "measurements: there is no value in it"},
    {"v2-no-csp.json", "list[0]: csp: missing, want a string"},
    {"v2-no-measurements.json", "measurements: missing, want an object"},
    {"v2-no-ref.json", "ref: missing, want a string"},
    {"v2-no-stream.json", "stream: missing, want a string"},
    {"v2-no-variant.json", "list[0]: attestationVariant: missing, want a string"},
    {"v2-no-version.json", "version: missing, want a string"},
    {"v2-value-short.json",
     "register 4: line 4: have "
     "\"d06a9504172eefc7652d6d37a4e37a3896e341332c29998df9257cf245873e\", want base64 or "
     "hex of 32 bytes, or hex of 48"},
    {"v2-variant-empty.json",
     "list[0]: line 2: attestationVariant: have an empty string, want some text"},
    {"v2-version-no-uid.json", "version \"2.2.0\": a version begins with \"v\""},
    {"v2-version-number.json", "line 1: version: have a number, want a string"},
    {"value-0x.yaml",
     "register 4: line 4: have "
     "\"0xd06a9504172eefc7652d6d37a4e37a3896e341332c29998df9257cf245873e\", want base64 or "
     "hex of 32 bytes, or hex of 48"},
    {"value-20-bytes.yaml",
     "register 4: line 4: have \"d06a9504172eefc7652d6d37a4e37a3896e34133\", want base64 or "
     "hex of 32 bytes, or hex of 48"},
    {"value-31-bytes.yaml",
     "register 4: line 4: have \"0GqVBBcu78dlLW03pON6OJbjQTMsKZmN+SV88kWHPg==\", want "
     "base64 or hex of 32 bytes, or hex of 48"},
    {"value-33-bytes.yaml",
     "register 4: line 4: have \"0GqVBBcu78dlLW03pON6OJbjQTMsKZmN+SV88kWHPssx\", want "
     "base64 or hex of 32 bytes, or hex of 48"},
    {"value-46-bytes.yaml",
     "register 4: line 4: have "
     "\"AwoRGB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1dzj6vH4/wYNFBsiKTA3Pg==\", want base64 or "
     "hex of 32 bytes, or hex of 48"},
    {"value-base64-20-bytes.yaml",
     "register 4: line 4: have \"0GqVBBcu78dlLW03pON6OJbjQTM=\", want base64 or hex of 32 "
     "bytes, or hex of 48"},
    {"value-base64-48-bytes.yaml",
     "register 1: line 5: have \"OD9GTVRbYmlwd36FjJOaoaivtr3Ey9LZ4Ofu9fwDChEYHyYtNDtCSVBXXmVsc3qB\", want base64 or hex of 32 bytes, or hex of 48"},
    {"value-blank-inside.json",
     "register 4: line 2: have \"d06a9504172eefc7652d6d37a4e37a38 "
     "6e341332c29998df9257cf245873ecb\", want base64 or hex of 32 bytes, or hex of 48"},
    {"value-empty.yaml", "register 4: line 4: value: have an empty string, want some text"},
    {"value-list.json", "register 4: line 2: value: have a list, want a string"},
    {"value-long.yaml",
     "register 4: line 4: have "
     "\"d06a9504172eefc7652d6d37a4e37a3896e341332c29998df9257cf245873ecb00\", want base64 "
     "or hex of 32 bytes, or hex of 48"},
    {"value-no-digit.yaml",
     "register 4: line 4: have "
     "\"d06a9504172eefc7652d6d37a4e37a3896e341332c29998df9257cf245873ecg\", want base64 or "
     "hex of 32 bytes, or hex of 48"},
    {"value-null.json", "register 4: line 2: value: have null, want a string"},
    {"value-number.json", "register 4: line 2: value: have a number, want a string"},
    {"value-odd-long.yaml",
     "register 4: line 4: have "
     "\"d06a9504172eefc7652d6d37a4e37a3896e341332c29998df9257cf245873ecb0\", want base64 or "
     "hex of 32 bytes, or hex of 48"},
    {"value-odd.yaml",
     "register 4: line 4: have "
     "\"d06a9504172eefc7652d6d37a4e37a3896e341332c29998df9257cf245873ec\", want base64 or "
     "hex of 32 bytes, or hex of 48"},
    {"value-pad-bits.yaml",
     "register 4: line 4: have \"0GqVBBcu78dlLW03pON6OJbjQTMsKZmN+SV88kWHPst=\", want "
     "base64 or hex of 32 bytes, or hex of 48"},
    {"value-short.yaml",
     "register 4: line 4: have "
     "\"d06a9504172eefc7652d6d37a4e37a3896e341332c29998df9257cf245873e\", want base64 or "
     "hex of 32 bytes, or hex of 48"},
    {"value-two-lengths-again.yaml",
     "register 1: line 5: a value of 48 bytes in a set of 32 bytes"},
    {"value-two-lengths.yaml", "register 1: line 5: a value of 32 bytes in a set of 48 bytes"},
    {"value-unpadded.yaml",
     "register 4: line 4: have \"0GqVBBcu78dlLW03pON6OJbjQTMsKZmN+SV88kWHPss\", want base64 "
     "or hex of 32 bytes, or hex of 48"},
    {"value-url-safe.yaml",
     "register 4: line 4: have \"0GqVBBcu78dlLW03pON6OJbjQTMsKZmN-SV88kWHPss=\", want "
     "base64 or hex of 32 bytes, or hex of 48"},
};

#define REFUSED_COUNT (sizeof refused / sizeof refused[0])

TEST(measurements_refuse_bad_fixtures)
{
    const char *const folder = "fixtures/measurements";

    CHECK_NUMBER(fixture_count(folder, "bad-", ".yaml") + fixture_count(folder, "bad-", ".json"),
                 REFUSED_COUNT + 1);
    for (size_t i = 0; i < REFUSED_COUNT; i++) {
        char name[128];

        snprintf(name, sizeof name, "bad-%s", refused[i].name);
        parse(fixture(name), "v2.2.0", "azure", "", ERR_FORMAT, refused[i].message);
        arena_clear(&arena);
    }
}

/* The identity is looked at before the values: a document for another version is never called
 * malformed for what is in it. */
TEST(measurements_check_identity_before_values)
{
    parse(SLICE("{\"csp\": \"azure\", \"image\": \"v1.0.0\", \"measurements\": 5}"), "v2.2.0",
          "azure", "", ERR_FORGED, "have measurements of v1.0.0, want those of v2.2.0");
    arena_clear(&arena);
}

TEST(measurements_are_capped)
{
    static const uint8_t one = '{'; /* refused unread */

    parse(slice_of(&one, MEASUREMENTS_MAX_BYTES + 1), "v2.2.0", "azure", "", ERR_LIMIT,
          "1048577 bytes: measurements have at most 1048576");
    arena_clear(&arena);
}

TEST(measurements_need_memory)
{
    struct verified document = {.bytes = fixture("good-v2.json")};
    struct measurements measurements;
    struct request request;
    uint8_t memory[1024];
    struct err err;

    CHECK_OK(request_parse(SLICE("v2.8.0"), SLICE("gcp"), SLICE(""), SLICE(""), &request, &err),
             err);
    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK_ERR(ERR_LIMIT, NULL, measurements_parse(&document, &request, &arena, &measurements, &err),
              err);
    CHECK(is_zeroed(&measurements));
}

static void parse_pair(const char *first, const char *second, enum err_code code,
                       const char *message)
{
    char text[512];

    snprintf(
        text, sizeof text,
        "{\"csp\": \"qemu\", \"image\": \"v2.2.0\", \"measurements\": {\"0\": \"%s\", \"1\": \"%s\"}}",
        first, second);
    parse(slice_text(text), "v2.2.0", "qemu", "", code, message);
    arena_clear(&arena);
}

/* 44 characters are base64 of 32 bytes, 64 are hex of 32, 96 are hex of 48: nothing is guessed. */
TEST(measurements_tell_hex_from_base64)
{
    const char *const base64_48 =
        "CgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5";
    const char *const zeros_32 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    parse_pair(FIRST_HEX, FIRST_BASE64, ERR_OK, NULL);
    parse_pair(FIRST_HEX, zeros_32, ERR_OK, NULL);
    parse_pair(FIRST_HEX, base64_48, ERR_FORMAT,
               "register 1: line 1: have "
               "\"CgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5\", want base64 "
               "or hex of 32 bytes, or hex of 48");
}

TEST(measurements_read_no_further_than_their_bytes)
{
    struct slice bytes = fixture("good-v2.json");

    for (size_t len = 0; len + 1 < bytes.len; len += 13) {
        struct verified document = {.bytes = test_guarded(slice_part(bytes, 0, len))};
        struct measurements measurements;
        struct request request;
        struct err err;

        arena_init_heap(&arena, (size_t)1 << 20);
        CHECK_OK(request_parse(SLICE("v2.8.0"), SLICE("gcp"), SLICE(""), SLICE(""), &request, &err),
                 err);
        CHECK_ERR(ERR_FORMAT, NULL,
                  measurements_parse(&document, &request, &arena, &measurements, &err), err);
        arena_clear(&arena);
    }
}
