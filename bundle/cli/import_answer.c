#include "bundle/cli/import_answer.h"

#include "bundle/archive/oci.h"
#include "resolver/base/hex.h"
#include "resolver/base/quote.h"
#include "resolver/cli/answer.h"

#define COMMAND_MAX 1024

struct answer {
    const struct invocation *invocation;
    const struct import_settings *settings;
    const struct import_result *result;
};

static const char *path_of(const struct answer *answer)
{
    return answer->invocation->values[OPT_INTO];
}

/* A path as a shell takes it. */
static void add_path(struct buf *out, const char *path)
{
    buf_add_byte(out, '\'');
    for (const char *at = path; *at; at++) {
        if (*at == '\'')
            buf_add_text(out, "'\\'");
        buf_add_byte(out, (uint8_t)*at);
    }
    buf_add_byte(out, '\'');
}

static bool is_plain(const char *path)
{
    struct slice text = slice_text(path);

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            slice_find(SLICE("/._-+=:,@"), c) == sizeof "/._-+=:,@" - 1)
            return false;
    }
    return text.len > 0;
}

/* The entry of the uid's table that an example asks for: one of a carried image, or else the first. */
static const struct table_entry *example_entry(const struct answer *answer,
                                               const struct signed_manifest *manifest)
{
    const struct contents *contents = answer->settings->contents;
    const struct table *table = NULL;
    enum csp csp = CSP_NONE;

    for (size_t i = 0; i < contents->count; i++) {
        const struct carried *carried = &contents->list[i];

        if (carried->manifest != manifest)
            continue;
        if (carried->layer->kind == LAYER_TABLE && !table)
            table = &carried->table;
        if (layer_is_image(carried->layer) && csp == CSP_NONE)
            csp = carried->layer->csp;
    }
    for (size_t i = 0; table && i < table->count; i++) {
        if (table->entries[i].csp == csp)
            return &table->entries[i];
    }
    return table && table->count ? &table->entries[0] : NULL;
}

/* "sealift resolve v2.2.0 --csp qemu --variant qemu-vtpm --repository repo"; false: there is no table. */
static bool resolve_command(const struct answer *answer, const struct signed_manifest *manifest,
                            struct buf *out)
{
    const struct table_entry *entry = example_entry(answer, manifest);

    if (!entry)
        return false;
    buf_add_format(out, "sealift resolve %s --csp %s", manifest->manifest.uid.text,
                   csp_name(entry->csp));
    if (entry->csp == CSP_AWS)
        buf_add_format(out, " --region %s", quote_bare(entry_region(entry)).text);
    else
        buf_add_format(out, " --variant %s", quote_bare(entry_variant(entry)).text);
    buf_add_text(out, " --repository ");
    if (is_plain(path_of(answer)))
        buf_add_text(out, path_of(answer));
    else
        add_path(out, path_of(answer));
    return true;
}

static void print_release(const struct answer *answer, size_t number)
{
    const struct trusted_bundle *trusted = answer->settings->trusted;
    const struct signed_manifest *manifest = &trusted->bundle->manifests[number];
    const struct bundle_signers *signers = &trusted->signers[number];
    struct buf *out = answer->invocation->out;

    buf_add_format(out, "%s: ", manifest->manifest.uid.text);
    buf_add_format(out, answer->result->has_changed ? "imported into %s" : "is in %s already",
                   quote_bare(slice_text(path_of(answer))).text);
    for (size_t i = 0; i < signers->key_count; i++)
        buf_add_format(out, "%s%s", i ? ", " : "; the bundle is signed by ",
                       quote_bare(slice_text(signers->keys[i]->name)).text);
    buf_add_byte(out, '\n');
}

static void print_files(const struct answer *answer)
{
    const struct placements *placements = &answer->result->placements;
    struct buf *out = answer->invocation->out;

    for (size_t i = 0; i < placements->count; i++) {
        const struct placement *placement = &placements->list[i];

        if (placement->action != PLACEMENT_KEEP && placement->kind < PLACE_LIST)
            buf_add_format(out, "  %s %s\n", placement_action_text(placement->action),
                           placement->name);
    }
}

