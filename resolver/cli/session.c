#include "resolver/cli/session.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/cli/terraform.h"
#include "resolver/source/file.h"
#include "resolver/source/key_files.h"

#define DEFAULT_REPOSITORY "https://cdn.confidential.cloud"

static void override(struct slice *field, const char *value)
{
    if (value)
        *field = slice_text(value);
}

static void ask_options(const struct invocation *invocation, struct question *question)
{
    override(&question->csp, invocation->values[OPT_CSP]);
    override(&question->region, invocation->values[OPT_REGION]);
    override(&question->variant, invocation->values[OPT_VARIANT]);
    if (invocation->argument_count)
        question->uid = slice_text(invocation->arguments[0]);
    if (invocation->values[OPT_REPOSITORY])
        question->repository = invocation->values[OPT_REPOSITORY];
    if (invocation->values[OPT_CONFIG])
        question->config = invocation->values[OPT_CONFIG];
}

static void fill(struct slice *field, struct slice value)
{
    if (field->len == 0)
        *field = value;
}

/* What neither options nor Terraform said comes from the config. */
static enum err_code ask_config(struct session *session, struct err *err)
{
    struct question *question = &session->question;
    struct config config;
    enum csp csp = csp_parse(question->csp);

    if (!question->config)
        return ERR_OK;
    if (question->csp.len && csp == CSP_NONE)
        return ERR_OK; /* request_parse says what is wrong with it */
    if (file_read(question->config, CONFIG_MAX_BYTES, &session->arena, &session->config_bytes, err))
        return err->code;
    if (config_parse(session->config_bytes, csp, &session->arena, &config, err))
        return err_add(err, "%s", quote_bare(slice_text(question->config)).text);
    fill(&question->uid, config.image);
    fill(&question->csp, slice_text(csp_name(config.csp)));
    fill(&question->region, config.region);
    fill(&question->variant, config.variant);
    if (!question->repository && config.repository.len)
        question->repository = arena_copy(&session->arena, config.repository, err);
    return config.repository.len && !question->repository ? err->code : ERR_OK;
}

enum err_code session_open(struct session *session, const struct invocation *invocation,
                           struct err *err)
{
    memset(session, 0, sizeof *session);
    session->invocation = invocation;
    session->local.fd = session->directory.fd = -1;
    arena_init_heap(&session->arena, SESSION_MEMORY_MAX);
    if (network_check(invocation, err))
        return err->code;
    if (invocation->given[OPT_TERRAFORM] &&
        terraform_read(STDIN_FILE, &session->arena, &session->question, err))
        return err->code;
    ask_options(invocation, &session->question);
    return ask_config(session, err);
}

void session_close(struct session *session)
{
    source_dir_close(&session->local);
    source_dir_close(&session->directory);
    network_close(&session->network);
    arena_clear(&session->arena);
}

enum err_code session_request(struct session *session, struct request *request, struct err *err)
{
    const struct question *question = &session->question;

    if (question->uid.len == 0) {
        memset(request, 0, sizeof *request);
        if (question->config)
            return err_set(err, ERR_USAGE, "%s: it has no image, and no version is given",
                           quote_bare(slice_text(question->config)).text);
        return err_set(err, ERR_USAGE, "no version given: name a uid, or a --config with an image");
    }
    return request_parse(question->uid, question->csp, question->region, question->variant, request,
                         err);
}

static const char *repository_of(const struct session *session)
{
    const char *environment = getenv("SEALIFT_REPOSITORY");

    if (session->question.repository)
        return session->question.repository;
    return environment && environment[0] ? environment : DEFAULT_REPOSITORY;
}

/* Without the slash at its end, which "/" and "https://" keep: names are joined to it with one. */
static const char *base_of(struct session *session, struct err *err)
{
    struct slice base = slice_text(repository_of(session));

    if (base.len > 1 && slice_ends(base, "/") && !slice_ends(base, "//"))
        base.len--;
    return arena_copy(&session->arena, base, err);
}

static bool is_url(const char *repository)
{
    return slice_begins(slice_text(repository), "http://") ||
           slice_begins(slice_text(repository), "https://");
}

/* "ftp://...", or a known scheme that is misspelt: not meant as a folder. */
static bool has_scheme(struct slice repository)
{
    size_t colon = slice_find(repository, ':');

    return colon > 0 && slice_find(repository, '/') > colon &&
           slice_begins(slice_part(repository, colon, repository.len), "://");
}

static enum err_code open_repository(struct session *session, struct err *err)
{
    const char *repository = base_of(session, err);

