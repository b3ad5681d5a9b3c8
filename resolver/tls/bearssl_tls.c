#include <bearssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "resolver/base/quote.h"
#include "resolver/tls/bearssl_chain.h"
#include "resolver/tls/tls.h"
#include "resolver/tls/tls_text.h"
#include "resolver/tls/tls_wire.h"

#define OFFERED "TLS 1.2"
#define SEED_SIZE 32
#define OUT_SIZE (4096 + 85) /* requests are short; 85 is BearSSL's overhead */

struct tls {
    br_ssl_client_context client;
    struct tls_wire wire;
    unsigned char in[BR_SSL_BUFSIZE_INPUT];
    unsigned char out[OUT_SIZE];
};

static const uint16_t suites_aes_first[] = {
    BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
};

static const uint16_t suites_chacha_first[] = {
    BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
};

#define SUITE_COUNT (sizeof suites_aes_first / sizeof suites_aes_first[0])

/* ChaCha20 in plain C: compilers make it faster (507 MB/s, AMD EPYC) than BearSSL's SSE2 code (327). */
static void set_chacha(br_ssl_engine_context *engine)
{
    br_poly1305_run poly1305 = br_poly1305_ctmulq_get();

    br_ssl_engine_set_chapol(engine, &br_sslrec_in_chapol_vtable, &br_sslrec_out_chapol_vtable);
    br_ssl_engine_set_chacha20(engine, &br_chacha20_ct_run);
    br_ssl_engine_set_poly1305(engine, poly1305 ? poly1305 : &br_poly1305_ctmul_run);
}

/* AES first where the processor has instructions for it (3236 MB/s), else ChaCha20 (AES: 114 MB/s). */
static void set_algorithms(br_ssl_client_context *client)
{
    br_ssl_engine_context *engine = &client->eng;
    bool has_aes = br_aes_x86ni_ctr_get_vtable() || br_aes_pwr8_ctr_get_vtable();

    br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
    br_ssl_engine_set_suites(engine, has_aes ? suites_aes_first : suites_chacha_first, SUITE_COUNT);
    br_ssl_engine_set_hash(engine, br_sha256_ID, &br_sha256_vtable);
    br_ssl_engine_set_hash(engine, br_sha384_ID, &br_sha384_vtable);
    br_ssl_engine_set_hash(engine, br_sha512_ID, &br_sha512_vtable);
    br_ssl_engine_set_prf_sha256(engine, &br_tls12_sha256_prf);
    br_ssl_engine_set_prf_sha384(engine, &br_tls12_sha384_prf);
    br_ssl_engine_set_default_aes_gcm(engine);
    set_chacha(engine);
    br_ssl_engine_set_ec(engine, &br_ec_all_m31);
    br_ssl_engine_set_ecdsa(engine, &br_ecdsa_i31_vrfy_asn1);
    br_ssl_engine_set_rsavrfy(engine, br_rsa_pkcs1_vrfy_get_default());
    br_ssl_engine_add_flags(engine, BR_OPT_NO_RENEGOTIATION);
}

static enum err_code seed(br_ssl_engine_context *engine, struct err *err)
{
    uint8_t bytes[SEED_SIZE];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return err_set(err, ERR_IO, "the system gives no random bytes (getrandom)");
    br_ssl_engine_inject_entropy(engine, bytes, sizeof bytes);
    engine->rng_os_rand_done = 1; /* or BearSSL would open /dev/urandom besides */
    memset(bytes, 0, sizeof bytes);
    return ERR_OK;
}

/* What the engine stopped for. */
static enum err_code refuse(const struct tls *tls, struct err *err)
{
    int code = br_ssl_engine_last_error(&tls->client.eng);

    if (tls->wire.failed || tls->wire.ended)
        return tls_wire_explain(&tls->wire, err);
    if (code > BR_ERR_RECV_FATAL_ALERT && code < BR_ERR_SEND_FATAL_ALERT)
        return tls_refuse_alert((unsigned)(code - BR_ERR_RECV_FATAL_ALERT), OFFERED, err);
    if (tls_wire_explain(&tls->wire, err) != ERR_OK)
        return err->code;
    if (code == BR_ERR_OK)
        return tls_refuse_end(err);
    if (code == BR_ERR_UNSUPPORTED_VERSION)
        return tls_refuse_offer(OFFERED, err);
    return err_set(err, ERR_IO, "the TLS connection failed (BearSSL's error %d)", code);
}

/* A read or a write that went wrong. */
static enum err_code refuse_data(const struct tls *tls, struct err *err)
{
    return tls->wire.ended ? tls_refuse_cut(err) : refuse(tls, err);
}

/* Moves records until the engine is in one of the wanted states. False when it has closed, by
 * close_notify or by an error, or when the wire gives or takes no more. */
static bool run_until(struct tls *tls, unsigned wanted)
{
    br_ssl_engine_context *engine = &tls->client.eng;

    for (;;) {
        unsigned state = br_ssl_engine_current_state(engine);
        unsigned char *bytes;
        size_t len;

        if (state & BR_SSL_CLOSED)
            return false;
        if (state & BR_SSL_SENDREC) {
            bytes = br_ssl_engine_sendrec_buf(engine, &len);
            if (!tls_wire_write(&tls->wire, slice_of(bytes, len)))
                return false;
            br_ssl_engine_sendrec_ack(engine, len);
        } else if (state & wanted) {
            return true;
        } else if (state & BR_SSL_RECVREC) {
            bytes = br_ssl_engine_recvrec_buf(engine, &len);
            len = tls_wire_read(&tls->wire, bytes, len);
            if (len == 0)
                return false;
            br_ssl_engine_recvrec_ack(engine, len);
        } else {
            return false;
        }
    }
}

