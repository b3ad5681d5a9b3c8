#include "bundle/cli/inspect_answer.h"

#include <inttypes.h>
#include <string.h>

#include "bundle/archive/timestamp.h"
#include "bundle/cli/bundle_show.h"
#include "resolver/base/hex.h"
#include "resolver/base/quote.h"
#include "resolver/cli/answer.h"

/* --- Marks -------------------------------------------------------------------------------------- */

static const char *mark_name(enum look_mark mark)
{
    static const char *const names[] = {
        [LOOK_UNVERIFIED] = "unverified", [LOOK_SIGNED] = "signed", [LOOK_VERIFIED] = "verified"};

    return names[mark];
}

static enum look_mark mark_of(const struct look_manifest *manifest)
{
    return manifest->is_trusted ? LOOK_VERIFIED : LOOK_UNVERIFIED;
}

/* Ends a line. */
static void add_mark(const struct look_manifest *manifest, enum look_mark mark, struct buf *out)
{
    buf_add_format(out, "  [%s", mark_name(mark));
    if (mark == LOOK_SIGNED) {
        buf_add_text(out, " by ");
        show_keys(manifest->signers.keys, manifest->signers.key_count, out);
    }
    buf_add_text(out, "]\n");
}

/* What the archive as a whole is: as good as the worst of its manifests. */
static enum look_mark mark_of_all(const struct bundle *bundle,
                                  const struct look_manifest *manifests)
{
    for (size_t i = 0; i < bundle->count; i++) {
        if (!manifests[i].is_trusted)
            return LOOK_UNVERIFIED;
    }
    return LOOK_VERIFIED;
}

/* --- A tree for people -------------------------------------------------------------------------- */

static void add_digest(const char *what, const uint8_t digest[SHA256_SIZE], struct buf *out)
{
    char text[OCI_DIGEST_SIZE];

    oci_digest_text(digest, text);
    buf_add_format(out, ", %s%s", what, text);
}

static void add_sizes(const struct layer *layer, struct buf *out)
{
    uint64_t raw = layer->image.raw_size;

    buf_add_format(out, ", %" PRIu64 " bytes", layer->blob.size);
    if (layer->kind == LAYER_IMAGE_ZSTD)
        buf_add_format(out, " of %" PRIu64 " raw (%.1f %%)", raw,
                       100.0 * (double)layer->blob.size / (double)raw);
}

static void add_references(const struct look_manifest *manifest, const struct look_file *file,
                           struct buf *out)
{
    for (size_t i = 0; i < file->table.count; i++) {
        const struct table_entry *entry = &file->table.entries[i];
        struct slice region = entry_region(entry);

        buf_add_format(out, "    %s ", csp_name(entry->csp));
        buf_add_format(out, "%s ", quote_bare(entry_variant(entry)).text);
        if (region.len > 0)
            buf_add_format(out, "%s ", quote_bare(region).text);
        buf_add(out, entry_reference(entry)); /* printable, and whole: a cut one is another */
        add_mark(manifest, file->mark, out);
    }
}

static void add_file(const struct look_manifest *manifest, const struct look_file *file,
                     struct buf *out)
{
    const struct layer *layer = file->layer;
    char id[KEY_SHORT_ID_SIZE];

    buf_add_text(out, "  ");
    buf_add(out, layer->title);
    buf_add_text(out, ": ");
    show_what(layer, out);
    if (file->signer) {
        key_short_id(&file->signer->public, id);
        buf_add_format(out, " by %s (%s)", quote_bare(slice_text(file->signer->name)).text, id);
    }
    if (layer->is_unsigned)
        buf_add_text(out, ", packed as unsigned");
    add_sizes(layer, out);
    add_digest("", layer->blob.digest, out);
    if (layer->kind == LAYER_IMAGE_ZSTD)
        add_digest("raw ", layer->image.raw_digest, out);
    if (file->problem)
        buf_add_format(out, ", not readable: %s", file->problem);
    add_mark(manifest, file->mark, out);
    add_references(manifest, file, out);
}

