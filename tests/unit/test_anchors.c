#include "resolver/tls/anchors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/base/heap.h"
#include "resolver/tls/x509.h"
#include "tests/unit/der_script.h"
#include "tests/unit/test.h"

#define NAME(text) "30{31{30{06:550403 0C\"" text "\"}}}"

static struct anchors index_of(struct slice bundle, struct arena *arena)
{
    struct anchors anchors;
    struct err err;

    arena_init_heap(arena, (size_t)1 << 20);
    CHECK_OK(anchors_init(&anchors, bundle, arena, &err), err);
    return anchors;
}

static void check_refused(const char *message, const char *bundle)
{
    struct anchors anchors;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)1 << 20);
    memset(&anchors, 0xAA, sizeof anchors);
    CHECK_ERR(ERR_FORMAT, message,
              anchors_init(&anchors, test_guarded(slice_text(bundle)), &arena, &err), err);
    CHECK(anchors.count == 0 && !anchors.entries && !anchors.bundle.ptr);
    arena_clear(&arena);
}

/* How many certificates of that name are found. */
static size_t count_of(const struct anchors *anchors, const char *name, struct arena *arena)
{
    size_t position = 0, count = 0;
    struct slice der;
    struct err err;

    for (;;) {
        struct x509 cert;

        CHECK_OK(anchors_next(anchors, der_script(name), &position, arena, &der, &err), err);
        if (der.len == 0)
            return count;
        CHECK_OK(x509_parse(der, &cert, &err), err);
        CHECK(slice_equal(cert.subject, der_script(name)));
        count++;
    }
}

TEST(anchors_find_certificates_by_subject)
{
    struct arena arena;
    struct anchors anchors = index_of(test_file("fixtures/tls/anchors.pem"), &arena);

    CHECK_NUMBER(9, anchors.count);
    CHECK_NUMBER(2,
                 count_of(&anchors,
                          "30{31{30{06:55040A 0C\"Sealift\"}} 31{30{06:550403 0C\"Twin Root\"}}}",
                          &arena));
    CHECK_NUMBER(1, count_of(&anchors,
                             "30{31{30{06:55040A 0C\"Sealift\"}} 31{30{06:550403 0C\"Old Root\"}}}",
                             &arena));
    CHECK_NUMBER(0, count_of(&anchors,
                             "30{31{30{06:55040A 0C\"Sealift\"}} 31{30{06:550403 0C\"New Root\"}}}",
                             &arena));
    CHECK_NUMBER(0, count_of(&anchors, "30{}", &arena));
    arena_clear(&arena);
}

TEST(anchors_compare_names_whose_hashes_are_the_same)
{
    struct arena arena;
    struct anchors anchors = index_of(test_file("fixtures/tls/anchors.pem"), &arena);
    struct anchor_entry entries[2] = {anchors.entries[1],
                                      anchors.entries[5]}; /* twin-a, old-root */
    struct anchors made = {.bundle = anchors.bundle, .entries = entries, .count = 2};

    entries[1].name_hash = entries[0].name_hash;
    CHECK_NUMBER(
        1, count_of(&made, "30{31{30{06:55040A 0C\"Sealift\"}} 31{30{06:550403 0C\"Twin Root\"}}}",
                    &arena));
    arena_clear(&arena);
}

TEST(anchors_know_where_each_certificate_begins)
{
    struct arena arena;
    struct slice bundle = test_file("fixtures/tls/anchors.pem");
    struct anchors anchors = index_of(bundle, &arena);
    struct slice text = slice_part(bundle, 0, anchors.entries[1].at);
    uint32_t lines = 0;

    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    CHECK_NUMBER(2, anchors.entries[0].line);
    CHECK_NUMBER(lines, anchors.entries[1].line);
    arena_clear(&arena);
}

/* A bundle of one certificate, with its lines ended and surrounded otherwise. */
static struct slice rewritten(const char *before, const char *line_end, const char *after)
{
    struct slice rest = test_file("fixtures/tls/good-p256.pem");
    char text[8192];
    size_t used = (size_t)snprintf(text, sizeof text, "%s", before);

    while (rest.len > 0) {
        struct slice line = slice_cut(&rest, '\n');

        used += (size_t)snprintf(text + used, sizeof text - used, "%.*s%s", (int)line.len,
                                 (const char *)line.ptr, line_end);
    }
    used += (size_t)snprintf(text + used, sizeof text - used, "%s", after);
    return test_guarded(slice_of(text, used));
}

TEST(anchors_pass_over_what_is_between)
{
    static const char key[] = "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n";
    struct arena arena;

    CHECK_NUMBER(1, index_of(rewritten("# Example CA\n\n", "\n", "\nthe end"), &arena).count);
    arena_clear(&arena);
    CHECK_NUMBER(1, index_of(rewritten(key, "\n", key), &arena).count);
    arena_clear(&arena);
    CHECK_NUMBER(1, index_of(rewritten("", "\r\n", ""), &arena).count);
    arena_clear(&arena);
}

