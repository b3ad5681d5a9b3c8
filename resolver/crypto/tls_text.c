#include "resolver/crypto/tls_text.h"

#include <stddef.h>

#define ALERT_HANDSHAKE_FAILURE 40
#define ALERT_PROTOCOL_VERSION 70

static const struct {
    unsigned number;
    const char *text;
} suites[] = {
#define X(number, text) {number, text},
    TLS_SUITES(X)
#undef X
};

static const struct {
    unsigned number;
    const char *text;
} alerts[] = {
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {22, "record_overflow"},
    {47, "illegal_parameter"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {109, "missing_extension"},
    {112, "unrecognized_name"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
};

const char *tls_suite_text(unsigned suite)
{
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        if (suites[i].number == suite)
            return suites[i].text;
    }
    return "TLS";
}

static const char *alert_text(unsigned alert)
{
    for (size_t i = 0; i < sizeof alerts / sizeof alerts[0]; i++) {
        if (alerts[i].number == alert)
            return alerts[i].text;
    }
    return "see RFC 8446, 6";
}

enum err_code tls_refuse_version(struct err *err)
{
    return err_set(err, ERR_IO, "the server offers no TLS version that is accepted (want 1.2 or "
                                "newer)");
}

enum err_code tls_refuse_alert(unsigned alert, struct err *err)
{
    if (alert == ALERT_PROTOCOL_VERSION)
        return tls_refuse_version(err);
    if (alert == ALERT_HANDSHAKE_FAILURE)
        return err_set(err, ERR_IO,
                       "the server refused the TLS handshake: it accepts none of the cipher suites "
                       "(ECDHE with AES-GCM or ChaCha20-Poly1305), or wants a client certificate");
    return err_set(err, ERR_IO, "the server refused the TLS connection with alert %u (%s)", alert,
                   alert_text(alert));
}

enum err_code tls_refuse_cut(struct err *err)
{
    return err_set(err, ERR_IO, "the connection ended without close_notify (cut off?)");
}
