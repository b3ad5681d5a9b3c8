#include "resolver/tls/chain_sent.h"

#include "tests/unit/test.h"

TEST(chain_sent_keeps_certificates_apart)
{
    static struct chain_sent sent;

    chain_sent_init(&sent);
    chain_sent_append(&sent, SLICE("before the first"));
    chain_sent_begin(&sent);
    chain_sent_append(&sent, SLICE("one"));
    chain_sent_append(&sent, slice_of(NULL, 0));
    chain_sent_append(&sent, SLICE(" and more"));
    chain_sent_begin(&sent);
    chain_sent_begin(&sent);
    chain_sent_append(&sent, SLICE("three"));
    CHECK_NUMBER(3, sent.count);
    CHECK_TEXT("one and more", sent.certs[0]);
    CHECK_TEXT("", sent.certs[1]);
    CHECK_TEXT("three", sent.certs[2]);
}

TEST(chain_sent_counts_what_does_not_fit)
{
    static struct chain_sent sent;
    static const uint8_t bytes[CHAIN_BYTES_MAX + 1];

    chain_sent_init(&sent);
    chain_sent_begin(&sent);
    chain_sent_append(&sent, slice_of(bytes, CHAIN_BYTES_MAX));
    CHECK_NUMBER(CHAIN_BYTES_MAX, sent.certs[0].len);
    chain_sent_append(&sent, slice_of(bytes, 1));
    CHECK_NUMBER(CHAIN_BYTES_MAX, sent.certs[0].len);
    CHECK_NUMBER(CHAIN_BYTES_MAX + 1, sent.total_bytes);
    chain_sent_init(&sent);
    for (int i = 0; i < CHAIN_CERTS_MAX + 2; i++) {
        chain_sent_begin(&sent);
        chain_sent_append(&sent, slice_of(bytes, 7));
    }
    CHECK_NUMBER(CHAIN_CERTS_MAX + 2, sent.count);
    CHECK_NUMBER(7 * CHAIN_CERTS_MAX, sent.used_bytes);
}
