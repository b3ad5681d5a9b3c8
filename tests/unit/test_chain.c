/*
 * Which certificates are put together, and the certificates of fixtures/tls, each with what is to come of it:
 * fixtures/tls/verdicts. The same list is gone through with real servers by tests/tls/run.
 */
#include "resolver/tls/chain.h"

#include "tests/unit/chain_world.h"

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
