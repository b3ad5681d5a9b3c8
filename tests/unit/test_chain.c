/*
 * The certificates of fixtures/tls, each with what is to come of it: fixtures/tls/verdicts. The same
 * list is gone through with real servers by tests/tls/run.
 */
#include "resolver/tls/chain.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/base/heap.h"
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

static void setting_init(struct setting *setting, struct slice bundle)
{
    struct err err;

    arena_init_heap(&setting->arena, (size_t)1 << 20);
    chain_sent_init(&setting->sent);
    CHECK_OK(anchors_init(&setting->anchors, bundle, &setting->arena, &err), err);
    setting->terms = (struct chain_terms){.anchors = &setting->anchors, .now = EPOCH};
    CHECK_OK(server_name_parse("mirror.test", &setting->terms.server, &err), err);
}

static void setting_clear(struct setting *setting)
{
    arena_clear(&setting->arena);
}

/* Adds the certificates of a PEM file to what was sent: every one of them, through the index. */
static void send_file(struct setting *setting, const char *name)
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

static enum err_code judge(struct setting *setting, struct err *err)
{
    return chain_judge(&setting->sent, &setting->terms, &setting->arena, &setting->chain, err);
}

/* NAME SERVER WHERE EXPECTED, apart by blanks; EXPECTED is "ok", or the message. */
static void check_verdict(struct slice line, struct slice bundle)
{
    struct setting setting;
    char name[64], server[64], expected[512];
    struct slice fields[3];
    struct err err;
    enum err_code rc;

    for (int i = 0; i < 3; i++) {
        fields[i] = slice_cut(&line, ' ');
        while (slice_begins(line, " "))
            line = slice_part(line, 1, line.len);
    }
    snprintf(name, sizeof name, "%.*s", (int)fields[0].len, (const char *)fields[0].ptr);
    snprintf(server, sizeof server, "%.*s", (int)fields[1].len, (const char *)fields[1].ptr);
    snprintf(expected, sizeof expected, "%.*s", (int)line.len, (const char *)line.ptr);
    setting_init(&setting, bundle);
    CHECK_OK(server_name_parse(server, &setting.terms.server, &err), err);
    send_file(&setting, name);
    rc = judge(&setting, &err);
    if (slice_is(line, "ok") || slice_begins(line, "a signature does not fit"))
        CHECK_OK(rc, err);
    else
        CHECK_ERR(ERR_IO, expected, rc, err);
    if (rc == ERR_OK && !slice_is(line, "ok"))
        CHECK_ERR(ERR_IO, expected, chain_refuse_signature(&setting.chain, &err), err);
    setting_clear(&setting);
}

TEST(chain_gives_the_verdicts_of_the_fixtures)
{
    struct slice rest = test_file("fixtures/tls/verdicts"),
                 anchors = test_file("fixtures/tls/anchors.pem");
    size_t count = 0;

    while (rest.len > 0) {
        struct slice line = slice_cut(&rest, '\n');

        if (line.len == 0 || slice_begins(line, "#"))
            continue;
        check_verdict(line, anchors);
        count++;
    }
    CHECK(count > 40);
}

/* --- certificates made here: nothing of chain.c looks at signatures ------------------------------ */

#define RSA_KEY(modulus, exponent) \
    "30{30{06:2A864886F70D010101 05:} 03{|00 30{02{|00 " modulus "} 02{" exponent "}}}}"
#define BYTES_32 "|C1010101010101010101010101010101C1010101010101010101010101010101"
#define BYTES_128 BYTES_32 BYTES_32 BYTES_32 BYTES_32
#define BYTES_256 BYTES_128 BYTES_128
#define GOOD_KEY RSA_KEY(BYTES_256, "|03")
#define CA_EXTENSIONS "30{06:551D13 04{30{01:ff}}}"
#define LEAF_EXTENSIONS "30{06:551D11 04{30{82\"mirror.test\"}}}"

struct made {
    const char *issuer, *subject, *key, *extensions;
};

