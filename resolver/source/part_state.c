#include "resolver/source/part_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "resolver/base/json.h"
#include "resolver/base/json_write.h"
#include "resolver/net/decimal.h"

void part_state_init(struct part_state *state, struct slice text)
{
    struct slice bare = slice_part(text, 0, slice_find(text, '?'));

    *state = (struct part_state){0};
    memcpy(state->url, bare.ptr, bare.len < URL_MAX ? bare.len : URL_MAX);
    sha256_of(text, state->url_digest);
}

bool part_state_fits(const struct part_state *read, const struct part_state *state)
{
    bool is_tag = read->validator[0] == '"';

    return strcmp(read->url, state->url) == 0 &&
           (is_tag || memcmp(read->url_digest, state->url_digest, SHA256_SIZE) == 0);
}

static void add_digest(struct json_writer *writer, const char *key,
                       const uint8_t digest[SHA256_SIZE])
{
    char text[2 * SHA256_SIZE + 1];

    hex_encode(digest, SHA256_SIZE, text);
    json_member(writer, key, text);
}

static void add_number(struct json_writer *writer, const char *key, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, number);
    json_member(writer, key, text);
}

void part_state_format(const struct part_state *state, struct buf *out)
{
    struct json_writer writer = json_writer_to(out, 2);

    json_begin_map(&writer);
    json_member(&writer, "url", state->url);
    add_digest(&writer, "urlSha256", state->url_digest);
    json_member(&writer, "validator", state->validator);
    if (state->has_size)
        add_number(&writer, "size", state->size);
    else
        json_member(&writer, "size", NULL);
    add_number(&writer, "done", state->mark.length);
    add_number(&writer, "inode", state->mark.inode);
    add_digest(&writer, "sampleSha256", state->mark.sample);
    json_end_map(&writer);
    buf_add_byte(out, '\n');
}

static enum err_code read_text(const struct node *map, const char *key, char *out, size_t max_len,
                               struct err *err)
{
    const struct node *node = node_get(map, key);
    struct slice text = node ? node_text(node) : SLICE("");

    if (!node || node->type != NODE_STRING || text.len > max_len)
        return err_set(err, ERR_FORMAT, "%s: missing, or no string of at most %zu bytes", key,
                       max_len);
    if (text.len)
        memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return ERR_OK;
}

static enum err_code read_digest(const struct node *map, const char *key,
                                 uint8_t digest[SHA256_SIZE], struct err *err)
{
    char text[2 * SHA256_SIZE + 1];

    if (read_text(map, key, text, sizeof text - 1, err))
        return err->code;
    if (!hex_decode(slice_text(text), digest, SHA256_SIZE))
        return err_set(err, ERR_FORMAT, "%s: not a SHA-256", key);
    return ERR_OK;
}

static enum err_code read_number(const struct node *map, const char *key, uint64_t max,
                                 uint64_t *number, struct err *err)
{
    char text[24];

    if (read_text(map, key, text, sizeof text - 1, err))
        return err->code;
    if (!decimal_parse(slice_text(text), max, number))
        return err_set(err, ERR_FORMAT, "%s: not a number", key);
    return ERR_OK;
}

static bool has_control(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            return true;
    }
    return false;
}

static enum err_code read_fields(const struct node *root, struct part_state *state, struct err *err)
{
    const struct node *size = node_get(root, "size");

    state->has_size = size && size->type != NODE_NULL;
    if (read_text(root, "url", state->url, URL_MAX, err) ||
        read_digest(root, "urlSha256", state->url_digest, err) ||
        read_text(root, "validator", state->validator, HTTP_VALIDATOR_MAX, err) ||
        (state->has_size && read_number(root, "size", INT64_MAX, &state->size, err)) ||
        read_number(root, "done", INT64_MAX, &state->mark.length, err) ||
        read_number(root, "inode", UINT64_MAX, &state->mark.inode, err) ||
        read_digest(root, "sampleSha256", state->mark.sample, err))
        return err->code;
    if (has_control(state->validator))
        return err_set(err, ERR_FORMAT, "validator: a control character");
    if (state->has_size && state->mark.length > state->size)
        return err_set(err, ERR_FORMAT, "done: more than size");
    return ERR_OK;
}

enum err_code part_state_parse(struct slice text, struct part_state *state, struct err *err)
{
    struct arena arena;
    const struct node *root;
    enum err_code rc;

    *state = (struct part_state){0};
    arena_init_heap(&arena, 8 * PART_STATE_MAX);
    rc = json_parse(text, &arena, &root, err);
    if (rc == ERR_OK)
        rc = read_fields(root, state, err);
    arena_clear(&arena);
    if (rc)
        *state = (struct part_state){0};
    return rc;
}
