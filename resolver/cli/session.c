#include "resolver/cli/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/cli/terraform.h"
#include "resolver/source/file.h"
#include "resolver/source/key_files.h"

#define DEFAULT_REPOSITORY "https://cdn.confidential.cloud"

static void say(const struct session *session, const char *kind, const char *format, va_list args)
{
    char line[ERR_MESSAGE_MAX];

    vsnprintf(line, sizeof line, format, args);
    fprintf(stderr, "%s: %s%s\n", session->invocation->program, kind, line);
}

void session_warn(const struct session *session, const char *format, ...)
{
    va_list args;

    if (session->invocation->given[OPT_QUIET])
        return;
    va_start(args, format);
    say(session, "warning: ", format, args);
    va_end(args);
}

void session_note(const struct session *session, const char *format, ...)
{
    va_list args;

    if (!session->invocation->given[OPT_VERBOSE])
        return;
    va_start(args, format);
    say(session, "", format, args);
    va_end(args);
}

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
    struct slice bytes;
    enum csp csp = csp_parse(question->csp);

    if (!question->config)
        return ERR_OK;
    if (question->csp.len && csp == CSP_NONE)
        return ERR_OK; /* request_parse says what is wrong with it */
    if (file_read(question->config, CONFIG_MAX_BYTES, &session->arena, &bytes, err))
        return err->code;
    if (config_parse(bytes, csp, &session->arena, &config, err))
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
    arena_clear(&session->arena);
}

enum err_code session_request(struct session *session, struct request *request, struct err *err)
{
    const struct question *question = &session->question;

    if (question->uid.len == 0) {
        memset(request, 0, sizeof *request);
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

static bool is_url(const char *repository)
{
    return slice_begins(slice_text(repository), "http://") ||
           slice_begins(slice_text(repository), "https://");
}

/* Stands in for a repository on the network where that must not be used: the first document that
 * would come from there is the error, not the option. */
static enum err_code refuse_network(void *ctx, const char *name, size_t max_bytes,
                                    struct arena *arena, enum source_answer *answer,
                                    struct slice *bytes, struct err *err)
{
    (void)ctx;
    (void)name;
    (void)max_bytes;
    (void)arena;
    *answer = SOURCE_ABSENT;
    *bytes = (struct slice){NULL, 0};
    return err_set(err, ERR_POLICY,
                   "only the network has it, and --offline forbids that: give --repository DIR");
}

static void open_repository(struct session *session)
{
    const char *repository = repository_of(session);

    if (is_url(repository)) {
        session->offline = (struct source){.base = repository, .get = refuse_network};
        session->finder.repository = &session->offline;
        return;
    }
    if (slice_begins(slice_text(repository), "file://"))
        repository += sizeof "file://" - 1;
    source_dir_init(&session->directory, repository);
    session->finder.repository = &session->directory.source;
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
    open_repository(session);
    return ERR_OK;
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
        const char *path = arena_copy(&session->arena, slice_cut(&rest, ','), err);

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
    return session->table_keys.count ? ERR_OK
                                     : add_default(session, "tables", &session->table_keys, err);
}
