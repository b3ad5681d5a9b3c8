#include "resolver/source/download.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/base/hex.h"
#include "resolver/source/part.h"
#include "resolver/source/part_files.h"

struct download {
    struct fetch *fetch;
    const struct download_options *options;
    struct download_result *result;
    struct part_files files;
    struct part part;
    struct part_state state; /* of what is being received */
    struct fetch_result answer;
    uint64_t last_checkpoint; /* length of the part at it */
    int64_t last_checkpoint_ms;
    const char *unusable; /* why what lies there is of no use; NULL: nothing lies there */
    bool is_started;      /* what lies there now is this run's */
    bool starts_over;     /* this response is of no use; ask again for all of it */
    int64_t last_report_ms;
    uint64_t last_report_done;
    uint64_t rate;
};

static void note_checkpoint(struct download *download)
{
    download->last_checkpoint = download->part.length;
    download->last_checkpoint_ms = watch_clock_ms();
}

/* Without a validator no state would be of use. */
static enum err_code checkpoint(struct download *download, struct err *err)
{
    note_checkpoint(download);
    if (!*download->state.validator)
        return ERR_OK;
    if (part_make_mark(&download->part, &download->state.mark, err))
        return err_add(err, "%s", download->files.shown.text);
    return part_files_save(&download->files, &download->state, err);
}

static bool is_checkpoint_due(const struct download *download)
{
    uint64_t since = download->part.length - download->last_checkpoint;

    return since >= DOWNLOAD_CHECKPOINT ||
           (since && watch_clock_ms() - download->last_checkpoint_ms >= DOWNLOAD_CHECKPOINT_MS);
}

/* A smoothed rate: a quarter of what is new, three quarters of what was. */
static void report_progress(struct download *download, bool is_last)
{
    const struct download_options *options = download->options;
    struct download_progress progress = {.done = download->part.length,
                                         .has_total = download->state.has_size,
                                         .total = download->state.size};
    int64_t now = watch_clock_ms(), span = now - download->last_report_ms;

    if (!options->progress || (!is_last && span < DOWNLOAD_REPORT_MS))
        return;
    if (span > 0 && progress.done >= download->last_report_done) {
        uint64_t rate = (progress.done - download->last_report_done) * 1000 / (uint64_t)span;

        download->rate = download->rate ? download->rate / 4 * 3 + rate / 4 : rate;
    }
    progress.bytes_per_second = download->rate;
    download->last_report_ms = now;
    download->last_report_done = progress.done;
    options->progress(options->ctx, &progress);
}

static void say(struct download *download, const char *why)
{
    fetch_note(download->fetch, true, "%s: %s: starting over", download->files.shown.text, why);
}

/* Forgets what was received and makes ready for the object that the response brings. */
static enum err_code start_object(struct download *download, const struct http_response *response,
                                  struct err *err)
{
    struct part_state *state = &download->state;
    struct slice validator = http_validator(response, fetch_now(download->fetch));

    part_restart(&download->part);
    note_checkpoint(download);
    state->mark = (struct part_mark){0};
    state->has_size = response->framing == HTTP_BODY_LENGTH;
    state->size = state->has_size ? response->length : 0;
    snprintf(state->validator, sizeof state->validator, "%.*s", (int)validator.len,
             validator.len ? (const char *)validator.ptr : "");
    if (part_files_begin(&download->files, state, err))
        return err->code;
    download->is_started = true;
    if (part_prepare(&download->part, state->has_size, state->size, err))
        return err_add(err, "%s", download->files.shown.text);
    if (!validator.len)
        fetch_note(download->fetch, false,
                   "%s: the server gives no strong ETag and no reliable Last-Modified: "
                   "an interrupted download would start over",
                   download->state.url);
    return ERR_OK;
}

/* 200: the whole object, asked for or not. */
static enum err_code begin_whole(struct download *download, const struct http_response *response,
                                 struct err *err)
{
    const char *validator = download->state.validator;

    if (response->framing == HTTP_BODY_UNTIL_CLOSE && download->answer.is_cleartext &&
        !download->options->sha256)
        return err_set(err, ERR_IO,
                       "the server does not say how long it is, and the connection protects "
                       "nothing: a part of it could not be told from the whole (give its SHA-256)");
    if (download->part.length) {
        struct slice same = http_validator(response, fetch_now(download->fetch));

        say(download, slice_is(same, validator) ? "the server does not send parts"
                                                : "the server's object has changed");
    } else if (download->unusable) {
        say(download, download->unusable);
    }
    download->unusable = NULL;
    return start_object(download, response, err);
}

