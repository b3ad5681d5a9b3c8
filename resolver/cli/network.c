#include "resolver/cli/network.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolver/base/quote.h"
#include "resolver/cli/say.h"
#include "resolver/source/file.h"

#define ARENA_MAX_BYTES (2 * ANCHORS_FILE_MAX + ((size_t)4 << 20))
#define SECONDS_MAX 3600
#define RETRIES_MAX 100

static const char user_agent[] = "sealift/" SEALIFT_VERSION;

static enum err_code read_anchors(struct network *network, const char *path,
                                  struct anchors *anchors, struct err *err)
{
    struct slice bundle;

    if (file_read(path, ANCHORS_FILE_MAX, &network->arena, &bundle, err))
        return err->code;
    if (anchors_init(anchors, bundle, &network->arena, err))
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    return ERR_OK;
}

static enum err_code read_usual_anchors(struct network *network, struct anchors *anchors,
                                        struct err *err)
{
    for (const char *const *path = anchors_usual_paths; *path; path++) {
        if (access(*path, R_OK) == 0)
            return read_anchors(network, *path, anchors, err);
    }
    return err_set(err, ERR_IO,
                   "no trust anchors: none of the system's usual bundles is here (%s, ...): "
                   "give --ca FILE or SSL_CERT_FILE",
                   anchors_usual_paths[0]);
}

static enum err_code load_anchors(void *ctx, struct anchors *anchors, struct err *err)
{
    struct network *network = ctx;
    const char *option = network->invocation->values[OPT_CA];
    const char *variable = getenv("SSL_CERT_FILE");

    if (option)
        return read_anchors(network, option, anchors, err);
    if (variable && variable[0])
        return read_anchors(network, variable, anchors, err)
                   ? err_add(err, "SSL_CERT_FILE")
                   : ERR_OK;
    return read_usual_anchors(network, anchors, err);
}

static void note(void *ctx, bool is_warning, const char *text)
{
    const struct network *network = ctx;

    if (is_warning)
        say_warning(network->invocation, "%s", text);
    else
        say_note(network->invocation, "%s", text);
}

/* An option that is a whole number from least to most; *value stays when it is not given. */
static enum err_code parse_number(const struct invocation *invocation, enum option option,
                                  const char *name, unsigned least, unsigned most, unsigned *value,
                                  struct err *err)
{
    const char *text = invocation->values[option];
    unsigned long number;
    char *end;

    if (!text)
        return ERR_OK;
    errno = 0;
    number = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || number < least || number > most)
        return err_set(err, ERR_USAGE, "%s %s: want a number from %u to %u", name,
                       quote(slice_text(text)).text, least, most);
    *value = (unsigned)number;
    return ERR_OK;
}

static enum err_code parse_seconds(const struct invocation *invocation, enum option option,
                                   const char *name, unsigned *value_ms, struct err *err)
{
    unsigned seconds = *value_ms / 1000;

    if (parse_number(invocation, option, name, 1, SECONDS_MAX, &seconds, err))
        return err->code;
    *value_ms = seconds * 1000;
    return ERR_OK;
}

static enum err_code read_options(const struct invocation *invocation,
                                  struct fetch_options *options, struct err *err)
{
    if (parse_seconds(invocation, OPT_CONNECT_TIMEOUT, "--connect-timeout",
                      &options->connect_timeout_ms, err) ||
        parse_seconds(invocation, OPT_TIMEOUT, "--timeout", &options->stall_timeout_ms, err) ||
        parse_number(invocation, OPT_RETRIES, "--retries", 0, RETRIES_MAX, &options->retries, err))
        return err->code;
    options->offline = invocation->given[OPT_OFFLINE] > 0;
    return ERR_OK;
}

enum err_code network_check(const struct invocation *invocation, struct err *err)
{
    struct fetch_options unused;

    fetch_options_init(&unused);
    return read_options(invocation, &unused, err);
}

enum err_code network_open(struct network *network, const struct invocation *invocation,
                           struct err *err)
{
    struct fetch_options options;

    if (network->fetch)
        return ERR_OK;
    network->invocation = invocation;
    arena_init_heap(&network->arena, ARENA_MAX_BYTES);
    network->tls = (struct fetch_tls){.ctx = network, .load = load_anchors};
    fetch_options_init(&options);
    options.user_agent = user_agent;
    options.proxies = proxy_settings_read(getenv);
    options.connector = fetch_tls_connector(&network->tls);
    options.ctx = network;
    options.note = note;
    if (read_options(invocation, &options, err))
        return err->code;
    return fetch_open(&options, &network->fetch, err);
}

void network_close(struct network *network)
{
    fetch_free(&network->fetch);
    if (network->invocation)
        arena_clear(&network->arena);
}