TEST(anchors_refuse_bundles_without_certificates)
{
    check_refused("no certificate in it (want PEM: -----BEGIN CERTIFICATE-----)", "");
    check_refused("no certificate in it (want PEM: -----BEGIN CERTIFICATE-----)",
                  "-----BEGIN PUBLIC KEY-----\nMAo=\n-----END PUBLIC KEY-----\n");
    check_refused("no certificate in it (want PEM: -----BEGIN CERTIFICATE-----)",
                  " -----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n");
}

TEST(anchors_refuse_blocks_without_their_end)
{
    check_refused("line 2: the certificate has no line -----END CERTIFICATE-----",
                  "#\n-----BEGIN CERTIFICATE-----\nMAo=\n");
    check_refused("line 1: the certificate has no line -----END CERTIFICATE-----",
                  "-----BEGIN CERTIFICATE-----\nMAo=\n-----BEGIN CERTIFICATE-----\n");
    check_refused("line 1: the certificate has no line -----END CERTIFICATE-----",
                  "-----BEGIN CERTIFICATE-----\nMAo=\n-----END X509 CRL-----\n");
    check_refused("line 1: the certificate has no line -----END CERTIFICATE-----",
                  "-----BEGIN CERTIFICATE-----");
}

TEST(anchors_refuse_what_is_no_certificate)
{
    check_refused("line 1: certificate: it is no X.509 certificate",
                  "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n");
    check_refused("line 1: certificate: it is no X.509 certificate",
                  "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
    check_refused("line 1: certificate: offset 0: \"!\" is not a base64 character",
                  "-----BEGIN CERTIFICATE-----\n!Ao=\n-----END CERTIFICATE-----\n");
}

TEST(anchors_find_subjects_far_inside)
{
    char script[6000], text[12000];
    uint8_t base64[9000];
    struct buf encoded;
    struct arena arena;
    struct anchors anchors;

    snprintf(
        script, sizeof script,
        "30{30{A0{02:02} 02:05 30{} 30{31{30{06:550403 0C\"%0600d\"}}} 30{} %s 30{}} 30{} 03:00}",
        7, NAME("far"));
    buf_init_fixed(&encoded, base64, sizeof base64);
    base64_encode(der_script(script), &encoded);
    snprintf(text, sizeof text, "-----BEGIN CERTIFICATE-----\n%.*s\n-----END CERTIFICATE-----\n",
             (int)encoded.len, (const char *)encoded.ptr);
    anchors = index_of(test_guarded(slice_text(text)), &arena);
    CHECK_NUMBER(1, anchors.count);
    arena_clear(&arena);
}

TEST(anchors_tell_of_text_that_breaks_off_behind_the_subject)
{
    struct slice whole = rewritten("", "\n", "");
    char *text = malloc(whole.len);
    size_t position = 0;
    struct slice der = {NULL, 5};
    struct anchors anchors;
    struct arena arena;
    struct x509 cert;
    struct err err;

    memcpy(text, whole.ptr, whole.len);
    anchors = index_of(slice_of(text, whole.len), &arena);
    CHECK_OK(anchors_decode(&anchors, 0, &arena, &der, &err), err);
    CHECK_OK(x509_parse(der, &cert, &err), err);
    text[anchors.entries[0].at + 600] = '*';
    CHECK_ERR(ERR_FORMAT, "trust anchor at line 1: offset 600: \"*\" is not a base64 character",
              anchors_next(&anchors, cert.subject, &position, &arena, &der, &err), err);
    CHECK(der.len == 0);
    arena_clear(&arena);
    free(text);
}

TEST(anchors_have_limits)
{
    struct slice bundle = test_file("fixtures/tls/anchors.pem"), der;
    struct anchors anchors;
    struct arena arena, small;
    unsigned char room[100];
    struct err err;

    arena_init_fixed(&small, room, sizeof room);
    CHECK_ERR(ERR_LIMIT, NULL, anchors_init(&anchors, bundle, &small, &err), err);
    CHECK(anchors.count == 0);
    CHECK_ERR(ERR_LIMIT, "8388609 bytes, at most 8388608 are read",
              anchors_init(&anchors, slice_of(bundle.ptr, ANCHORS_FILE_MAX + 1), &small, &err),
              err);
    anchors = index_of(bundle, &arena);
    arena_init_fixed(&small, room, sizeof room);
    CHECK_ERR(ERR_LIMIT, NULL, anchors_decode(&anchors, 0, &small, &der, &err), err);
    CHECK(der.len == 0);
    arena_clear(&arena);
}

TEST(anchors_know_where_systems_keep_their_bundle)
{
    bool has_debian = false;
    size_t count = 0;

    for (; anchors_usual_paths[count]; count++) {
        CHECK(anchors_usual_paths[count][0] == '/');
        has_debian = has_debian || strstr(anchors_usual_paths[count], "/ca-certificates.crt");
    }
    CHECK(has_debian && count >= 4);
}
