#include "resolver/cli/answer.h"

#include <stdio.h>
#include <string.h>

const char *answer_location(const struct origin *origin, struct arena *arena, struct err *err)
{
    const char *base = origin->source->base;
    size_t size = strlen(base) + strlen(origin->name) + 2;
    char *text = arena_alloc(arena, size, err);

    if (text)
        snprintf(text, size, "%s%s%s", base, slice_ends(slice_text(base), "/") ? "" : "/",
                 origin->name);
    return text;
}

struct quoted_location answer_quoted(const struct origin *origin)
{
    struct quoted_location location;

    snprintf(location.text, sizeof location.text, "%s/%s",
             quote_bare(slice_text(origin->source->base)).text, origin->name);
    return location;
}

const char *answer_source(const struct origin *origin)
{
    return origin->is_local ? "local-file" : "repository";
}

void answer_signers(struct json_writer *json, const struct key *const *keys, size_t count)
{
    json_key(json, "signedBy");
    if (count == 0) {
        json_null(json);
        return;
    }
    json_begin_list(json);
    for (size_t i = 0; i < count; i++)
        json_text(json, keys[i]->name);
    json_end_list(json);
}

void answer_origin(struct json_writer *json, const struct origin *origin, const char *location,
                   const struct verified *verified)
{
    json_member(json, "source", answer_source(origin));
    json_member(json, "location", location);
    json_key(json, "cleartext");
    json_bool(json, origin->source->is_cleartext);
    answer_signers(json, verified->signers, verified->signer_count);
}

const char *answer_signers_text(const struct verified *verified, struct arena *arena,
                                struct err *err)
{
    size_t size = 1;
    struct buf text;
    char *memory;

    for (size_t i = 0; i < verified->signer_count; i++)
        size += strlen(verified->signers[i]->name) + 1;
    memory = arena_alloc(arena, size, err);
    if (!memory)
        return NULL;
    buf_init_fixed(&text, memory, size);
    for (size_t i = 0; i < verified->signer_count; i++) {
        buf_add_text(&text, i ? "," : "");
        buf_add_text(&text, verified->signers[i]->name);
    }
    return memory;
}
