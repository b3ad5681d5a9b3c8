/*
 * client.c - fetch and download at the command line, for tests/net/run.
 *
 *     client [OPTION...] get URL...             prints the documents
 *     client [OPTION...] head URL               prints status and length
 *     client [OPTION...] source BASE NAME...    prints answer and size of each document
 *     client [OPTION...] download URL FILE      prints size, bytes received, bytes resumed; with
 *                                               --digest or --sha256=HEX the SHA-256
 *
 * Proxies come from the environment, as in the real programs. Notes go to standard error.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "resolver/net/document.h"
#include "resolver/net/fetch_tls.h"
#include "resolver/source/download.h"
#include "resolver/source/file.h"
#include "resolver/source/source_https.h"

struct client {
    struct fetch_options options;
    size_t max_bytes;
    bool shows_progress;
    bool has_sha256;
    bool wants_sha256;
    uint8_t sha256[SHA256_SIZE];
    const char *ca; /* file of trust anchors */
    struct arena ca_arena;
};

static void print_note(void *ctx, bool is_warning, const char *text)
{
    (void)ctx;
    fprintf(stderr, "%s: %s\n", is_warning ? "warning" : "note", text);
}

static void print_progress(void *ctx, const struct download_progress *progress)
{
    (void)ctx;
    fprintf(stderr, "progress: %" PRIu64 " of %" PRIu64 "\n", progress->done, progress->total);
}

static enum err_code load_anchors(void *ctx, struct anchors *anchors, struct err *err)
{
    struct client *client = ctx;
    struct slice bundle;

    if (!client->ca)
        return err_set(err, ERR_USAGE, "no --ca");
    if (file_read(client->ca, ANCHORS_FILE_MAX, &client->ca_arena, &bundle, err))
        return err->code;
    return anchors_init(anchors, bundle, &client->ca_arena, err);
}

static enum err_code get(struct client *client, struct fetch *fetch, const char *url,
                         struct err *err)
{
    struct arena arena;
    struct slice bytes;
    struct fetch_result result;
    enum err_code rc;

    arena_init_heap(&arena, 4 * client->max_bytes + 65536);
    rc = document_fetch(fetch, slice_text(url), client->max_bytes, &arena, &result, &bytes, err);
    if (rc == ERR_OK && result.status != 200)
        rc = fetch_refused(&result, err);
    if (rc == ERR_OK)
        fwrite(bytes.ptr, 1, bytes.len, stdout);
    arena_clear(&arena);
    return rc;
}

static enum err_code begin(void *ctx, const struct http_response *response, bool *wants_body,
                           struct err *err)
{
    (void)ctx, (void)wants_body, (void)err;
    printf("%s, length %" PRIu64 "\n", http_status_show(response).text, response->length);
    return ERR_OK;
}

static enum err_code head(struct fetch *fetch, const char *url, struct err *err)
{
    const struct response_sink sink = {NULL, begin, NULL};
    const struct fetch_request request = {.url = slice_text(url), .is_head = true};
    struct fetch_result result;

    return fetch_get(fetch, &request, &sink, &result, err);
}

static enum err_code source(struct client *client, struct fetch *fetch, char **names,
                            struct err *err)
{
    static const char *const answers[] = {"absent", "forbidden", "found"};
    struct source_https https;
    struct arena arena;

    if (source_https_open(names[0], fetch, &https, err))
        return err->code;
    if (https.source.is_cleartext)
        printf("cleartext\n");
    for (names++; *names; names++) {
        enum source_answer answer;
        struct slice bytes;

        arena_init_heap(&arena, 4 * client->max_bytes + 65536);
        if (https.source.get(https.source.ctx, *names, client->max_bytes, &arena, &answer, &bytes,
                             err)) {
            arena_clear(&arena);
            return err->code;
        }
        printf("%s %s %zu\n", *names, answers[answer], bytes.len);
        arena_clear(&arena);
    }
    return ERR_OK;
}

