#include "bundle/pack/image_https.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/net/http_range.h"
#include "resolver/net/retry.h"

#define STACK_SIZE ((size_t)1 << 20) /* musl's own are small; TLS runs here */
#define RING_EXTRA ((size_t)4 << 10)    /* what an arena takes besides */

struct image_https {
    struct fetch *fetch;
    const char *url;
    uint64_t size;
    char validator[HTTP_VALIDATOR_MAX + 1]; /* for If-Range; empty: cannot be resumed */
    bool is_absent, is_cleartext;

    /* Of the thread, while it runs: */
    struct fetch_result answer;
    uint64_t skip;     /* bytes of this response that have come before */
    uint64_t received; /* of all that was put into the ring */

    pthread_t thread;
    bool is_running;
    pthread_mutex_t lock; /* over what follows */
    pthread_cond_t changed;
    struct arena memory; /* of the ring */
    uint8_t *ring;
    uint64_t filled, taken; /* bytes put in and taken out, in all */
    bool is_over, is_cancelled;
    struct err failure; /* of the thread; code ERR_OK when all has come */
};

/* --- Opening ------------------------------------------------------------------------------------ */

static void keep_validator(struct image_https *https, const struct http_response *response)
{
    struct slice validator = http_validator(response, fetch_now(https->fetch));

    snprintf(https->validator, sizeof https->validator, "%.*s", (int)validator.len,
             validator.len ? (const char *)validator.ptr : "");
}

static enum err_code begin_probe(void *ctx, const struct http_response *response, bool *wants_body,
                                 struct err *err)
{
    struct image_https *https = ctx;

    (void)wants_body;
    https->is_absent = response->status == 404 || response->status == 403;
    if (response->status != 200)
        return ERR_OK;
    if (response->framing != HTTP_BODY_LENGTH)
        return err_set(err, ERR_IO,
                       "the server does not say how long it is: get it with resolve --download "
                       "first, then give it with --image");
    https->size = response->length;
    keep_validator(https, response);
    return ERR_OK;
}

/* A GET whose body is not taken rather than a HEAD, which URLs that grant access to GET alone
 * refuse. */
static enum err_code probe(struct image_https *https, struct err *err)
{
    const struct response_sink sink = {https, begin_probe, NULL};
    const struct fetch_request request = {.url = slice_text(https->url)};
    struct fetch_result result;

    if (fetch_get(https->fetch, &request, &sink, &result, err))
        return err->code;
    https->is_cleartext = result.is_cleartext;
    if (result.status == 200 || https->is_absent)
        return ERR_OK;
    return fetch_refused(&result, err);
}

enum err_code image_https_open(struct fetch *fetch, const char *url, struct arena *arena,
                               struct image_https **out, struct err *err)
{
    struct image_https *https = arena_alloc(arena, sizeof *https, err);

    *out = NULL;
    if (!https)
        return err->code;
    arena_init_heap(&https->memory, IMAGE_HTTPS_RING + RING_EXTRA);
    https->fetch = fetch;
    https->url = url;
    pthread_mutex_init(&https->lock, NULL);
    pthread_cond_init(&https->changed, NULL);
    if (probe(https, err)) {
        image_https_close(&https);
        return err->code;
    }
    if (https->is_absent)
        image_https_close(&https);
    *out = https;
    return ERR_OK;
}

/* --- The thread --------------------------------------------------------------------------------- */

static enum err_code changed(const struct image_https *https, struct err *err)
{
    return err_set(err, ERR_IO,
                   "the server's object has changed after %" PRIu64 " of %" PRIu64 " bytes",
                   https->received, https->size);
}

/* 200: the whole object, from its start; what has come already is passed over. */
static enum err_code begin_whole(struct image_https *https, const struct http_response *response,
                                 struct err *err)
{
    struct slice same = http_validator(response, fetch_now(https->fetch));

    if (response->framing != HTTP_BODY_LENGTH || response->length != https->size ||
        (https->received > 0 && !slice_is(same, https->validator)))
        return changed(https, err);
    keep_validator(https, response);
    https->skip = https->received;
    return ERR_OK;
}

