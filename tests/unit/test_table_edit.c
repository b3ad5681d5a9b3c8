#include "bundle/table/table_edit.h"

#include "tests/unit/table_text.h"

static struct edit_place place_of(enum csp csp, const char *variant, const char *region)
{
    return (struct edit_place){csp, slice_text(variant), slice_text(region)};
}

static void set(struct table_text *text, struct table_document *document, struct edit_place place,
                const char *reference, const char *want_before)
{
    struct document_entry entry;
    struct slice before;
    struct err err;

    CHECK_OK(table_edit_set(document, &place, slice_text(reference), &text->arena, &entry, &before,
                            &err),
             err);
    CHECK_TEXT(reference, entry.reference);
    CHECK_TEXT(want_before, before);
}

TEST(table_edit_sets_new_ones_in_their_place)
{
    struct table_text text;
    struct table_document document;
    struct uid uid;
    struct err err;

    table_text_begin(&text);
    CHECK_OK(uid_parse(SLICE("v1.2.3"), &uid, &err), err);
    table_document_init(&uid, LAYOUT_V1, &document);
    set(&text, &document, place_of(CSP_QEMU, "", ""), "q", "");
    set(&text, &document, place_of(CSP_AWS, "", "r2"), "a2", "");
    set(&text, &document, place_of(CSP_AWS, "", "r1"), "a1", "");
    set(&text, &document, place_of(CSP_AZURE, "trustedlaunch", ""), "z2", "");
    set(&text, &document, place_of(CSP_AZURE, "cvm", ""), "z1", "");
    set(&text, &document, place_of(CSP_GCP, "", ""), "g", "");
    set(&text, &document, place_of(CSP_OPENSTACK, "", ""), "o", "");
    set(&text, &document, place_of(CSP_AWS, "", "r2"), "a3", "a2");
    set(&text, &document, place_of(CSP_AZURE, "azure-sev-snp", ""), "z1", "z1");
    table_text_check(&text,
                     "{\"version\":\"v1.2.3\",\"ref\":\"-\",\"stream\":\"stable\","
                     "\"aws\":{\"r1\":\"a1\",\"r2\":\"a3\"},"
                     "\"azure\":{\"cvm\":\"z1\",\"trustedlaunch\":\"z2\"},"
                     "\"gcp\":{\"sev-es\":\"g\"},\"openstack\":{\"sev\":\"o\"},"
                     "\"qemu\":{\"default\":\"q\"}}",
                     &document, LAYOUT_V1);
    table_text_end(&text);
}

TEST(table_edit_takes_the_one_variant_that_there_is)
{
    struct table_text text;
    struct table_document document;

    table_text_begin(&text);
    document = table_text_read(&text, "{\"list\": [{\"csp\": \"aws\", \"reference\": \"x\", "
                                      "\"attestationVariant\": \"aws-sev-snp\", \"region\": \"r\", "
                                      "\"note\": 1}]}");
    set(&text, &document, place_of(CSP_AWS, "", "r2"), "a", "");
    set(&text, &document, place_of(CSP_AWS, "", "r"), "b", "x");
    CHECK_NUMBER(2, document.count);
    CHECK_TEXT("aws-sev-snp", document.entries[1].variant);
    CHECK(document.entries[0].item != NULL); /* its note stays */
    table_text_end(&text);
}

TEST(table_edit_puts_two_references_right)
{
    struct table_text text;
    struct table_document document;

    table_text_begin(&text);
    document = table_text_read(
        &text, "{\"gcp\": \"g\", \"azure\": {\"cvm\": \"b\", \"azure-sev-snp\": \"a\"}}");
    set(&text, &document, place_of(CSP_AZURE, "", ""), "c", "a");
    table_text_check(&text, "{\"azure\":{\"cvm\":\"c\"},\"gcp\":{\"sev-es\":\"g\"}}", &document,
                     LAYOUT_V1);
    table_text_end(&text);
}

static void check_refused(const char *json, struct edit_place place, const char *reference,
                          enum err_code code, const char *message)
{
    struct table_text text;
    struct table_document document;
    struct document_entry entry;
    struct slice before;
    struct err err;
    size_t count;

    table_text_begin(&text);
    document = table_text_read(&text, json);
    count = document.count;
    CHECK_ERR(code, message,
              table_edit_set(&document, &place, slice_text(reference), &text.arena, &entry, &before,
                             &err),
              err);
    CHECK_NUMBER(count, document.count);
    CHECK_NUMBER(0, entry.reference.len + before.len);
    table_text_end(&text);
}