/* close_notify has come, and nothing went wrong before it. The answer to it may have failed. */
static bool has_ended_well(const struct tls *tls)
{
    return br_ssl_engine_last_error(&tls->client.eng) == BR_ERR_OK && tls->client.eng.shutdown_recv;
}

static enum err_code tls_read(void *ctx, uint8_t *into, size_t size, size_t *got, struct err *err)
{
    struct tls *tls = ctx;
    unsigned char *bytes;

    *got = 0;
    if (run_until(tls, BR_SSL_RECVAPP)) {
        bytes = br_ssl_engine_recvapp_buf(&tls->client.eng, got);
        if (*got > size)
            *got = size;
        memcpy(into, bytes, *got);
        br_ssl_engine_recvapp_ack(&tls->client.eng, *got);
        return ERR_OK;
    }
    if (has_ended_well(tls))
        return ERR_OK;
    return refuse_data(tls, err);
}

static enum err_code tls_write(void *ctx, struct slice bytes, struct err *err)
{
    struct tls *tls = ctx;

    while (bytes.len > 0) {
        unsigned char *room;
        size_t len;

        if (!run_until(tls, BR_SSL_SENDAPP))
            return refuse_data(tls, err);
        room = br_ssl_engine_sendapp_buf(&tls->client.eng, &len);
        if (len > bytes.len)
            len = bytes.len;
        memcpy(room, bytes.ptr, len);
        br_ssl_engine_sendapp_ack(&tls->client.eng, len);
        bytes = slice_part(bytes, len, bytes.len);
    }
    br_ssl_engine_flush(&tls->client.eng, 0);
    if (!run_until(tls, BR_SSL_SENDAPP | BR_SSL_RECVAPP) || !tls_wire_flush(&tls->wire))
        return refuse_data(tls, err);
    return ERR_OK;
}

static void tls_free(struct tls *tls)
{
    explicit_bzero(tls, sizeof *tls);
    free(tls);
}

static void tls_close(void *ctx)
{
    struct tls *tls = ctx;
    br_ssl_engine_context *engine = &tls->client.eng;
    bool goes_on = !tls->wire.failed;

    br_ssl_engine_close(engine);
    while (goes_on && br_ssl_engine_current_state(engine) & BR_SSL_SENDREC) {
        size_t len;
        unsigned char *bytes = br_ssl_engine_sendrec_buf(engine, &len);

        goes_on = tls_wire_write(&tls->wire, slice_of(bytes, len));
        br_ssl_engine_sendrec_ack(engine, len);
    }
    (void)tls_wire_flush(&tls->wire);
    tls->wire.under.close(tls->wire.under.ctx);
    tls_free(tls);
}

/* The handshake, from a client that is set up but for its buffers, randomness and certificates. */
static enum err_code shake_hands(struct tls *tls, struct bearssl_chain *chain, struct err *err)
{
    br_ssl_engine_context *engine = &tls->client.eng;
    const struct server_name *server = &chain->terms.server;
    enum err_code rc = seed(engine, err);

    if (rc != ERR_OK)
        return rc;
    br_ssl_engine_set_buffers_bidi(engine, tls->in, sizeof tls->in, tls->out, sizeof tls->out);
    br_ssl_engine_set_x509(engine, &chain->vtable);
    if (!br_ssl_client_reset(&tls->client, server->is_ip ? NULL : server->text, 0))
        return err_set(err, ERR_BUG, "BearSSL cannot begin (its error %d)",
                       br_ssl_engine_last_error(engine));
    if (run_until(tls, BR_SSL_SENDAPP | BR_SSL_RECVAPP) && chain->verdict == ERR_OK)
        return ERR_OK;
    if (chain->verdict == ERR_OK || chain->verdict == ERR_BUG)
        return refuse(tls, err);
    *err = chain->err;
    return err_add(err, "certificate of %s", quote(slice_text(server->text)).text);
}

static enum err_code open_with(struct tls *tls, const struct chain_terms *terms, struct err *err)
{
    struct bearssl_chain *chain = malloc(sizeof *chain);
    enum err_code rc;

    if (!chain)
        return err_set(err, ERR_LIMIT, "out of memory");
    bearssl_chain_init(chain, terms);
    br_ssl_client_zero(&tls->client);
    set_algorithms(&tls->client);
    rc = shake_hands(tls, chain, err);
    br_ssl_engine_set_x509(&tls->client.eng, NULL); /* no second handshake will need it */
    bearssl_chain_clear(chain);
    free(chain);
    return rc;
}

enum err_code tls_open(struct stream *under, const struct tls_options *options, struct stream *out,
                       struct err *err)
{
    struct chain_terms terms = {.anchors = options->anchors, .now = options->now};
    struct tls *tls;
    enum err_code rc = server_name_parse(options->server_name, &terms.server, err);

    memset(out, 0, sizeof *out);
    if (rc != ERR_OK)
        return rc;
    tls = malloc(sizeof *tls);
    if (!tls)
        return err_set(err, ERR_LIMIT, "out of memory");
    tls_wire_init(&tls->wire, *under);
    rc = open_with(tls, &terms, err);
    if (rc != ERR_OK) {
        tls_free(tls);
        return rc;
    }
    *out = (struct stream){.ctx = tls, .read = tls_read, .write = tls_write, .close = tls_close};
    memset(under, 0, sizeof *under);
    return ERR_OK;
}

const char *tls_session(const struct stream *stream)
{
    const struct tls *tls = stream->ctx;

    return tls_suite_text(tls->client.eng.session.cipher_suite);
}

const char *tls_library(void)
{
    return "BearSSL 0.6";
}