static bool is_signer(const struct look_manifest *manifest, const uint8_t id[KEY_ID_SIZE])
{
    for (size_t i = 0; i < manifest->signers.key_count; i++) {
        if (memcmp(manifest->signers.keys[i]->public.id, id, KEY_ID_SIZE) == 0)
            return true;
    }
    return false;
}

static void add_signatures(const struct look_manifest *manifest, struct buf *out)
{
    const struct signed_manifest *listed = manifest->manifest;
    char id[2 * KEY_ID_SIZE + 1];

    for (size_t i = 0; manifest->is_trusted && i < manifest->signers.key_count; i++) {
        const struct key *key = manifest->signers.keys[i];

        hex_encode(key->public.id, KEY_ID_SIZE, id);
        buf_add_format(out, "  signed by %s, key %s", quote_bare(slice_text(key->name)).text, id);
        add_mark(manifest, LOOK_VERIFIED, out);
    }
    for (size_t i = 0; i < listed->signature_count; i++) {
        const struct manifest_signature *signature = &listed->signatures[i];

        if (!signature->has_hint || (manifest->is_trusted && is_signer(manifest, signature->hint)))
            continue;
        hex_encode(signature->hint, KEY_ID_SIZE, id);
        buf_add_format(out, "  claims to be signed by key %s", id);
        add_mark(manifest, LOOK_UNVERIFIED, out);
    }
    if (listed->signature_count == 0) {
        buf_add_text(out, "  is not signed");
        add_mark(manifest, LOOK_UNVERIFIED, out);
    }
}

static void add_time(const char *what, int64_t time, struct buf *out)
{
    char text[TIMESTAMP_SIZE];

    if (time == MANIFEST_TIME_NONE)
        return;
    timestamp_format(time, text);
    buf_add_format(out, ", %s %s", what, text);
}

static void add_manifest(const struct look_manifest *manifest, struct buf *out)
{
    const struct manifest *listed = &manifest->manifest->manifest;
    enum look_mark mark = mark_of(manifest);

    buf_add_format(out, "%s: packed by %s", listed->uid.text, quote_bare(listed->program).text);
    add_time("created", listed->created, out);
    add_time("best before", listed->best_before, out);
    add_digest("", manifest->manifest->digest, out);
    add_mark(manifest, mark, out);
    add_signatures(manifest, out);
    for (size_t i = 0; i < listed->others.count; i++) {
        buf_add_format(out, "  %s: ", quote_bare(listed->others.list[i].key).text);
        buf_add_text(out, quote(listed->others.list[i].value).text);
        add_mark(manifest, mark, out);
    }
    for (size_t i = 0; i < listed->layer_count; i++)
        add_file(manifest, &manifest->files[i], out);
}

static void print_lines(const struct bundle_input *input, const struct look_manifest *manifests,
                        struct buf *out)
{
    const struct bundle *bundle = &input->bundle;
    enum look_mark mark = mark_of_all(bundle, manifests);

    buf_add_format(out, "%s: ", quote_bare(slice_text(input->files[0].name)).text);
    if (input->kind == INPUT_FOLDER)
        buf_add_text(out, "OCI layout");
    else if (input->parts)
        buf_add_format(out, "archive of %" PRIu64 " bytes in %" PRIu32 " part%s",
                       input->parts->image.size, input->parts->first.set.count,
                       input->parts->first.set.count == 1 ? "" : "s");
    else
        buf_add_format(out, "archive of %" PRIu64 " bytes", input->files[0].image.size);
    if (bundle->is_archive)
        buf_add_format(out, ", %" PRIu64 " bytes free for signatures", bundle->room);
    add_mark(manifests, mark, out);
    for (size_t i = 0; i < bundle->count; i++)
        add_manifest(&manifests[i], out);
    if (bundle->missing) {
        buf_add_format(out, "%s: is listed by the others, its manifest is missing",
                       bundle->missing->text);
        add_mark(manifests, LOOK_UNVERIFIED, out);
    }
}

