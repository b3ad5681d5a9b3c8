/*
 * fetch.h - a document or an image from a web server, with all that can go wrong on the way.
 *
 * In the flow:  url -> proxy -> connection -> exchange -> [fetch] -> source_https, download
 * Does:         HTTP/1.1 GET and HEAD; keeps a connection for the next request to the same origin;
 *               follows at most FETCH_REDIRECTS_MAX redirects; tries again, with back-off, what
 *               another try may help: connections that fail or break, time limits, 408, 429, 5xx.
 * Refused:      a redirect from https to http (ERR_POLICY), and to any other scheme; user names in
 *               URLs. Nothing secret is ever sent to a server, so no redirect can leak it; the
 *               proxy's credentials go to the proxy alone.
 * Not tried again: what the server or TLS has decided: other statuses, certificates, malformed
 *               responses, names that DNS does not know.
 * Trust:        none over http://. Over https:// as much as TLS gives; documents are trusted by
 *               their signatures, not by where they came from.
 * Memory:       one allocation of about 100 KiB in fetch_open; TLS takes its own.
 */
#ifndef SEALIFT_NET_FETCH_H
#define SEALIFT_NET_FETCH_H

#include "resolver/net/exchange.h"

#define FETCH_CONNECT_TIMEOUT_MS 15000
#define FETCH_STALL_TIMEOUT_MS 30000
#define FETCH_RETRIES 3
#define FETCH_BACKOFF_MS 1000
#define FETCH_REDIRECTS_MAX 5

struct fetch_options {
    unsigned connect_timeout_ms; /* lookup, connecting, the proxy's answer and TLS, all together */
    unsigned stall_timeout_ms;   /* exchange.h: a response's head; progress of its body */
    unsigned retries;            /* further tries after the first */
    unsigned backoff_ms;         /* the first wait between tries (retry.h) */
    bool offline;                /* every request is ERR_POLICY: --offline */
    const char *user_agent;      /* "sealift/VERSION" */
    struct proxy_settings proxies;
    struct connector connector;

    void *ctx;                             /* for the functions below */
    int64_t (*now)(void *ctx);             /* seconds since 1970; NULL: the machine's clock */
    uint32_t (*random)(void *ctx);         /* for jitter; NULL: the kernel's */
    void (*sleep)(void *ctx, unsigned ms); /* NULL: sleeps */
    /* Told what happens, one line without its end: a redirect, another try, a download that starts
     * over. is_warning: worth showing without --verbose. NULL: nobody listens. */
    void (*note)(void *ctx, bool is_warning, const char *text);
};

struct fetch_request {
    struct slice url;
    bool is_head;
    bool has_range; /* from range_from to the end; if_range as in http_request.h */
    uint64_t range_from;
    struct slice if_range;
};

/* How an attempt ended. */
struct fetch_result {
    unsigned status; /* of the final response; 0 when there was none */
    struct http_status_text status_text;
    bool may_retry;    /* another try may help */
    bool is_cleartext; /* a part of the way was http:// */
    bool has_retry_after;
    uint32_t retry_after_s;
    struct url_shown url;          /* as it was asked for, for messages */
    struct url_shown redirect_url; /* where redirects led; empty without one */
};

struct fetch;

/* The default limits; nothing else set. */
void fetch_options_init(struct fetch_options *options);

/* *out is NULL on failure: ERR_LIMIT without memory. The options are copied, what they point to
 * is borrowed. */
enum err_code fetch_open(const struct fetch_options *options, struct fetch **out, struct err *err)
    MUST_USE;
void fetch_free(struct fetch **fetch);

/* The time by its options. */
int64_t fetch_now(const struct fetch *fetch);

/* Passes a line to options.note (printf style). */
void fetch_note(const struct fetch *fetch, bool is_warning, const char *format, ...) PRINTF(3, 4);

/*
 * One attempt, redirects included. The final response, whatever its status, goes to the sink; with
 * ERR_OK result->status says what it was. On failure err has the reason alone, without URL: pass it
 * through fetch_try_again.
 *   ERR_FORMAT  the URL, or the base for a redirect, is malformed
 *   ERR_USAGE   a proxy variable is malformed
 *   ERR_POLICY  offline; a redirect from https to http
 *   ERR_IO      the network, the peer, TLS
 *   anything    that the sink returned
 */
enum err_code fetch_attempt(struct fetch *fetch, const struct fetch_request *request,
                            const struct response_sink *sink, struct fetch_result *result,
                            struct err *err)
    MUST_USE;

/*
 * After attempt number `tries` since the last progress, which failed with err->code == rc, or (rc
 * ERR_OK) ended with a status that retry_status names: waits and returns true when it should be
 * repeated. Otherwise returns false with the whole message in err, "URL: after 4 tries: reason".
 */
bool fetch_try_again(struct fetch *fetch, const struct fetch_result *result, unsigned tries,
                     enum err_code rc, struct err *err);

/* Attempts until one succeeds, is refused, or the retries are used up; the sink's begin is called
 * again for each. ERR_OK: a response came whose status is no reason to try again. */
enum err_code fetch_get(struct fetch *fetch, const struct fetch_request *request,
                        const struct response_sink *sink, struct fetch_result *result,
                        struct err *err)
    MUST_USE;

/* Sets and returns ERR_IO, "URL: the server answers 404 Not Found". */
enum err_code fetch_refused(const struct fetch_result *result, struct err *err);

#endif
