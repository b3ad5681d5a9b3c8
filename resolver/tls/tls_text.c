#include "resolver/tls/tls_text.h"

#include <stddef.h>

#define ALERT_HANDSHAKE_FAILURE 40
#define ALERT_PROTOCOL_VERSION 70
#define ALERT_INSUFFICIENT_SECURITY 71

static const struct {
    unsigned number;
    const char *text;
} suites[] = {
#define X(number, text) {number, text},
    TLS_SUITES(X)
#undef X
};

/* clang-format off */
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
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {109, "missing_extension"},
    {112, "unrecognized_name"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
};
/* clang-format on */

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

enum err_code tls_refuse_offer(const char *offered, struct err *err)
{
    return err_set(
        err, ERR_IO,
        "the server takes no TLS version and cipher suite that is offered (%s, with ECDHE "
        "and AES-GCM or ChaCha20-Poly1305), or it wants a client certificate",
        offered);
}

enum err_code tls_refuse_alert(unsigned alert, const char *offered, struct err *err)
{
    if (alert == ALERT_HANDSHAKE_FAILURE || alert == ALERT_PROTOCOL_VERSION ||
        alert == ALERT_INSUFFICIENT_SECURITY)
        return tls_refuse_offer(offered, err);
    return err_set(err, ERR_IO, "the server refused the TLS connection with alert %u (%s)", alert,
                   alert_text(alert));
}

enum err_code tls_refuse_end(struct err *err)
{
    return err_set(err, ERR_IO, "the server ended the TLS connection");
}

enum err_code tls_refuse_cut(struct err *err)
{
    return err_set(err, ERR_IO, "the connection ended without close_notify (cut off?)");
}
