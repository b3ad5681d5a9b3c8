#include "resolver/net/fetch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "resolver/net/http_date.h"
#include "resolver/net/retry.h"
#include "resolver/net/url_reference.h"

struct fetch {
    struct fetch_options options;
    struct connection connection;
    uint8_t url_text[2][URL_MAX]; /* the URL of a redirect, and the one before it */
};

/* One attempt: its URL changes with each redirect. */
struct attempt {
    struct fetch *fetch;
    const struct fetch_request *request;
    const struct response_sink *sink;
    struct fetch_result *result;
    struct url url;
    struct proxy proxy;
    unsigned redirects;
    bool is_redirected; /* the response that just came leads elsewhere */
};

void fetch_options_init(struct fetch_options *options)
{
    *options = (struct fetch_options){
        .connect_timeout_ms = FETCH_CONNECT_TIMEOUT_MS,
        .stall_timeout_ms = FETCH_STALL_TIMEOUT_MS,
        .retries = FETCH_RETRIES,
        .backoff_ms = FETCH_BACKOFF_MS,
    };
}

enum err_code fetch_open(const struct fetch_options *options, struct fetch **out, struct err *err)
{
    *out = malloc(sizeof **out);
    if (!*out)
        return err_set(err, ERR_LIMIT, "out of memory");
    (*out)->options = *options;
    (*out)->connection.is_open = false;
    return ERR_OK;
}

void fetch_free(struct fetch **fetch)
{
    if (!*fetch)
        return;
    connection_close(&(*fetch)->connection);
    free(*fetch);
    *fetch = NULL;
}

int64_t fetch_now(const struct fetch *fetch)
{
    if (fetch->options.now)
        return fetch->options.now(fetch->options.ctx);
    return (int64_t)time(NULL);
}

void fetch_note(const struct fetch *fetch, bool is_warning, const char *format, ...)
{
    char text[ERR_MESSAGE_MAX * 2];
    va_list args;

    if (!fetch->options.note)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fetch->options.note(fetch->options.ctx, is_warning, text);
}

static uint32_t random_number(const struct fetch *fetch)
{
    uint32_t number = 0;

    if (fetch->options.random)
        return fetch->options.random(fetch->options.ctx);
    /* jitter only: without random numbers the waits are simply not spread */
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number)
        return 0;
    return number;
}