/* 206: exactly the rest, of the same object (RFC 9110 15.3.7). */
static enum err_code begin_rest(struct download *download, const struct http_response *response,
                                bool *is_rest, struct err *err)
{
    struct part_state *state = &download->state;
    struct http_content_range range;
    struct slice tag = http_header(response, "ETag");

    *is_rest = false;
    if (!http_content_range_parse(http_header(response, "Content-Range"), &range) ||
        range.first != download->part.length || !range.has_size || range.last + 1 != range.size ||
        (state->has_size && range.size != state->size) ||
        (response->has_length && response->length != range.last - range.first + 1)) {
        say(download, "the server sends another part than was asked for");
        return ERR_OK;
    }
    if (tag.ptr && state->validator[0] == '"' && !slice_is(tag, state->validator)) {
        say(download, "the server's object has changed");
        return ERR_OK;
    }
    *is_rest = true;
    state->has_size = true;
    state->size = range.size;
    if (part_prepare(&download->part, true, range.size, err))
        return err_add(err, "%s", download->files.shown.text);
    return ERR_OK;
}

static enum err_code begin(void *ctx, const struct http_response *response, bool *wants_body,
                           struct err *err)
{
    struct download *download = ctx;
    bool has_asked_range = download->part.length > 0;

    if (response->status == 200) {
        *wants_body = true;
        return begin_whole(download, response, err);
    }
    if (response->status == 206 && has_asked_range) {
        if (begin_rest(download, response, wants_body, err))
            return err->code;
        download->starts_over = !*wants_body;
    } else if (response->status == 416 && has_asked_range) {
        say(download, "the server's object is shorter now");
        download->starts_over = true;
    }
    return ERR_OK;
}

static enum err_code take_body(void *ctx, struct slice bytes, struct err *err)
{
    struct download *download = ctx;
    const struct part_state *state = &download->state;

    if (state->has_size && bytes.len > state->size - download->part.length)
        return err_set(err, ERR_IO, "the server sends more than the %" PRIu64 " bytes it announced",
                       state->size);
    download->result->received += bytes.len;
    if (part_add(&download->part, bytes, err))
        return err_add(err, "%s", download->files.shown.text);
    report_progress(download, false);
    return is_checkpoint_due(download) ? checkpoint(download, err) : ERR_OK;
}

/* After a connection broke: keeps what came, if the rest can be asked for. */
static enum err_code keep_part(struct download *download, struct err *err)
{
    if (download->starts_over || !*download->state.validator) {
        part_restart(&download->part);
        note_checkpoint(download);
        return ERR_OK;
    }
    return checkpoint(download, err);
}

/* Whether the body that came was the whole rest; if not, why. */
static enum err_code check_complete(struct download *download, bool *is_done, struct err *err)
{
    const struct part_state *state = &download->state;

    if (download->answer.status != 200 && download->answer.status != 206)
        return ERR_OK;
    *is_done = !state->has_size || download->part.length == state->size;
    if (*is_done || download->starts_over || download->answer.may_retry)
        return ERR_OK;
    download->answer.may_retry = true;
    return err_set(err, ERR_IO, "the body ended after %" PRIu64 " of %" PRIu64 " bytes",
                   download->part.length, state->size);
}

/* One attempt; *is_done when all bytes are there. ERR_OK without it: the response was of no use, and
 * its status, or starts_over, says what next. */
static enum err_code receive(struct download *download, bool *is_done, struct err *err)
{
    const struct response_sink sink = {download, begin, take_body};
    const struct fetch_request request = {
        .url = slice_text(download->options->url),
        .has_range = download->part.length > 0,
        .range_from = download->part.length,
        .if_range = slice_text(download->state.validator),
    };
    struct err keeping;
    enum err_code rc;

    *is_done = false;
    download->starts_over = false;
    rc = fetch_attempt(download->fetch, &request, &sink, &download->answer, err);
    download->result->is_cleartext |= download->answer.is_cleartext;
    if (rc == ERR_OK)
        rc = check_complete(download, is_done, err);
    if (!*is_done && keep_part(download, &keeping)) {
        *err = keeping;
        download->answer.may_retry = false;
        rc = keeping.code;
    }
    return rc;
}

/* Attempts until all is there. When the part has grown, beyond all it ever was, the tries count
 * anew: a line that breaks every few minutes is no reason to give up, a server that always breaks
 * off at the same place is. */
static enum err_code receive_all(struct download *download, struct err *err)
{
    uint64_t longest = download->part.length;
    bool is_done;

    for (unsigned tries = 1;; tries++) {
        uint64_t reached = download->part.length;
        enum err_code rc = receive(download, &is_done, err);

        if (is_done)
            return ERR_OK;
        if (rc == ERR_OK && download->starts_over)
            continue;
        if (download->part.length > reached)
            reached = download->part.length;
        if (reached >= longest + DOWNLOAD_PROGRESS) {
            tries = 1;
            longest = reached;
        }
        if (!fetch_try_again(download->fetch, &download->answer, tries, rc, err))
            return err->code;
    }
}

