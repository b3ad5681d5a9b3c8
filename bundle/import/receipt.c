#include "bundle/import/receipt.h"

#include "bundle/archive/timestamp.h"
#include "resolver/base/hex.h"
#include "resolver/base/json_write.h"

static void write_time(struct json_writer *json, const char *key, int64_t seconds)
{
    char text[TIMESTAMP_SIZE];

    timestamp_format(seconds, text);
    json_member(json, key, seconds == MANIFEST_TIME_NONE ? NULL : text);
}

static void write_digest(struct json_writer *json, const char *key,
                         const uint8_t digest[SHA256_SIZE])
{
    char text[OCI_DIGEST_SIZE];

    oci_digest_text(digest, text);
    json_member(json, key, text);
}

static void write_key(struct json_writer *json, const char *name, const struct pubkey *key)
{
    char id[2 * KEY_ID_SIZE + 1];

    hex_encode(key->id, KEY_ID_SIZE, id);
    json_begin_map(json);
    json_member(json, "name", name);
    json_member(json, "id", id);
    json_end_map(json);
}

static void write_keys(struct json_writer *json, const struct key *const *keys, size_t count)
{
    json_key(json, "signedBy");
    json_begin_list(json);
    for (size_t i = 0; i < count; i++)
        write_key(json, keys[i]->name, &keys[i]->public);
    json_end_list(json);
}

static void write_releases(struct json_writer *json, const struct trusted_bundle *trusted)
{
    const struct bundle *bundle = trusted->bundle;

    json_key(json, "releases");
    json_begin_list(json);
    for (size_t i = 0; i < bundle->count; i++) {
        const struct signed_manifest *manifest = &bundle->manifests[i];

        json_begin_map(json);
        json_member(json, "uid", manifest->manifest.uid.text);
        write_digest(json, "manifest", manifest->digest);
        json_member_slice(json, "packedBy", manifest->manifest.program);
        write_time(json, "created", manifest->manifest.created);
        write_time(json, "bestBefore", manifest->manifest.best_before);
        write_keys(json, trusted->signers[i].keys, trusted->signers[i].key_count);
        json_end_map(json);
    }
    json_end_list(json);
    json_member(json, "missing", bundle->missing ? bundle->missing->text : NULL);
}

static void write_carried(struct json_writer *json, const struct contents *contents)
{
    json_key(json, "carried");
    json_begin_list(json);
    for (size_t i = 0; i < contents->count; i++) {
        const struct carried *carried = &contents->list[i];

        json_begin_map(json);
        json_member_slice(json, "title", carried->layer->title);
        write_digest(json, "digest", carried->layer->blob.digest);
        json_key(json, "size");
        json_number(json, carried->layer->blob.size);
        write_keys(json, carried->verified.signers, carried->verified.signer_count);
        if (carried->layer->is_unsigned) {
            json_key(json, "unsigned");
            json_bool(json, true);
        }
        json_end_map(json);
    }
    json_end_list(json);
}

static void write_files(struct json_writer *json, const struct placements *placements)
{
    json_key(json, "files");
    json_begin_list(json);
    for (size_t i = 0; i < placements->count; i++) {
        const struct placement *placement = &placements->list[i];

        if (placement->kind >= PLACE_FLOOR)
            continue;
        json_begin_map(json);
        json_member(json, "path", placement->name);
        json_member(json, "action", placement_action_text(placement->action));
        if (placement->action != PLACEMENT_REMOVE) {
            json_key(json, "size");
            json_number(json, placement->size);
            write_digest(json, "digest", placement->digest);
        }
        json_end_map(json);
    }
    json_end_list(json);
}

static void write_flag(struct json_writer *json, const char *key, bool value)
{
    json_key(json, key);
    json_bool(json, value);
}

static void write_options(struct json_writer *json, const struct import_settings *settings)
{
    json_key(json, "options");
    json_begin_map(json);
    write_flag(json, "deep", settings->is_deep);
    write_flag(json, "keepCompressed", settings->keep_compressed);
    write_flag(json, "replace", settings->replace);
    write_flag(json, "allowRollback", settings->allow_rollback);
    json_member(json, "expired", settings->takes_expired ? "warn" : "fail");
    json_member_or_null(json, "baseUrl", settings->base_url);
    json_key(json, "tablesSignedBy");
    json_begin_list(json);
    for (size_t i = 0; i < settings->table_key_count; i++)
        write_key(json, settings->table_key_names[i], &settings->table_keys[i].public);
    json_end_list(json);
    json_end_map(json);
}

void receipt_write(const struct import_settings *settings, const struct import_result *result,
                   struct buf *out)
{
    struct json_writer json = json_writer_to(out, 2);

    json_begin_map(&json);
    json_key(&json, "receipt");
    json_number(&json, 1);
    write_digest(&json, "bundle", settings->digest);
    write_time(&json, "imported", settings->receipt_time);
    json_member(&json, "program", settings->program);
    write_options(&json, settings);
    json_key(&json, "decisions");
    json_begin_list(&json);
    for (size_t i = 0; i < result->decision_count; i++)
        json_text(&json, result->decisions[i]);
    json_end_list(&json);
    write_releases(&json, settings->trusted);
    write_carried(&json, settings->contents);
    write_files(&json, &result->placements);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}