/* --- JSON --------------------------------------------------------------------------------------- */

static void references_json(const struct look_file *file, struct json_writer *json)
{
    json_key(json, "references");
    json_begin_list(json);
    for (size_t i = 0; i < file->table.count; i++) {
        const struct table_entry *entry = &file->table.entries[i];

        json_begin_map(json);
        json_member(json, "csp", csp_name(entry->csp));
        json_member_slice(json, "variant", entry_variant(entry));
        json_member_or_null(json, "region", entry_region(entry));
        json_member_slice(json, "reference", entry_reference(entry));
        json_end_map(json);
    }
    json_end_list(json);
}

static void file_json(const struct look_file *file, struct json_writer *json)
{
    char id[2 * KEY_ID_SIZE + 1];

    json_begin_map(json);
    show_layer_json(file->layer, json);
    if (file->layer->kind == LAYER_SIGNATURE) {
        json_key(json, "of");
        if (file->document)
            json_string(json, file->document->title);
        else
            json_null(json);
        json_member(json, "signedBy", file->signer ? file->signer->name : NULL);
        if (file->signer)
            hex_encode(file->signer->public.id, KEY_ID_SIZE, id);
        json_member(json, "keyId", file->signer ? id : NULL);
    }
    if (file->layer->kind == LAYER_TABLE)
        references_json(file, json);
    json_member(json, "problem", file->problem);
    json_member(json, "trust", mark_name(file->mark));
    json_end_map(json);
}

/* Every signature: its form, the key that it names, and whether that is one of those that are known to
 * have signed. */
static void signatures_json(const struct look_manifest *manifest, struct json_writer *json)
{
    const struct signed_manifest *listed = manifest->manifest;

    json_key(json, "signatures");
    json_begin_list(json);
    for (size_t i = 0; i < listed->signature_count; i++) {
        const struct manifest_signature *signature = &listed->signatures[i];
        bool is_known =
            manifest->is_trusted && signature->has_hint && is_signer(manifest, signature->hint);
        char id[2 * KEY_ID_SIZE + 1];

        hex_encode(signature->hint, KEY_ID_SIZE, id);
        json_begin_map(json);
        json_member(json, "form",
                    signature->form == SIGNING_SIMPLE ? "simple-signing" : "sigstore");
        json_member(json, "keyId", signature->has_hint ? id : NULL);
        json_member(json, "trust", mark_name(is_known ? LOOK_VERIFIED : LOOK_UNVERIFIED));
        json_end_map(json);
    }
    json_end_list(json);
}

static void annotations_json(const struct annotations *annotations, struct json_writer *json)
{
    json_key(json, "annotations");
    json_begin_map(json);
    for (size_t i = 0; i < annotations->count; i++) {
        json_key_slice(json, annotations->list[i].key);
        json_string(json, annotations->list[i].value);
    }
    json_end_map(json);
}

static void manifest_json(const struct look_manifest *manifest, struct json_writer *json)
{
    const struct manifest *listed = &manifest->manifest->manifest;

    json_begin_map(json);
    json_member(json, "uid", listed->uid.text);
    show_digest_json("digest", manifest->manifest->digest, json);
    json_member(json, "trust", mark_name(mark_of(manifest)));
    json_member(json, "problem", manifest->problem);
    answer_signers(json, manifest->signers.keys, manifest->is_trusted ? manifest->signers.key_count : 0);
    signatures_json(manifest, json);
    json_member_slice(json, "program", listed->program);
    show_time_json("created", listed->created, json);
    show_time_json("bestBefore", listed->best_before, json);
    annotations_json(&listed->others, json);
    json_key(json, "files");
    json_begin_list(json);
    for (size_t i = 0; i < listed->layer_count; i++)
        file_json(&manifest->files[i], json);
    json_end_list(json);
    json_end_map(json);
}

