/*
 * chain_world.h - what the tests of the chain share: servers that send certificates of fixtures/tls, or such
 * as are made here, to someone with trust anchors.
 */
#ifndef SEALIFT_TESTS_CHAIN_WORLD_H
#define SEALIFT_TESTS_CHAIN_WORLD_H

#include <stdio.h>
#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/base/heap.h"
#include "resolver/tls/chain.h"
#include "tests/unit/der_script.h"
#include "tests/unit/test.h"

#define EPOCH 1767225600 /* 2026-01-01, for which the fixtures were made */

struct setting {
    struct arena arena;
    struct anchors anchors;
    struct chain_terms terms;
    struct chain_sent sent;
    struct chain chain;
};

static inline void setting_init(struct setting *setting, struct slice bundle)
{
    struct err err;

    arena_init_heap(&setting->arena, (size_t)1 << 20);
    chain_sent_init(&setting->sent);
    CHECK_OK(anchors_init(&setting->anchors, bundle, &setting->arena, &err), err);
    setting->terms = (struct chain_terms){.anchors = &setting->anchors, .now = EPOCH};
    CHECK_OK(server_name_parse("mirror.test", &setting->terms.server, &err), err);
}

static inline void setting_clear(struct setting *setting)
{
    arena_clear(&setting->arena);
}

/* Adds the certificates of a PEM file to what was sent: every one of them, through the index. */
static inline void send_file(struct setting *setting, const char *name)
{
    char path[128];
    struct anchors file;
    struct err err;

    snprintf(path, sizeof path, "fixtures/tls/%s.pem", name);
    CHECK_OK(anchors_init(&file, test_file(path), &setting->arena, &err), err);
    for (size_t i = 0; i < file.count; i++) {
        struct anchors one = {.bundle = file.bundle, .entries = &file.entries[i], .count = 1};
        struct slice der;

        CHECK_OK(anchors_decode(&one, 0, &setting->arena, &der, &err), err);
        chain_sent_begin(&setting->sent);
        chain_sent_append(&setting->sent, test_guarded(der));
    }
}

static inline enum err_code judge(struct setting *setting, struct err *err)
{
    return chain_judge(&setting->sent, &setting->terms, &setting->arena, &setting->chain, err);
}

/* --- certificates made here: nothing of chain looks at signatures --- */

#define RSA_KEY(modulus, exponent) \
    "30{30{06:2A864886F70D010101 05:} 03{|00 30{02{|00 " modulus "} 02{" exponent "}}}}"
#define BYTES_32 "|C1010101010101010101010101010101C1010101010101010101010101010101"
#define BYTES_128 BYTES_32 BYTES_32 BYTES_32 BYTES_32
#define BYTES_256 BYTES_128 BYTES_128
#define GOOD_KEY RSA_KEY(BYTES_256, "|03")
#define CA_EXTENSIONS "30{06:551D13 04{30{01:ff}}}"
#define LEAF_EXTENSIONS "30{06:551D11 04{30{82\"mirror.test\"}}}"

#define ECDSA_SHA256 "06:2A8648CE3D040302"

struct made {
    const char *issuer, *subject, *key, *extensions;
};

/* Of version 1, which has no extensions, or 3. */
static inline struct slice make_signed(struct made made, const char *signature, bool is_v1)
{
    char script[8000];

    snprintf(script, sizeof script,
             "30{30{%s 02:05 30{%s} 30{31{30{06:550403 0C\"%s\"}}}"
             "30{17\"250101000000Z\" 17\"270101000000Z\"} 30{31{30{06:550403 0C\"%s\"}}} %s"
             " %s%s%s} 30{%s} 03:0000}",
             is_v1 ? "" : "A0{02:02}", signature, made.issuer, made.subject,
             made.key ? made.key : GOOD_KEY, is_v1 ? "" : "A3{30{",
             made.extensions ? made.extensions : "", is_v1 ? "" : "}}", signature);
    return der_script(script);
}

static inline struct slice make(struct made made)
{
    return make_signed(made, ECDSA_SHA256, false);
}

static inline void send_cert(struct setting *setting, struct slice der)
{
    chain_sent_begin(&setting->sent);
    chain_sent_append(&setting->sent, der);
}

/* A bundle of the certificates given; ended by the empty slice. */
static inline struct slice bundle_of(const struct slice *ders)
{
    static uint8_t text[200000];
    struct buf out;

    buf_init_fixed(&out, text, sizeof text);
    for (; ders->len > 0; ders++) {
        buf_add_text(&out, "-----BEGIN CERTIFICATE-----\n");
        base64_encode(*ders, &out);
        buf_add_text(&out, "\n-----END CERTIFICATE-----\n");
    }
    CHECK(!out.failed);
    return buf_slice(&out);
}

static inline struct slice root_bundle(void)
{
    struct slice ders[2] = {make((struct made){"Root", "Root", NULL, CA_EXTENSIONS}), {NULL, 0}};

    return bundle_of(ders);
}

/* What is said of a server that sends these, below the anchor "Root"; NULL for nothing. */
static inline void check_sent_ones(const char *message, const struct slice *ders, size_t count)
{
    struct setting setting;
    struct err err;

    setting_init(&setting, root_bundle());
    for (size_t i = 0; i < count; i++)
        send_cert(&setting, ders[i]);
    memset(&setting.chain, 0xAA, sizeof setting.chain);
    if (message) {
        CHECK_ERR(ERR_IO, message, judge(&setting, &err), err);
        CHECK(setting.chain.count == 0 && setting.chain.anchor_count == 0);
    } else {
        CHECK_OK(judge(&setting, &err), err);
    }
    setting_clear(&setting);
}

/* What is said of one good server with these anchors; NULL for nothing. */
static inline void check_anchors(enum err_code code, const char *message, const struct slice *ders)
{
    struct setting setting;
    struct err err;

    setting_init(&setting, bundle_of(ders));
    send_cert(&setting, make((struct made){"Root", "mirror.test", NULL, LEAF_EXTENSIONS}));
    if (message)
        CHECK_ERR(code, message, judge(&setting, &err), err);
    else
        CHECK_OK(judge(&setting, &err), err);
    setting_clear(&setting);
}

#endif