static void print_lines(const struct answer *answer)
{
    const struct bundle *bundle = answer->settings->trusted->bundle;
    struct buf *out = answer->invocation->out;

    for (size_t i = 0; i < bundle->count; i++)
        print_release(answer, i);
    print_files(answer);
    if (!answer->result->has_changed)
        buf_add_text(out, "nothing to do\n");
    for (size_t i = 0; i < bundle->count; i++) {
        char memory[COMMAND_MAX];
        struct buf command;

        buf_init_fixed(&command, memory, sizeof memory);
        if (resolve_command(answer, &bundle->manifests[i], &command) && !command.failed)
            buf_add_format(out, "next: %.*s\n", (int)command.len, memory);
    }
    buf_add_format(out, "to serve it: any web server with %s as its root; then --repository "
                   "https://ITS-NAME\n", quote_bare(slice_text(path_of(answer))).text);
}

static void print_releases_json(const struct answer *answer, struct json_writer *json)
{
    const struct trusted_bundle *trusted = answer->settings->trusted;

    json_key(json, "releases");
    json_begin_list(json);
    for (size_t i = 0; i < trusted->bundle->count; i++) {
        const struct bundle_signers *signers = &trusted->signers[i];
        char memory[COMMAND_MAX];
        struct buf command;

        buf_init_fixed(&command, memory, sizeof memory);
        json_begin_map(json);
        json_member(json, "uid", trusted->bundle->manifests[i].manifest.uid.text);
        answer_signers(json, signers->keys, signers->key_count);
        json_key(json, "next");
        if (resolve_command(answer, &trusted->bundle->manifests[i], &command) && !command.failed)
            json_string(json, buf_slice(&command));
        else
            json_null(json);
        json_end_map(json);
    }
    json_end_list(json);
}

static void print_files_json(const struct answer *answer, struct json_writer *json)
{
    const struct placements *placements = &answer->result->placements;
    char text[OCI_DIGEST_SIZE];

    json_key(json, "files");
    json_begin_list(json);
    for (size_t i = 0; i < placements->count; i++) {
        const struct placement *placement = &placements->list[i];

        oci_digest_text(placement->digest, text);
        json_begin_map(json);
        json_member(json, "path", placement->name);
        json_member(json, "action", placement_action_text(placement->action));
        json_key(json, "size");
        json_number(json, placement->size);
        json_member(json, "digest", text);
        json_end_map(json);
    }
    json_end_list(json);
}

static void print_json(const struct answer *answer)
{
    const struct import_result *result = answer->result;
    struct json_writer json = json_writer_to(answer->invocation->out, 0);
    char hex[2 * SHA256_SIZE + 1], digest[OCI_DIGEST_SIZE];

    hex_encode(answer->settings->digest, SHA256_SIZE, hex);
    oci_digest_text(answer->settings->digest, digest);
    json_begin_map(&json);
    json_member(&json, "repository", path_of(answer));
    json_member(&json, "bundle", digest);
    json_key(&json, "changed");
    json_bool(&json, result->has_changed);
    print_releases_json(answer, &json);
    print_files_json(answer, &json);
    json_member_list(&json, "decisions", result->decisions, result->decision_count);
    json_key(&json, "receipt");
    {
        char memory[sizeof hex + 32];
        struct buf name;

        buf_init_fixed(&name, memory, sizeof memory);
        buf_add_format(&name, REPOSITORY_HIDDEN "/receipts/%s.json", hex);
        json_string(&json, buf_slice(&name));
    }
    json_end_map(&json);
    buf_add_byte(answer->invocation->out, '\n');
}

void import_answer(const struct invocation *invocation, const struct import_settings *settings,
                   const struct import_result *result)
{
    struct answer answer = {invocation, settings, result};

    if (invocation->given[OPT_JSON])
        print_json(&answer);
    else
        print_lines(&answer);
}