/* 206: exactly the rest, of the same object (RFC 9110 15.3.7). */
static enum err_code begin_rest(struct image_https *https, const struct http_response *response,
                                struct err *err)
{
    struct http_content_range range;
    struct slice tag = http_header(response, "ETag");

    if (!http_content_range_parse(http_header(response, "Content-Range"), &range) ||
        range.first != https->received || range.last + 1 != https->size ||
        (range.has_size && range.size != https->size))
        return err_set(err, ERR_IO, "the server sends another part than was asked for");
    if (tag.ptr && https->validator[0] == '"' && !slice_is(tag, https->validator))
        return changed(https, err);
    https->skip = 0;
    return ERR_OK;
}

static enum err_code begin(void *ctx, const struct http_response *response, bool *wants_body,
                           struct err *err)
{
    struct image_https *https = ctx;

    *wants_body = response->status == 200 || (response->status == 206 && https->received > 0);
    if (!*wants_body)
        return ERR_OK;
    return response->status == 200 ? begin_whole(https, response, err)
                                   : begin_rest(https, response, err);
}

/* Waits until there is room in the ring; 0 when nobody wants more. */
static size_t await_room(struct image_https *https)
{
    size_t room;

    pthread_mutex_lock(&https->lock);
    while (https->filled - https->taken == IMAGE_HTTPS_RING && !https->is_cancelled)
        pthread_cond_wait(&https->changed, &https->lock);
    room = IMAGE_HTTPS_RING - (size_t)(https->filled - https->taken);
    if (https->is_cancelled)
        room = 0;
    pthread_mutex_unlock(&https->lock);
    return room;
}

static void put(struct image_https *https, struct slice bytes)
{
    size_t at = (size_t)(https->received % IMAGE_HTTPS_RING);
    struct slice first = slice_part(bytes, 0, IMAGE_HTTPS_RING - at);

    memcpy(https->ring + at, first.ptr, first.len);
    if (first.len < bytes.len)
        memcpy(https->ring, bytes.ptr + first.len, bytes.len - first.len);
    https->received += bytes.len;
    pthread_mutex_lock(&https->lock);
    https->filled = https->received;
    pthread_cond_broadcast(&https->changed);
    pthread_mutex_unlock(&https->lock);
}

static enum err_code take_body(void *ctx, struct slice bytes, struct err *err)
{
    struct image_https *https = ctx;
    size_t skipped = bytes.len < https->skip ? bytes.len : (size_t)https->skip;

    https->skip -= skipped;
    bytes = slice_part(bytes, skipped, bytes.len);
    if (bytes.len > https->size - https->received)
        return err_set(err, ERR_IO, "the server sends more than the %" PRIu64 " bytes it announced",
                       https->size);
    while (bytes.len > 0) {
        size_t room = await_room(https);
        struct slice piece = slice_part(bytes, 0, room);

        if (room == 0)
            return err_set(err, ERR_IO, "no longer wanted");
        put(https, piece);
        bytes = slice_part(bytes, piece.len, bytes.len);
    }
    return ERR_OK;
}

/* One attempt. What came and did not suffice is worth another one, if the rest can be asked for. */
static enum err_code attempt(struct image_https *https, struct err *err)
{
    const struct response_sink sink = {https, begin, take_body};
    const struct fetch_request request = {
        .url = slice_text(https->url),
        .has_range = https->received > 0,
        .range_from = https->received,
        .if_range = slice_text(https->validator),
    };
    struct fetch_result *answer = &https->answer;
    enum err_code rc = fetch_attempt(https->fetch, &request, &sink, answer, err);

    https->is_cleartext |= answer->is_cleartext;
    if (rc == ERR_OK && (answer->status == 200 || answer->status == 206) &&
        https->received < https->size) {
        answer->may_retry = true;
        rc = err_set(err, ERR_IO, "the body ended after %" PRIu64 " of %" PRIu64 " bytes",
                     https->received, https->size);
    }
    if (rc && answer->may_retry && https->received > 0 && !https->validator[0]) {
        answer->may_retry = false;
        err_add(err, "after %" PRIu64 " bytes, and the server gives no strong ETag and no reliable "
                "Last-Modified to go on by: get it with resolve --download first", https->received);
    }
    return rc;
}