TEST(table_edit_refuses_what_fits_nowhere)
{
    check_refused("{}", place_of(CSP_GCP, "", "r"), "x", ERR_USAGE,
                  "region \"r\": counts on AWS alone, not on gcp");
    check_refused("{}", place_of(CSP_GCP, "azure-tdx", ""), "x", ERR_USAGE,
                  "variant \"azure-tdx\": is not one of gcp");
    check_refused("{}", place_of(CSP_AWS, "", ""), "x", ERR_USAGE,
                  "aws: no region is given, and AWS has an image for each: give --region");
    check_refused("{}", place_of(CSP_AZURE, "", ""), "x", ERR_USAGE,
                  "azure: no variant is given, and there is no usual one: give --variant, such as "
                  "azure-sev-snp");
    check_refused("{\"azure\": {\"cvm\": \"a\", \"trustedlaunch\": \"b\"}}",
                  place_of(CSP_AZURE, "", ""), "x", ERR_AMBIGUOUS,
                  "azure: no variant is given, and the table has azure-sev-snp, "
                  "azure-trustedlaunch");
    check_refused("{}", place_of(CSP_GCP, "", ""), "a b", ERR_FORMAT,
                  "reference: \"a b\": only printable ASCII without spaces is allowed");
    check_refused("{}", place_of(CSP_GCP, "", ""), "", ERR_FORMAT,
                  "reference: have an empty string, want some text");
    check_refused("{}", place_of(CSP_GCP, "-v", ""), "x", ERR_FORMAT,
                  "variant: \"-v\": begins with a hyphen, and would be an option elsewhere");
    check_refused("{}", place_of(CSP_AWS, "", "r\x7f"), "x", ERR_FORMAT,
                  "region: \"r\\x7f\": only printable ASCII without spaces is allowed");
}

#define THREE                                                                   \
    "{\"aws\": {\"r1\": \"a1\", \"r2\": \"a2\"}, \"azure\": {\"cvm\": \"z1\", " \
    "\"trustedlaunch\": \"z2\"}, \"gcp\": \"g\"}"

static void check_removed(struct edit_place place, size_t want, const char *left)
{
    struct table_text text;
    struct table_document document;
    struct document_entry *removed;
    struct err err;
    size_t count;

    table_text_begin(&text);
    document = table_text_read(&text, THREE);
    CHECK_OK(table_edit_remove(&document, &place, &text.arena, &removed, &count, &err), err);
    CHECK_NUMBER(want, count);
    for (size_t i = 0; i < count; i++)
        CHECK_NUMBER(place.csp, removed[i].csp);
    table_text_check(&text, left, &document, LAYOUT_RFC);
    table_text_end(&text);
}

TEST(table_edit_removes_what_fits)
{
    check_removed(place_of(CSP_AWS, "", "r1"), 1,
                  "{\"aws\":{\"r2\":\"a2\"},\"azure\":{\"cvm\":\"z1\",\"trustedlaunch\":\"z2\"},"
                  "\"gcp\":{\"sev-es\":\"g\"}}");
    check_removed(
        place_of(CSP_AWS, "aws-nitro-tpm", ""), 2,
        "{\"azure\":{\"cvm\":\"z1\",\"trustedlaunch\":\"z2\"},\"gcp\":{\"sev-es\":\"g\"}}");
    check_removed(place_of(CSP_AZURE, "cvm", ""), 1,
                  "{\"aws\":{\"r1\":\"a1\",\"r2\":\"a2\"},\"azure\":{\"trustedlaunch\":\"z2\"},"
                  "\"gcp\":{\"sev-es\":\"g\"}}");
    check_removed(place_of(CSP_AZURE, "", ""), 2,
                  "{\"aws\":{\"r1\":\"a1\",\"r2\":\"a2\"},\"gcp\":{\"sev-es\":\"g\"}}");
}

static void check_not_removed(struct edit_place place, enum err_code code, const char *message)
{
    struct table_text text;
    struct table_document document;
    struct document_entry *removed;
    struct err err;
    size_t count;

    table_text_begin(&text);
    document = table_text_read(&text, THREE);
    CHECK_ERR(code, message,
              table_edit_remove(&document, &place, &text.arena, &removed, &count, &err), err);
    CHECK(!removed && count == 0);
    CHECK_NUMBER(5, document.count);
    table_text_end(&text);
}

TEST(table_edit_lists_what_there_is_to_remove)
{
    check_not_removed(place_of(CSP_QEMU, "", ""), ERR_NOT_FOUND,
                      "qemu: is not there; the table has aws, azure, gcp");
    check_not_removed(place_of(CSP_AZURE, "azure-tdx", ""), ERR_NOT_FOUND,
                      "azure: variant \"azure-tdx\" is not there; the table has azure-sev-snp, "
                      "azure-trustedlaunch");
    check_not_removed(place_of(CSP_AWS, "", "mars"), ERR_NOT_FOUND,
                      "aws: region \"mars\" is not there; the table has r1, r2");
    check_not_removed(place_of(CSP_GCP, "", "r"), ERR_USAGE,
                      "region \"r\": counts on AWS alone, not on gcp");
}