static enum err_code get_file(struct client *client, struct fetch *fetch, const char *url,
                              const char *path, struct err *err)
{
    struct download_options options = {
        .url = url,
        .path = path,
        .sha256 = client->has_sha256 ? client->sha256 : NULL,
        .wants_sha256 = client->wants_sha256,
        .progress = client->shows_progress ? print_progress : NULL,
    };
    struct download_result result;
    char digest[2 * SHA256_SIZE + 1];

    if (download(fetch, &options, &result, err))
        return err->code;
    hex_encode(result.sha256, SHA256_SIZE, digest);
    printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n", result.size, result.received,
           result.resumed_from, result.has_sha256 ? digest : "-");
    return ERR_OK;
}

static unsigned number(const char *text)
{
    return (unsigned)strtoul(text, NULL, 10);
}

static void take_option(struct client *client, const char *option)
{
    const char *equals = strchr(option, '=');
    const char *value = equals ? equals + 1 : "";
    size_t len = equals ? (size_t)(equals - option) : strlen(option);
    struct slice name = slice_of(option, len);

    if (slice_is(name, "--connect-timeout"))
        client->options.connect_timeout_ms = number(value);
    else if (slice_is(name, "--timeout"))
        client->options.stall_timeout_ms = number(value);
    else if (slice_is(name, "--retries"))
        client->options.retries = number(value);
    else if (slice_is(name, "--backoff"))
        client->options.backoff_ms = number(value);
    else if (slice_is(name, "--max"))
        client->max_bytes = number(value);
    else if (slice_is(name, "--offline"))
        client->options.offline = true;
    else if (slice_is(name, "--progress"))
        client->shows_progress = true;
    else if (slice_is(name, "--verbose"))
        client->options.note = print_note;
    else if (slice_is(name, "--digest"))
        client->wants_sha256 = true;
    else if (slice_is(name, "--sha256"))
        client->has_sha256 = hex_decode(slice_text(value), client->sha256, SHA256_SIZE);
    else if (slice_is(name, "--ca"))
        client->ca = value;
    else {
        fprintf(stderr, "client: option %s?\n", option);
        exit(2);
    }
}

static enum err_code run(struct client *client, int argc, char **argv, struct err *err)
{
    struct fetch *fetch;
    enum err_code rc = ERR_USAGE;

    if (argc < 2)
        return err_set(err, ERR_USAGE, "client [OPTION...] get|head|source|download URL [FILE]");
    if (fetch_open(&client->options, &fetch, err))
        return err->code;
    if (strcmp(argv[0], "get") == 0) {
        for (int i = 1; i < argc && (i == 1 || rc == ERR_OK); i++)
            rc = get(client, fetch, argv[i], err);
    } else if (strcmp(argv[0], "head") == 0) {
        rc = head(fetch, argv[1], err);
    } else if (strcmp(argv[0], "source") == 0) {
        rc = source(client, fetch, argv + 1, err);
    } else if (strcmp(argv[0], "download") == 0 && argc == 3) {
        rc = get_file(client, fetch, argv[1], argv[2], err);
    } else {
        err_set(err, ERR_USAGE, "verb %s?", argv[0]);
    }
    fetch_free(&fetch);
    return rc;
}

int main(int argc, char **argv)
{
    struct client client = {.max_bytes = (size_t)1 << 20};
    struct fetch_tls tls = {.ctx = &client, .load = load_anchors};
    struct err err = {0};
    enum err_code rc;
    int i = 1;

    fetch_options_init(&client.options);
    client.options.user_agent = "sealift/test";
    client.options.proxies = proxy_settings_read(getenv);
    while (i < argc && strncmp(argv[i], "--", 2) == 0)
        take_option(&client, argv[i++]);
    client.options.connector = fetch_tls_connector(&tls);
    arena_init_heap(&client.ca_arena, (size_t)16 << 20);
    rc = run(&client, argc - i, argv + i, &err);
    arena_clear(&client.ca_arena);
    if (rc == ERR_OK)
        return 0;
    fprintf(stderr, "client: %s\n", err.msg);
    return err_exit_status(err.code);
}