static enum err_code receive(struct image_https *https, struct err *err)
{
    uint64_t longest = 0;

    for (unsigned tries = 1; https->received < https->size; tries++) {
        enum err_code rc = attempt(https, err);

        if (https->received == https->size)
            return ERR_OK;
        if (https->received >= longest + IMAGE_HTTPS_PROGRESS) {
            tries = 1;
            longest = https->received;
        }
        if (!fetch_try_again(https->fetch, &https->answer, tries, rc, err))
            return err->code;
    }
    return ERR_OK;
}

static void *run(void *ctx)
{
    struct image_https *https = ctx;
    struct err err = {ERR_OK, ""};
    enum err_code rc = receive(https, &err);

    err.code = rc;
    pthread_mutex_lock(&https->lock);
    https->failure = err;
    https->is_over = true;
    pthread_cond_broadcast(&https->changed);
    pthread_mutex_unlock(&https->lock);
    return NULL;
}

/* --- Reading ------------------------------------------------------------------------------------ */

static bool start_thread(struct image_https *https)
{
    pthread_attr_t attributes;
    sigset_t all, before;

    if (pthread_attr_init(&attributes))
        return false;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    https->is_running = pthread_attr_setstacksize(&attributes, STACK_SIZE) == 0 &&
                        pthread_create(&https->thread, &attributes, run, https) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return https->is_running;
}

static void stop(struct image_https *https)
{
    if (!https->is_running)
        return;
    pthread_mutex_lock(&https->lock);
    https->is_cancelled = true;
    pthread_cond_broadcast(&https->changed);
    pthread_mutex_unlock(&https->lock);
    pthread_join(https->thread, NULL);
    https->is_running = false;
}

static enum err_code start(struct image_https *https, struct err *err)
{
    https->ring = arena_alloc(&https->memory, IMAGE_HTTPS_RING, err);
    if (!https->ring)
        return err->code;
    return start_thread(https) ? ERR_OK : err_set(err, ERR_LIMIT, "out of memory");
}

/* Waits for bytes in the ring: at most `want`, 0 only with an error. */
static size_t await_bytes(struct image_https *https, size_t want, struct err *err)
{
    uint64_t have;

    pthread_mutex_lock(&https->lock);
    while (https->filled == https->taken && !https->is_over)
        pthread_cond_wait(&https->changed, &https->lock);
    have = https->filled - https->taken;
    if (have == 0)
        *err = https->failure;
    pthread_mutex_unlock(&https->lock);
    return have < want ? (size_t)have : want;
}

static void take(struct image_https *https, uint8_t *into, size_t len)
{
    size_t at = (size_t)(https->taken % IMAGE_HTTPS_RING);
    size_t first = len < IMAGE_HTTPS_RING - at ? len : IMAGE_HTTPS_RING - at;

    memcpy(into, https->ring + at, first);
    memcpy(into + first, https->ring, len - first);
    pthread_mutex_lock(&https->lock);
    https->taken += len;
    pthread_cond_broadcast(&https->changed);
    pthread_mutex_unlock(&https->lock);
}

static enum err_code read_https(void *ctx, uint64_t at, uint8_t *into, size_t size,
                                struct err *err)
{
    struct image_https *https = ctx;

    if (at != https->taken)
        return err_set(err, ERR_BUG, "a stream is read out of order");
    if (!https->ring && start(https, err))
        return err->code;
    while (size > 0) {
        size_t len = await_bytes(https, size, err);

        if (len == 0)
            return err->code;
        take(https, into, len);
        into += len;
        size -= len;
    }
    if (https->taken == https->size)
        stop(https);
    return ERR_OK;
}

struct image image_https_image(struct image_https *https)
{
    return (struct image){.ctx = https, .size = https->size, .read = read_https};
}

bool image_https_is_cleartext(const struct image_https *https)
{
    return https->is_cleartext;
}

void image_https_close(struct image_https **https)
{
    if (!*https)
        return;
    stop(*https);
    arena_clear(&(*https)->memory);
    pthread_mutex_destroy(&(*https)->lock);
    pthread_cond_destroy(&(*https)->changed);
    *https = NULL;
}