static bool is_redirect(unsigned status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static enum err_code check_redirect(const struct attempt *attempt, const struct url *next,
                                    struct err *err)
{
    if (attempt->url.scheme == URL_HTTPS && next->scheme == URL_HTTP)
        return err_set(err, ERR_POLICY, "a redirect from https to %s is refused",
                       url_show(next).text);
    if (attempt->redirects == FETCH_REDIRECTS_MAX)
        return err_set(err, ERR_IO, "more than %d redirects, the last one to %s",
                       FETCH_REDIRECTS_MAX, url_show(next).text);
    return ERR_OK;
}

/* Makes the URL that the response leads to the attempt's own. */
static enum err_code follow(struct attempt *attempt, const struct http_response *response,
                            struct err *err)
{
    struct slice location = http_header(response, "Location");
    struct buf buf;
    struct url next;

    if (location.len == 0)
        return err_set(err, ERR_IO, "a redirect (%s) that does not say where to",
                       attempt->result->status_text.text);
    buf_init_fixed(&buf, attempt->fetch->url_text[attempt->redirects % 2], URL_MAX);
    if (url_resolve(&attempt->url, location, &buf, &next, err)) {
        err->code = ERR_IO;
        return err_add(err, "a redirect to %s", url_show_text(location).text);
    }
    if (check_redirect(attempt, &next, err))
        return err->code;
    attempt->url = next;
    attempt->redirects++;
    attempt->is_redirected = true;
    attempt->result->redirect_url = url_show(&next);
    fetch_note(attempt->fetch, false, "%s: %s: to %s", attempt->result->url.text,
               attempt->result->status_text.text, url_show(&next).text);
    return ERR_OK;
}

static void read_retry_after(struct attempt *attempt, const struct http_response *response)
{
    struct fetch_result *result = attempt->result;

    if (!retry_status(response->status))
        return;
    result->has_retry_after = http_retry_after(http_header(response, "Retry-After"),
                                               fetch_now(attempt->fetch), &result->retry_after_s);
    result->may_retry = !result->has_retry_after || result->retry_after_s <= RETRY_AFTER_MAX_S;
}

static enum err_code take_head(void *ctx, const struct http_response *response, bool *wants_body,
                               struct err *err)
{
    struct attempt *attempt = ctx;

    attempt->is_redirected = false;
    attempt->result->status_text = http_status_show(response);
    if (is_redirect(response->status))
        return follow(attempt, response, err);
    attempt->result->status = response->status;
    read_retry_after(attempt, response);
    return attempt->sink->begin(attempt->sink->ctx, response, wants_body, err);
}

static enum err_code take_body(void *ctx, struct slice bytes, struct err *err)
{
    struct attempt *attempt = ctx;

    return attempt->sink->body(attempt->sink->ctx, bytes, err);
}

/* Makes sure that a connection is open; *is_fresh when it was opened just now. */
static enum err_code get_connection(struct attempt *attempt, bool *is_fresh, struct err *err)
{
    struct fetch *fetch = attempt->fetch;
    struct connection *connection = &fetch->connection;

    *is_fresh = !connection_fits(connection, &attempt->url, &attempt->proxy);
    if (!*is_fresh)
        return ERR_OK;
    connection_close(connection);
    watch_start(&connection->watch, fetch->options.connect_timeout_ms);
    if (connection_open(connection, &fetch->options.connector, &attempt->url, &attempt->proxy,
                        fetch->options.user_agent, err)) {
        attempt->result->may_retry = connection->watch.is_broken;
        return err->code;
    }
    fetch_note(fetch, false, "%s: connected to %s%s", url_show(&attempt->url).text,
               attempt->proxy.is_used ? "the proxy at " : "", connection->peer.text);
    return ERR_OK;
}

/* One request to attempt->url. */
static enum err_code request_once(struct attempt *attempt, bool *is_stale, struct err *err)
{
    struct fetch *fetch = attempt->fetch;
    const struct fetch_request *from = attempt->request;
    const struct response_sink sink = {attempt, take_head, take_body};
    bool via_proxy = attempt->proxy.is_used && attempt->url.scheme == URL_HTTP;
    struct http_request request = {
        .url = &attempt->url,
        .is_head = from->is_head,
        .to_proxy = via_proxy,
        .user_agent = fetch->options.user_agent,
        .authorization = slice_text(via_proxy ? attempt->proxy.authorization : ""),
        .has_range = from->has_range,
        .range_from = from->range_from,
        .if_range = from->if_range,
    };
    enum exchange_progress progress;
    bool is_fresh;
    enum err_code rc;

    *is_stale = false;
    if (get_connection(attempt, &is_fresh, err))
        return err->code;
    attempt->result->may_retry = false;
    rc = exchange(&fetch->connection, &request, fetch->options.stall_timeout_ms, &sink, &progress,
                  err);
    if (rc == ERR_OK)
        return ERR_OK;
    *is_stale = !is_fresh && progress == EXCHANGE_SILENT;
    attempt->result->may_retry = progress != EXCHANGE_SINK && fetch->connection.watch.is_broken;
    return rc;
}

/* A request over a connection kept alive, which the server may have ended meanwhile, is repeated
 * over a new one. */
static enum err_code request_url(struct attempt *attempt, struct err *err)
{
    bool is_stale;
    enum err_code rc;

    attempt->result->is_cleartext |= attempt->url.scheme == URL_HTTP;
    if (proxy_find(&attempt->fetch->options.proxies, &attempt->url, &attempt->proxy, err))
        return err->code;
    rc = request_once(attempt, &is_stale, err);
    if (rc && is_stale)
        rc = request_once(attempt, &is_stale, err);
    return rc;
}

enum err_code fetch_attempt(struct fetch *fetch, const struct fetch_request *request,
                            const struct response_sink *sink, struct fetch_result *result,
                            struct err *err)
{
    struct attempt attempt = {.fetch = fetch, .request = request, .sink = sink, .result = result};

    *result = (struct fetch_result){0};
    result->url = url_show_text(request->url);
    if (url_parse(request->url, &attempt.url, err))
        return err->code;
    result->url = url_show(&attempt.url);
    if (fetch->options.offline)
        return err_set(err, ERR_POLICY, "not fetched: --offline forbids the network");
    do {
        attempt.is_redirected = false;
        if (request_url(&attempt, err))
            return err->code;
    } while (attempt.is_redirected);
    return ERR_OK;
}

/* "URL: redirected to URL: after 4 tries: " before the reason. */
static void add_context(const struct fetch_result *result, unsigned tries, struct err *err)
{
    if (tries > 1)
        err_add(err, "after %u tries", tries);
    if (*result->redirect_url.text)
        err_add(err, "redirected to %s", result->redirect_url.text);
    err_add(err, "%s", result->url.text);
}

static enum err_code status_error(const struct fetch_result *result, struct err *err)
{
    if (result->status == 407)
        return err_set(err, ERR_IO, "the proxy asks for a user name and password (%s)",
                       result->status_text.text);
    if (result->has_retry_after)
        return err_set(err, ERR_IO, "the server answers %s and asks to come back in %u s",
                       result->status_text.text, (unsigned)result->retry_after_s);
    return err_set(err, ERR_IO, "the server answers %s", result->status_text.text);
}

enum err_code fetch_refused(const struct fetch_result *result, struct err *err)
{
    status_error(result, err);
    add_context(result, 1, err);
    return err->code;
}

bool fetch_try_again(struct fetch *fetch, const struct fetch_result *result, unsigned tries,
                     enum err_code rc, struct err *err)
{
    uint32_t wait;

    if (rc == ERR_OK)
        status_error(result, err);
    if (!result->may_retry || tries > fetch->options.retries) {
        add_context(result, tries, err);
        return false;
    }
    add_context(result, 1, err);
    wait = result->has_retry_after
               ? retry_after_ms(result->retry_after_s, random_number(fetch))
               : retry_wait_ms(tries, fetch->options.backoff_ms, random_number(fetch));
    fetch_note(fetch, false, "%s: trying again in %u ms (%u of %u)", err->msg, (unsigned)wait,
               tries, fetch->options.retries);
    if (fetch->options.sleep)
        fetch->options.sleep(fetch->options.ctx, wait);
    else
        watch_sleep_ms(wait);
    return true;
}

enum err_code fetch_get(struct fetch *fetch, const struct fetch_request *request,
                        const struct response_sink *sink, struct fetch_result *result,
                        struct err *err)
{
    for (unsigned tries = 1;; tries++) {
        enum err_code rc = fetch_attempt(fetch, request, sink, result, err);

        if (rc == ERR_OK && !retry_status(result->status))
            return ERR_OK;
        if (!fetch_try_again(fetch, result, tries, rc, err))
            return err->code;
    }
}