static struct slice make(struct made made)
{
    char script[8000];

    snprintf(script, sizeof script,
             "30{30{A0{02:02} 02:05 30{06:2A8648CE3D040302} 30{31{30{06:550403 0C\"%s\"}}}"
             "30{17\"250101000000Z\" 17\"270101000000Z\"} 30{31{30{06:550403 0C\"%s\"}}} %s"
             " A3{30{%s}}} 30{06:2A8648CE3D040302} 03:0000}",
             made.issuer, made.subject, made.key ? made.key : GOOD_KEY,
             made.extensions ? made.extensions : "");
    return der_script(script);
}

static void send_cert(struct setting *setting, struct slice der)
{
    chain_sent_begin(&setting->sent);
    chain_sent_append(&setting->sent, der);
}

/* A bundle of the certificates given; ended by the empty slice. */
static struct slice bundle_of(const struct slice *ders)
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

static struct slice root_bundle(void)
{
    struct slice ders[2] = {make((struct made){"Root", "Root", NULL, CA_EXTENSIONS}), {NULL, 0}};

    return bundle_of(ders);
}

/* What is said of a server that sends these, below the anchor "Root"; NULL for nothing. */
static void check_sent_ones(const char *message, const struct slice *ders, size_t count)
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

static void check_leaf(const char *message, const char *key, const char *extensions)
{
    struct slice leaf = make((struct made){"Root", "mirror.test", key, extensions});

    check_sent_ones(message, &leaf, 1);
}

TEST(chain_refuses_too_little_and_too_much)
{
    struct slice many[CHAIN_CERTS_MAX + 1];
    static uint8_t large[CHAIN_BYTES_MAX];
    struct slice leaf = make((struct made){"Root", "mirror.test", NULL, LEAF_EXTENSIONS});

    check_sent_ones("the server sent none", NULL, 0);
    for (size_t i = 0; i < CHAIN_CERTS_MAX + 1; i++)
        many[i] = leaf;
    check_sent_ones(NULL, many, CHAIN_CERTS_MAX);
    check_sent_ones("the server sent 10 with its issuers, at most 9 are read", many,
                    CHAIN_CERTS_MAX + 1);
    many[1] = slice_of(large, CHAIN_BYTES_MAX - leaf.len);
    check_sent_ones(NULL, many, 2);
    many[2] = slice_of(large, 1);
    check_sent_ones("the server sent 16385 bytes with its issuers, at most 16384 are read", many,
                    3);
}

TEST(chain_wants_only_the_servers_own_to_be_readable)
{
    struct slice two[2] = {make((struct made){"Root", "mirror.test", NULL, LEAF_EXTENSIONS}),
                           der_script("30{05:}")};

    check_sent_ones(NULL, two, 2);
    check_sent_ones(
        "it cannot be read: offset 2: contents: have the tag 0x05, want a SEQUENCE (0x30)", two + 1,
        1);
}

TEST(chain_wants_strong_keys)
{
    check_leaf(NULL, NULL, LEAF_EXTENSIONS);
    check_leaf(NULL, RSA_KEY(BYTES_256 BYTES_256, "|010001"), LEAF_EXTENSIONS);
    check_leaf(
        "weak key: RSA-2047 (want RSA-2048 at least)",
        "30{30{06:2A864886F70D010101 05:} 03{|00 30{02{|41 " BYTES_128 BYTES_32 BYTES_32 BYTES_32
        "|01010101010101010101010101010101010101010101010101010101010101} 02:03}}}",
        LEAF_EXTENSIONS);
    check_leaf("RSA-4128 is not supported (want RSA-4096 at most)",
               RSA_KEY(BYTES_256 BYTES_256 "|C1010101", "|03"), LEAF_EXTENSIONS);
    check_leaf("weak key: its RSA exponent is even or 1", RSA_KEY(BYTES_256, "|01"),
               LEAF_EXTENSIONS);
    check_leaf("weak key: its RSA exponent is even or 1", RSA_KEY(BYTES_256, "|010000"),
               LEAF_EXTENSIONS);
    check_leaf("its key is not supported (want RSA-2048 to RSA-4096, or ECDSA on P-256 or P-384)",
               "30{30{06:2B6570} 03:0000}", LEAF_EXTENSIONS);
}