/* Takes up the state that an earlier run left, if the part is what it says. */
static enum err_code resume(struct download *download, const struct part_state *read,
                            struct err *err)
{
    bool fits;

    if (part_resume(&download->part, &read->mark, &fits, err))
        return err_add(err, "%s", download->files.shown.text);
    if (!fits) {
        download->unusable = "it is not what the state beside it says";
        return ERR_OK;
    }
    memcpy(download->state.validator, read->validator, sizeof read->validator);
    download->state.has_size = read->has_size;
    download->state.size = read->size;
    download->state.mark = read->mark;
    download->result->resumed_from = download->part.length;
    note_checkpoint(download);
    fetch_note(download->fetch, false, "%s: going on after the %" PRIu64 " bytes that are there",
               download->files.shown.text, read->mark.length);
    return ERR_OK;
}

static enum err_code take_up(struct download *download, struct err *err)
{
    struct part_state *read;
    enum err_code rc = ERR_OK;

    if (part_file_length(&download->part) == 0)
        return ERR_OK;
    read = malloc(sizeof *read);
    if (!read)
        return err_set(err, ERR_LIMIT, "out of memory");
    if (part_files_load(&download->files, read, &download->unusable)) {
        if (!part_state_fits(read, &download->state))
            download->unusable = "it is of another URL";
        else if (*read->validator && read->mark.length)
            rc = resume(download, read, err);
    }
    free(read);
    return rc;
}

static enum err_code check_digest(struct download *download, struct err *err)
{
    const uint8_t *want = download->options->sha256;
    char have_text[2 * SHA256_SIZE + 1], want_text[2 * SHA256_SIZE + 1];

    if (!download->part.wants_digest)
        return ERR_OK;
    part_digest(&download->part, download->result->sha256);
    download->result->has_sha256 = true;
    if (!want || memcmp(want, download->result->sha256, SHA256_SIZE) == 0)
        return ERR_OK;
    hex_encode(download->result->sha256, SHA256_SIZE, have_text);
    hex_encode(want, SHA256_SIZE, want_text);
    part_files_remove(&download->files);
    return err_set(err, ERR_CORRUPT, "%s: its SHA-256 is %s, wanted was %s: removed",
                   download->files.shown.text, have_text, want_text);
}

static enum err_code finish(struct download *download, struct err *err)
{
    if (check_digest(download, err))
        return err->code;
    if (part_finish(&download->part, err))
        return err_add(err, "%s", download->files.shown.text);
    download->result->size = download->part.length;
    report_progress(download, true);
    return part_files_finish(&download->files, err);
}

/* After a failure: what can be taken up again stays, and is spoken of. */
static void leave(struct download *download)
{
    if (download->part.length)
        fetch_note(download->fetch, true,
                   "%s keeps the first %" PRIu64 " bytes: the same download goes on from there",
                   download->files.shown.text, download->part.length);
    else if (download->is_started || part_file_length(&download->part) == 0)
        part_files_remove(&download->files);
}

static enum err_code run(struct download *download, struct err *err)
{
    const struct part_state *state = &download->state;
    enum err_code rc = take_up(download, err);
    bool is_all_there =
        state->has_size && download->part.length && download->part.length == state->size;

    if (rc)
        return rc;
    if (!is_all_there && receive_all(download, err)) {
        leave(download);
        return err->code;
    }
    return finish(download, err);
}

static enum err_code open_and_run(struct download *download, struct err *err)
{
    const struct download_options *options = download->options;
    enum err_code rc;

    if (part_files_init(&download->files, options->path, err))
        return err->code;
    if (part_open(download->files.part, options->sha256 || options->wants_sha256, &download->part,
                  err))
        return err_add(err, "%s", download->files.shown.text);
    rc = run(download, err);
    part_close(&download->part);
    return rc;
}

enum err_code download(struct fetch *fetch, const struct download_options *options,
                       struct download_result *result, struct err *err)
{
    struct download *download = calloc(1, sizeof *download);
    enum err_code rc;

    *result = (struct download_result){0};
    if (!download)
        return err_set(err, ERR_LIMIT, "out of memory");
    download->fetch = fetch;
    download->options = options;
    download->result = result;
    download->last_report_ms = watch_clock_ms();
    part_state_init(&download->state, slice_text(options->url));
    rc = open_and_run(download, err);
    if (rc)
        *result = (struct download_result){0};
    free(download);
    return rc;
}
