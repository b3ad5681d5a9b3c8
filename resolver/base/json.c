#include "resolver/base/json.h"

#include <string.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion" /* jsmn's code, not ours */
#include <jsmn.h>
#pragma GCC diagnostic pop

#include "resolver/base/hex.h"
#include "resolver/base/json_scan.h"
#include "resolver/base/utf8.h"

/*
 * Tokens and nodes share one block. The tokens stand at its tail and become nodes from the front
 * on: node i never reaches beyond token i, which has been read by then, since for i < n
 * (i + 1) * N <= n * (N - T) + (i + 1) * T, where N >= T are the sizes of a node and a token.
 */
_Static_assert(sizeof(struct node) >= sizeof(jsmntok_t), "a node may not be below a token in size");

struct conversion {
    struct slice text;
    struct node *nodes;
    const unsigned char *tokens; /* read with memcpy alone, since nodes are written over them */
    uint32_t count;
    uint8_t *unescaped; /* where the next string with escapes goes; NULL when there is none */
    uint32_t line;
    size_t line_end; /* offset of the line feed that ends it, or of the end of the text */
    unsigned depth;
    struct {
        uint32_t index;
        int end;
    } open[NODE_DEPTH_MAX]; /* the containers that the next node may be in */
};

static enum err_code make_tokens(struct slice text, jsmntok_t *tokens, uint32_t count,
                                 struct err *err)
{
    jsmn_parser parser;
    int made;

    jsmn_init(&parser);
    made = jsmn_parse(&parser, (const char *)text.ptr, text.len, tokens, count);
    /* A lone number or literal at the end of the text is more than strict jsmn takes. */
    if (made == JSMN_ERROR_PART && count == 1 && parser.toknext == 0) {
        tokens[0] = (jsmntok_t){JSMN_PRIMITIVE, (int)parser.pos, (int)text.len, 0, -1};
        made = 1;
    }
    if (made < 0 || (uint32_t)made != count)
        return err_set(err, ERR_BUG, "jsmn finds %d JSON values where there are %u", made,
                       (unsigned)count);
    return ERR_OK;
}

static uint8_t node_type_of(const jsmntok_t *token, uint8_t first)
{
    switch (token->type) {
    case JSMN_OBJECT:
        return NODE_MAP;
    case JSMN_ARRAY:
        return NODE_LIST;
    case JSMN_STRING:
        return NODE_STRING;
    default:
        return first == 'n' ? NODE_NULL : first == 't' || first == 'f' ? NODE_BOOL : NODE_NUMBER;
    }
}

static void find_line_end(struct conversion *conversion, size_t from)
{
    struct slice rest = slice_part(conversion->text, from, conversion->text.len);

    conversion->line_end = from + slice_find(rest, '\n');
}

static uint32_t line_at(struct conversion *conversion, size_t offset)
{
    while (offset > conversion->line_end) {
        conversion->line++;
        find_line_end(conversion, conversion->line_end + 1);
    }
    return conversion->line;
}

/* Closes the containers that end before that offset; the next node has that index. */
static void close_containers(struct conversion *conversion, int offset, uint32_t index)
{
    while (conversion->depth > 0 && conversion->open[conversion->depth - 1].end <= offset) {
        uint32_t container = conversion->open[--conversion->depth].index;

        conversion->nodes[container].span = index - container;
    }
}

/* \uXXXX at escape, or two of them for one character; returns the bytes read. json_scan has
 * checked them. */
static size_t unescape_unicode(const uint8_t *escape, uint8_t **out)
{
    uint8_t unit[4] = {0};
    uint32_t code_point;
    bool is_pair;

    (void)hex_decode(slice_of(escape + 2, 4), unit, 2);
    code_point = (uint32_t)unit[0] << 8 | unit[1];
    is_pair = code_point >= 0xD800 && code_point <= 0xDBFF;
    if (is_pair) {
        (void)hex_decode(slice_of(escape + 8, 4), unit + 2, 2);
        code_point = 0x10000 + ((code_point & 0x3FF) << 10) + ((unit[2] & 3u) << 8 | unit[3]);
    }
    *out += utf8_encode(code_point, *out);
    return is_pair ? 12 : 6;
}

static size_t unescape(const uint8_t *escape, uint8_t **out)
{
    static const char letters[] = "\"\\/bfnrt", characters[] = "\"\\/\b\f\n\r\t";

    if (escape[1] == 'u')
        return unescape_unicode(escape, out);
    *(*out)++ = (uint8_t)characters[strchr(letters, escape[1]) - letters];
    return 2;
}

/* Makes node's text what its escapes stand for. */
static void decode_text(struct conversion *conversion, struct node *node)
{
    struct slice raw = node_text(node);
    uint8_t *start = conversion->unescaped, *out = start;

    for (size_t at = 0; at < raw.len;) {
        struct slice rest = slice_part(raw, at, raw.len);
        size_t plain = slice_find(rest, '\\');

        memcpy(out, rest.ptr, plain);
        out += plain;
        at += plain;
        if (at < raw.len)
            at += unescape(raw.ptr + at, &out);
    }
    node->text = start;
    node->len = (uint32_t)(out - start);
    conversion->unescaped = out;
}

static void convert_token(struct conversion *conversion, uint32_t index)
{
    struct node *node = &conversion->nodes[index];
    jsmntok_t token;

    memcpy(&token, conversion->tokens + (size_t)index * sizeof token, sizeof token);
    close_containers(conversion, token.start, index);
    *node = (struct node){.span = 1,
                          .line = line_at(conversion, (size_t)token.start),
                          .type = node_type_of(&token, conversion->text.ptr[token.start])};
    if (node->type == NODE_MAP || node->type == NODE_LIST) {
        conversion->open[conversion->depth].index = index;
        conversion->open[conversion->depth++].end = token.end;
        return;
    }
    node->text = conversion->text.ptr + token.start;
    node->len = (uint32_t)(token.end - token.start);
    if (conversion->unescaped && slice_find(node_text(node), '\\') < node->len)
        decode_text(conversion, node);
}

static void convert(struct conversion *conversion)
{
    conversion->line = 1;
    find_line_end(conversion, 0);
    for (uint32_t i = 0; i < conversion->count; i++)
        convert_token(conversion, i);
    close_containers(conversion, (int)conversion->text.len, conversion->count);
}

enum err_code json_parse(struct slice text, struct arena *arena, const struct node **root,
                         struct err *err)
{
    struct conversion conversion = {.text = text};
    struct json_shape shape;
    unsigned char *tokens;
    enum err_code rc;

    *root = NULL;
    rc = json_scan(text, &shape, err);
    if (rc)
        return rc;
    conversion.count = shape.values;
    conversion.nodes = arena_array(arena, shape.values, sizeof(struct node), err);
    if (shape.escaped_bytes > 0)
        conversion.unescaped = arena_alloc(arena, shape.escaped_bytes, err);
    if (!conversion.nodes || (shape.escaped_bytes > 0 && !conversion.unescaped))
        return ERR_LIMIT;
    tokens = (unsigned char *)conversion.nodes +
             shape.values * (sizeof(struct node) - sizeof(jsmntok_t));
    conversion.tokens = tokens;
    rc = make_tokens(text, (jsmntok_t *)(void *)tokens, shape.values, err);
    if (rc)
        return rc;
    convert(&conversion);
    rc = node_check_unique(conversion.nodes, arena, err);
    if (!rc)
        *root = conversion.nodes;
    return rc;
}