    if (!repository)
        return err->code;
    if (is_url(repository)) {
        if (network_open(&session->network, session->invocation, err) ||
            source_https_open(repository, session->network.fetch, &session->https, err))
            return err->code;
        session->finder.repository = &session->https.source;
        return ERR_OK;
    }
    if (slice_begins(slice_text(repository), "file://")) {
        repository += sizeof "file://" - 1;
        if (repository[0] != '/')
            return err_set(err, ERR_USAGE, "repository file://%s: want file:// and an absolute path",
                           quote_bare(slice_text(repository)).text);
    }
    if (has_scheme(slice_text(repository)))
        return err_set(err, ERR_USAGE, "repository %s: want a directory, file://, http:// or https://",
                       quote_bare(slice_text(repository)).text);
    source_dir_init(&session->directory, repository);
    session->finder.repository = &session->directory.source;
    return ERR_OK;
}

static enum err_code parse_layout(struct session *session, struct err *err)
{
    const char *layout = session->invocation->values[OPT_LAYOUT];

    session->finder.layout = layout ? layout_parse(slice_text(layout)) : -1;
    if (layout && session->finder.layout < 0)
        return err_set(err, ERR_USAGE, "--layout %s: want rfc, v1 or v2",
                       quote(slice_text(layout)).text);
    return ERR_OK;
}

enum err_code session_sources(struct session *session, bool with_local, struct err *err)
{
    const char *table_dir = session->invocation->values[OPT_TABLE_DIR];

    if (parse_layout(session, err))
        return err->code;
    if (with_local) {
        source_dir_init(&session->local, table_dir ? table_dir : ".");
        session->finder.local = &session->local.source;
    }
    return open_repository(session, err);
}

static enum err_code parse_threshold(const struct session *session, struct keys *keys,
                                     struct err *err)
{
    const char *text = session->invocation->values[OPT_THRESHOLD];
    size_t value = 0;

    for (const char *digit = text; digit && *digit; digit++) {
        value = *digit >= '0' && *digit <= '9' ? value * 10 + (size_t)(*digit - '0') : KEYS_MAX + 1;
        if (value > KEYS_MAX)
            break;
    }
    if (text && (value == 0 || value > KEYS_MAX))
        return err_set(err, ERR_USAGE, "--threshold %s: want a number from 1 to %d",
                       quote(slice_text(text)).text, KEYS_MAX);
    keys->threshold = value;
    return ERR_OK;
}

static enum err_code add_given(struct session *session, enum option option, struct keys *keys,
                               struct err *err)
{
    const struct invocation *invocation = session->invocation;

    for (size_t i = 0; i < invocation->given[option]; i++) {
        if (key_file_add(invocation->repeated[option][i], &session->arena, keys, err))
            return err->code;
    }
    return ERR_OK;
}

/* Terraform's "keys": paths joined by commas. */
static enum err_code add_asked(struct session *session, struct keys *keys, struct err *err)
{
    struct slice rest = session->question.keys;

    while (rest.len) {
        struct slice given = slice_cut(&rest, ',');
        const char *path = arena_copy(&session->arena, given, err);

        if (given.len == 0)
            return err_set(err, ERR_USAGE, "keys %s: an empty path in it",
                           quote(session->question.keys).text);
        if (!path || key_file_add(path, &session->arena, keys, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code add_default(struct session *session, const char *purpose, struct keys *keys,
                                 struct err *err)
{
    return key_folder_add(getenv("SEALIFT_KEYS"), getenv("HOME"), purpose, &session->arena, keys,
                          err);
}

enum err_code session_keys(struct session *session, struct err *err)
{
    if (parse_threshold(session, &session->keys, err) ||
        add_given(session, OPT_KEY, &session->keys, err) ||
        add_asked(session, &session->keys, err))
        return err->code;
    return session->keys.count ? ERR_OK : add_default(session, "measurements", &session->keys, err);
}

enum err_code session_table_keys(struct session *session, struct err *err)
{
    if (parse_threshold(session, &session->table_keys, err) ||
        add_given(session, OPT_TABLE_KEY, &session->table_keys, err) ||
        add_asked(session, &session->table_keys, err))
        return err->code;
    if (!session->table_keys.count &&
        add_default(session, "tables", &session->table_keys, err))
        return err->code;
    if (!session->table_keys.count && session->table_keys.threshold)
        return err_set(err, ERR_NO_KEY, "--threshold is given, but no key of tables: add --table-key");
    return ERR_OK;
}
