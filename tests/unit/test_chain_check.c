/* The rules of chain.h, one by one, for certificates made here; fixtures/tls/verdicts has more of each. */
#include "resolver/tls/chain.h"

#include "tests/unit/chain_world.h"

static void check_leaf(const char *message, const char *key, const char *extensions)
{
    struct slice leaf = make((struct made){"Root", "mirror.test", key, extensions});

    check_sent_ones(message, &leaf, 1);
}

TEST(chain_check_wants_strong_keys)
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

TEST(chain_check_counts_the_first_and_last_second_as_valid)
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

TEST(chain_check_counts_cas_below_but_not_renewed_keys)
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

TEST(chain_check_holds_issuers_to_name_constraints_too)
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

TEST(chain_check_leaves_out_bad_anchors_while_there_are_good_ones)
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

/* --- chains put together by hand --- */

static struct x509 parsed(struct slice der)
{
    struct x509 cert;
    struct err err;

    CHECK_OK(x509_parse(der, &cert, &err), err);
    return cert;
}

static struct x509 cert_of(struct made made)
{
    return parsed(make(made));
}

static enum err_code check_chain(struct chain *chain, struct err *err)
{
    struct chain_terms terms = {.now = EPOCH};

    CHECK_OK(server_name_parse("mirror.test", &terms.server, err), *err);
    return chain_check(chain, &terms, err);
}

#define LEAF                                        \
    {                                               \
        "Top", "mirror.test", NULL, LEAF_EXTENSIONS \
    }
#define CA(by, name, has)   \
    {                       \
        by, name, NULL, has \
    }

TEST(chain_check_wants_strong_signatures)
{
    static const struct {
        const char *signature, *message;
    } cases[] = {
        {ECDSA_SHA256, NULL},
        {"06:2A8648CE3D040303", NULL},
        {"06:2A864886F70D01010B 05:", NULL},
        {"06:2A8648CE3D040301",
         "weak signature: it was signed with SHA-224 (want SHA-256 or better)"},
        {"06:2A8648CE3D0401", "weak signature: it was signed with SHA-1 (want SHA-256 or better)"},
        {"06:2A864886F70D010104 05:",
         "weak signature: it was signed with MD5 (want SHA-256 or better)"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct chain chain = {.count = 1, .anchor_count = 1};
        struct err err;

        chain.certs[0] = parsed(make_signed((struct made)LEAF, cases[i].signature, false));
        chain.anchors[0] = cert_of((struct made)CA("Top", "Top", CA_EXTENSIONS));
        if (cases[i].message)
            CHECK_ERR(ERR_IO, cases[i].message, check_chain(&chain, &err), err);
        else
            CHECK_OK(check_chain(&chain, &err), err);
    }
}

/* What is left out is not handed to the TLS library, either; the others stay in their order. */
TEST(chain_check_keeps_good_anchors_alone)
{
    struct made good = CA("Top", "Top", CA_EXTENSIONS);
    struct made weak = {"Top", "Top", RSA_KEY(BYTES_128, "|03"), CA_EXTENSIONS};
    struct made other = {"Top", "Top", RSA_KEY(BYTES_256, "|05"), CA_EXTENSIONS};
    struct chain chain = {.count = 1, .anchor_count = 4};
    struct err err;

    chain.certs[0] = cert_of((struct made)LEAF);
    chain.anchors[0] = chain.anchors[2] = cert_of(weak);
    chain.anchors[1] = cert_of(other);
    chain.anchors[3] = cert_of(good);
    CHECK_OK(check_chain(&chain, &err), err);
    CHECK_NUMBER(2, chain.anchor_count);
    CHECK(slice_equal(make(other), chain.anchors[0].der));
    CHECK(slice_equal(make(good), chain.anchors[1].der));
}

/* An anchor of version 1, which cannot say that it is a CA's; but no certificate that was sent. */
TEST(chain_check_lets_version_1_be_an_anchor)
{
    struct made first = CA("Top", "Top", NULL);
    struct chain chain = {.count = 1, .anchor_count = 1};
    struct err err;

    chain.certs[0] = cert_of((struct made)LEAF);
    chain.anchors[0] = parsed(make_signed(first, ECDSA_SHA256, true));
    CHECK_OK(check_chain(&chain, &err), err);
    chain.anchors[0] = cert_of((struct made)CA("Top", "Top", NULL));
    CHECK_ERR(ERR_IO, "trust anchor \"CN=Top\": it is not a CA's, and may not issue certificates",
              check_chain(&chain, &err), err);
    first.issuer = "Root";
    chain.count = 2;
    chain.certs[1] = parsed(make_signed(first, ECDSA_SHA256, true));
    chain.anchors[0] = cert_of((struct made)CA("Root", "Root", CA_EXTENSIONS));
    CHECK_ERR(
        ERR_IO,
        "certificate of its issuer \"CN=Top\": it is not a CA's, and may not issue certificates",
        check_chain(&chain, &err), err);
}

/* A CA that issued itself another key is not one more below it; another CA is. */
TEST(chain_check_does_not_count_renewed_keys)
{
    const char *last = "30{06:551D13 04{30{01:ff 02:00}}}";
    struct chain chain = {.count = 3, .anchor_count = 1};
    struct err err;

    chain.certs[0] = cert_of((struct made)LEAF);
    chain.certs[1] = cert_of((struct made)CA("Top", "Top", last));
    chain.certs[2] = cert_of((struct made)CA("Root", "Top", last));
    chain.anchors[0] =
        cert_of((struct made)CA("Root", "Root", "30{06:551D13 04{30{01:ff 02:01}}}"));
    CHECK_OK(check_chain(&chain, &err), err);
    chain.certs[1] = cert_of((struct made)CA("Sub", "Top", last));
    chain.certs[2] = cert_of((struct made)CA("Root", "Sub", last));
    CHECK_ERR(ERR_IO,
              "certificate of its issuer \"CN=Sub\": it allows for 0 CAs below it, there are 1",
              check_chain(&chain, &err), err);
    chain.certs[2] = cert_of((struct made)CA("Root", "Sub", "30{06:551D13 04{30{01:ff 02:01}}}"));
    CHECK_ERR(ERR_IO, "trust anchor \"CN=Root\": it allows for 1 CAs below it, there are 2",
              check_chain(&chain, &err), err);
}