static void check_at(const char *message, int64_t now)
{
    struct setting setting;
    struct err err;

    setting_init(&setting, root_bundle());
    setting.terms.now = now;
    send_cert(&setting, make((struct made){"Root", "mirror.test", NULL, LEAF_EXTENSIONS}));
    if (message)
        CHECK_ERR(ERR_IO, message, judge(&setting, &err), err);
    else
        CHECK_OK(judge(&setting, &err), err);
    setting_clear(&setting);
}

TEST(chain_counts_the_first_and_last_second_as_valid)
{
    check_at(NULL, 1735689600);
    check_at(NULL, 1798761600);
    check_at("not yet valid: only from 2025-01-01 00:00:00 UTC (the clock of this machine says "
             "2024-12-31 23:59:59 UTC)",
             1735689599);
    check_at(
        "expired on 2027-01-01 00:00:00 UTC (the clock of this machine says 2027-01-01 00:00:01 "
        "UTC)",
        1798761601);
}

TEST(chain_counts_cas_below_but_not_renewed_keys)
{
    const char *last = "30{06:551D13 04{30{01:ff 02:00}}}";
    struct slice certs[4] = {
        make((struct made){"Sub", "mirror.test", NULL, LEAF_EXTENSIONS}),
        make((struct made){"Top", "Sub", NULL, CA_EXTENSIONS}),
        make((struct made){"Root", "Top", NULL, last}),
    };

    check_sent_ones(
        "certificate of its issuer \"CN=Top\": it allows for 0 CAs below it, there are 1", certs,
        3);
    certs[1] = make((struct made){"Top", "Sub", NULL, last});
    certs[2] = make((struct made){"Root", "Top", NULL, "30{06:551D13 04{30{01:ff 02:01}}}"});
    check_sent_ones(NULL, certs, 3);
}

TEST(chain_does_not_go_round_in_circles)
{
    struct slice certs[3] = {
        make((struct made){"A", "mirror.test", NULL, LEAF_EXTENSIONS}),
        make((struct made){"B", "A", NULL, CA_EXTENSIONS}),
        make((struct made){"A", "B", NULL, CA_EXTENSIONS}),
    };

    check_sent_ones(
        "unknown issuer \"CN=A\": no trust anchor has that name (--ca FILE names others)", certs,
        3);
}

TEST(chain_prefers_the_issuer_that_leads_to_an_anchor)
{
    struct slice certs[3] = {
        make((struct made){"Sub", "mirror.test", NULL, LEAF_EXTENSIONS}),
        make((struct made){"Nobody", "Sub", NULL, CA_EXTENSIONS}),
        make((struct made){"Root", "Sub", NULL, CA_EXTENSIONS}),
    };

    check_sent_ones(NULL, certs, 3);
    check_sent_ones("unknown issuer \"CN=Nobody\": no trust anchor has that name (--ca FILE names "
                    "others)",
                    certs, 2);
}

TEST(chain_holds_issuers_to_name_constraints_too)
{
    const char *narrow =
        CA_EXTENSIONS "30{06:551D1E 04{30{A1{30{A4{30{31{30{06:550403 0C\"Sub\"}}}}}}}}}";
    struct slice certs[3] = {
        make((struct made){"Sub", "mirror.test", NULL, LEAF_EXTENSIONS}),
        make((struct made){"Narrow", "Sub", NULL, CA_EXTENSIONS}),
        make((struct made){"Root", "Narrow", NULL, narrow}),
    };

    check_sent_ones("a name in an issuer's certificate is outside the name constraints of the CA "
                    "\"CN=Narrow\"",
                    certs, 3);
    certs[2] =
        make((struct made){"Root", "Narrow", NULL, CA_EXTENSIONS "30{06:551D1E 04{30{A0{05:}}}}"});
    check_sent_ones("name constraints of \"CN=Narrow\" cannot be read: offset 2: subtree: have the "
                    "tag 0x05, want a SEQUENCE (0x30)",
                    certs, 3);
}