static void sizes_json(const struct bundle_input *input, struct json_writer *json)
{
    json_key(json, "sizeBytes");
    if (input->kind == INPUT_FOLDER)
        json_null(json);
    else
        json_number(json, input->parts ? input->parts->image.size : input->files[0].image.size);
    json_key(json, "roomBytes");
    if (input->kind == INPUT_FOLDER)
        json_null(json);
    else
        json_number(json, input->bundle.room);
    json_key(json, "parts");
    if (input->parts)
        json_number(json, input->parts->first.set.count);
    else
        json_null(json);
}

static void print_json(const struct bundle_input *input, const struct look_manifest *manifests,
                       struct buf *out)
{
    static const char *const kinds[] = {
        [INPUT_ARCHIVE] = "archive", [INPUT_PARTS] = "parts", [INPUT_FOLDER] = "folder"};
    const struct bundle *bundle = &input->bundle;
    struct json_writer json = json_writer_to(out, 0);
    uint8_t digest[SHA256_SIZE];

    bundle_digest(bundle, digest);
    json_begin_map(&json);
    json_member(&json, "file", input->files[0].name);
    json_member(&json, "kind", kinds[input->kind]);
    sizes_json(input, &json);
    show_digest_json("bundle", digest, &json);
    json_member(&json, "trust", mark_name(mark_of_all(bundle, manifests)));
    json_member(&json, "missing", bundle->missing ? bundle->missing->text : NULL);
    json_key(&json, "uids");
    json_begin_list(&json);
    for (size_t i = 0; i < bundle->count; i++)
        manifest_json(&manifests[i], &json);
    json_end_list(&json);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

void inspect_print(const struct invocation *invocation, const struct bundle_input *input,
                   const struct look_manifest *manifests)
{
    if (invocation->given[OPT_JSON])
        print_json(input, manifests, invocation->out);
    else
        print_lines(input, manifests, invocation->out);
}

/* --- Parts -------------------------------------------------------------------------------------- */

static void add_part(const struct inspect_part *part, struct buf *out)
{
    const struct bundle_part_set *set = &part->part.set;
    struct look_manifest signers = {.signers = part->signers};

    buf_add_format(
        out, "%s: part %" PRIu32 " of %" PRIu32 ", bytes %" PRIu64 " to %" PRIu64 " of the archive",
        quote_bare(slice_text(part->path)).text, part->part.number, set->count, part->part.offset,
        part->part.offset + part->part.length);
    add_digest("", set->id, out);
    add_mark(&signers, part->is_trusted ? LOOK_SIGNED : LOOK_UNVERIFIED, out);
}

static void part_json(const struct inspect_part *part, struct json_writer *json)
{
    json_begin_map(json);
    json_member(json, "file", part->path);
    json_key(json, "part");
    json_number(json, part->part.number);
    json_key(json, "parts");
    json_number(json, part->part.set.count);
    json_key(json, "offsetBytes");
    json_number(json, part->part.offset);
    json_key(json, "sizeBytes");
    json_number(json, part->part.length);
    show_digest_json("archive", part->part.set.id, json);
    answer_signers(json, part->signers.keys, part->is_trusted ? part->signers.key_count : 0);
    json_member(json, "trust", mark_name(part->is_trusted ? LOOK_SIGNED : LOOK_UNVERIFIED));
    json_end_map(json);
}

void inspect_print_parts(const struct invocation *invocation, const struct inspect_part *parts,
                         size_t count)
{
    struct json_writer json = json_writer_to(invocation->out, 0);

    for (size_t i = 0; i < count && !invocation->given[OPT_JSON]; i++)
        add_part(&parts[i], invocation->out);
    if (!invocation->given[OPT_JSON])
        return;
    json_begin_map(&json);
    json_member(&json, "kind", "some-parts");
    json_key(&json, "given");
    json_begin_list(&json);
    for (size_t i = 0; i < count; i++)
        part_json(&parts[i], &json);
    json_end_list(&json);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}
