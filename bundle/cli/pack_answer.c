#include "bundle/cli/pack_answer.h"

#include <inttypes.h>
#include <string.h>

#include "bundle/cli/bundle_show.h"
#include "resolver/base/hex.h"
#include "resolver/base/quote.h"
#include "resolver/cli/answer.h"
#include "resolver/cli/say.h"

static const struct pack_info *info_of(const struct pack_answer *answer, const struct uid *uid,
                                       struct slice title)
{
    for (size_t i = 0; i < answer->plan->release_count; i++) {
        const struct pack_release *release = &answer->releases[i];

        for (size_t k = 0; k < release->count && uid_equal(&release->uid, uid); k++) {
            if (slice_equal(release->items[k].title, title))
                return &release->infos[k];
        }
    }
    return NULL;
}

/* The path of part `number`, as the user would write it. */
static struct quoted part_name(const struct pack_answer *answer, uint32_t number,
                               char name[PATH_MAX])
{
    pack_parts_path(answer->output->path, number, answer->parts, name);
    return quote_bare(slice_text(name));
}

/* --- For people --------------------------------------------------------------------------------- */

static void print_signers(const struct pack_answer *answer, struct buf *out)
{
    if (answer->signers->count == 0)
        buf_add_text(out, ", not signed");
    for (size_t i = 0; i < answer->signers->count; i++) {
        char id[KEY_SHORT_ID_SIZE];

        key_short_id(&answer->signers->list[i].public, id);
        buf_add_format(out, "%s %s (%s)", i ? "," : ", signed by",
                       quote_bare(slice_text(answer->signers->names[i])).text, id);
    }
    buf_add_byte(out, '\n');
}

static void print_lines(const struct pack_answer *answer, struct buf *out)
{
    char name[PATH_MAX];

    for (size_t i = 0; i < answer->written->count; i++) {
        const struct signed_manifest *manifest = &answer->written->manifests[i];
        char digest[OCI_DIGEST_SIZE];

        oci_digest_text(manifest->digest, digest);
        buf_add_format(out, "%s: %s, %zu file%s\n", manifest->manifest.uid.text, digest,
                       manifest->manifest.layer_count,
                       manifest->manifest.layer_count == 1 ? "" : "s");
    }
    for (uint32_t number = 1; number <= answer->parts; number++)
        buf_add_format(out, "%s\n", part_name(answer, number, name).text);
    buf_add_format(out, "%s: %" PRIu64 " bytes", quote_bare(slice_text(answer->path)).text,
                   answer->written->size);
    if (answer->parts)
        buf_add_format(out, " in %" PRIu32 " part%s", answer->parts, answer->parts == 1 ? "" : "s");
    print_signers(answer, out);
}

/* --- For machines ------------------------------------------------------------------------------- */

static void json_layer(struct json_writer *json, const struct layer *layer,
                       const struct pack_info *info)
{
    const struct verified *verified = info ? info->verified : NULL;

    json_begin_map(json);
    show_layer_json(layer, json);
    json_member(json, "from", info ? info->place : NULL);
    if (layer->kind <= LAYER_MEASUREMENTS_JSON)
        answer_signers(json, verified ? verified->signers : NULL, verified ? verified->signer_count : 0);
    json_end_map(json);
}

static void json_release(const struct pack_answer *answer, const struct signed_manifest *written,
                         struct json_writer *json)
{
    const struct manifest *manifest = &written->manifest;
    char tag[OCI_TAG_MAX + 1];

    oci_tag(&manifest->uid, tag);
    json_begin_map(json);
    json_member(json, "uid", manifest->uid.text);
    show_digest_json("digest", written->digest, json);
    json_member(json, "tag", tag);
    json_key(json, "files");
    json_begin_list(json);
    for (size_t i = 0; i < manifest->layer_count; i++)
        json_layer(json, &manifest->layers[i],
                   info_of(answer, &manifest->uid, manifest->layers[i].title));
    json_end_list(json);
    json_end_map(json);
}

static void json_signers(const struct pack_answer *answer, struct json_writer *json)
{
    json_member_list(json, "signedBy", answer->signers->names, answer->signers->count);
    json_key(json, "signedByIds");
    json_begin_list(json);
    for (size_t i = 0; i < answer->signers->count; i++) {
        char id[2 * KEY_ID_SIZE + 1];

        hex_encode(answer->signers->list[i].public.id, KEY_ID_SIZE, id);
        json_text(json, id);
    }
    json_end_list(json);
}

static void json_paths(const struct pack_answer *answer, struct json_writer *json)
{
    char name[PATH_MAX];

    json_key(json, "paths");
    json_begin_list(json);
    if (!answer->parts)
        json_text(json, answer->path);
    for (uint32_t number = 1; number <= answer->parts; number++) {
        pack_parts_path(answer->output->path, number, answer->parts, name);
        json_text(json, name);
    }
    json_end_list(json);
}

static void print_json(const struct pack_answer *answer, struct buf *out)
{
    struct json_writer json = json_writer_to(out, 0);

    json_begin_map(&json);
    json_paths(answer, &json);
    json_key(&json, "sizeBytes");
    json_number(&json, answer->written->size);
    show_time_json("created", answer->plan->created, &json);
    show_time_json("bestBefore", answer->plan->best_before, &json);
    json_signers(answer, &json);
    json_key(&json, "releases");
    json_begin_list(&json);
    for (size_t i = 0; i < answer->written->count; i++)
        json_release(answer, &answer->written->manifests[i], &json);
    json_end_list(&json);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

void pack_answer_print(const struct pack_answer *answer, const struct invocation *invocation)
{
    if (invocation->given[OPT_JSON])
        print_json(answer, invocation->out);
    else
        print_lines(answer, invocation->out);
}

void pack_answer_note(const struct pack_answer *answer, const struct invocation *invocation)
{
    for (size_t i = 0; i < answer->plan->release_count; i++) {
        const struct pack_release *release = &answer->releases[i];

        for (size_t k = 0; k < release->count; k++) {
            const struct verified *verified = release->infos[k].verified;

            say_note(invocation, "%s: %s, from %s%s%s", release->uid.text,
                     quote_bare(release->items[k].title).text,
                     pack_show(release->infos[k].place).text,
                     verified ? ", signed by " : "",
                     verified ? quote_bare(slice_text(verified->signers[0]->name)).text : "");
        }
    }
}
