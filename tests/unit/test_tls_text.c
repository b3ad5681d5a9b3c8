#include "resolver/tls/tls_text.h"

#include "tests/unit/test.h"

TEST(tls_text_names_the_suites_that_are_offered)
{
    CHECK_TEXT("TLS 1.3, AES128-GCM-SHA256", slice_text(tls_suite_text(0x1301)));
    CHECK_TEXT("TLS 1.2, ECDHE-ECDSA-CHACHA20-POLY1305", slice_text(tls_suite_text(0xCCA9)));
    CHECK_TEXT("TLS", slice_text(tls_suite_text(0x0005)));
}

TEST(tls_text_explains_alerts)
{
    static const char none[] =
        "the server takes no TLS version and cipher suite that is offered (TLS 1.2, with ECDHE and "
        "AES-GCM or ChaCha20-Poly1305), or it wants a client certificate";
    struct err err;

    CHECK_ERR(ERR_IO, none, tls_refuse_offer("TLS 1.2", &err), err);
    CHECK_ERR(ERR_IO, none, tls_refuse_alert(40, "TLS 1.2", &err), err);
    CHECK_ERR(ERR_IO, none, tls_refuse_alert(70, "TLS 1.2", &err), err);
    CHECK_ERR(ERR_IO, none, tls_refuse_alert(71, "TLS 1.2", &err), err);
    CHECK_ERR(ERR_IO, "the server refused the TLS connection with alert 112 (unrecognized_name)",
              tls_refuse_alert(112, "TLS 1.2", &err), err);
    CHECK_ERR(ERR_IO, "the server refused the TLS connection with alert 255 (see RFC 8446, 6)",
              tls_refuse_alert(255, "TLS 1.2", &err), err);
    CHECK_ERR(ERR_IO, "the server ended the TLS connection", tls_refuse_end(&err), err);
    CHECK_ERR(ERR_IO, "the connection ended without close_notify (cut off?)", tls_refuse_cut(&err),
              err);
}