/* What is said of one good server with these anchors; NULL for nothing. */
static void check_anchors(enum err_code code, const char *message, const struct slice *ders)
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

TEST(chain_leaves_out_bad_anchors_while_there_are_good_ones)
{
    struct slice good = make((struct made){"Root", "Root", NULL, CA_EXTENSIONS});
    struct slice weak =
        make((struct made){"Root", "Root", RSA_KEY(BYTES_128, "|03"), CA_EXTENSIONS});
    struct slice critical =
        make((struct made){"Root", "Root", NULL, CA_EXTENSIONS "30{06:2A0304 01:ff 04:00}"});
    struct slice unreadable = make((struct made){"Root", "Root", "30{30{05:} 03:0000}", ""});
    struct slice none = {NULL, 0};

    check_anchors(ERR_OK, NULL, (struct slice[]){weak, unreadable, critical, good, none});
    check_anchors(ERR_IO, "trust anchor \"CN=Root\": weak key: RSA-1024 (want RSA-2048 at least)",
                  (struct slice[]){weak, unreadable, critical, none});
    check_anchors(ERR_IO,
                  "trust anchor \"CN=Root\": \"CN=Root\" has a critical extension that is not "
                  "supported: 1.2.3.4",
                  (struct slice[]){critical, none});
    check_anchors(ERR_FORMAT,
                  "trust anchor \"CN=Root\" cannot be read: offset 94: key algorithm: have the tag "
                  "0x05, want an OBJECT IDENTIFIER (0x06)",
                  (struct slice[]){unreadable, none});
}

TEST(chain_refuses_too_many_anchors_of_one_name)
{
    struct slice many[CHAIN_ANCHORS_MAX + 2] = {{NULL, 0}};

    for (size_t i = 0; i < CHAIN_ANCHORS_MAX; i++)
        many[i] = make((struct made){"Root", "Root", NULL, CA_EXTENSIONS});
    check_anchors(ERR_OK, NULL, many);
    many[CHAIN_ANCHORS_MAX] = many[0];
    check_anchors(ERR_LIMIT, "more than 8 trust anchors are called \"CN=Root\"", many);
}

TEST(chain_says_when_the_arena_is_full)
{
    unsigned char room[100];
    struct setting setting;
    struct arena small;
    struct err err;

    setting_init(&setting, root_bundle());
    arena_init_fixed(&small, room, sizeof room);
    send_cert(&setting, make((struct made){"Root", "mirror.test", NULL, LEAF_EXTENSIONS}));
    CHECK_ERR(ERR_LIMIT, NULL,
              chain_judge(&setting.sent, &setting.terms, &small, &setting.chain, &err), err);
    setting_clear(&setting);
}

TEST(chain_believes_a_server_that_is_the_anchor_itself)
{
    struct slice self = make((struct made){"mirror.test", "mirror.test", NULL, LEAF_EXTENSIONS});
    struct setting setting;
    struct err err;

    setting_init(&setting, bundle_of((struct slice[]){self, {NULL, 0}}));
    send_cert(&setting, self);
    CHECK_OK(judge(&setting, &err), err);
    CHECK(chain_is_direct(&setting.chain));
    setting.terms.now = 0;
    CHECK_ERR(ERR_IO, NULL, judge(&setting, &err), err);
    setting_clear(&setting);
    setting_init(&setting, root_bundle());
    send_cert(&setting, make((struct made){"Root", "mirror.test", NULL, LEAF_EXTENSIONS}));
    CHECK_OK(judge(&setting, &err), err);
    CHECK(!chain_is_direct(&setting.chain));
    setting_clear(&setting);
}
