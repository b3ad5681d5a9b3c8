#include "resolver/base/yaml.h"

#include <string.h>
#include <yaml.h>

#include "resolver/base/heap.h"
#include "resolver/base/quote.h"
#include "resolver/base/utf8.h"
#include "resolver/base/yaml_scan.h"

struct walk {
    yaml_parser_t parser;
    struct arena *arena;
    struct buf nodes; /* struct node, one after the other */
    uint32_t last_line;
    bool has_document, has_ended;
    unsigned depth;
    struct {
        uint32_t index;    /* of the container's node */
        uint32_t children; /* so far: in a map, an even number means that a key comes next */
    } open[NODE_DEPTH_MAX];
};

static size_t nodes_made(const struct walk *walk)
{
    return walk->nodes.len / sizeof(struct node);
}

static struct node *node_at(const struct walk *walk, size_t index)
{
    return (struct node *)(void *)walk->nodes.ptr + index;
}

static uint32_t count_lines(struct slice text)
{
    uint32_t lines = 1;

    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

/* The line of a mark; at the end of a text without a last line feed, libyaml counts one more. */
static uint32_t line_of(const struct walk *walk, yaml_mark_t mark)
{
    return mark.line < walk->last_line ? (uint32_t)mark.line + 1 : walk->last_line;
}

/* Puts the place before a message that has been set. */
static enum err_code add_place(yaml_mark_t mark, struct err *err)
{
    return err_add(err, "line %zu, column %zu", mark.line + 1, mark.column + 1);
}

/* The first byte after the spaces that begin a line (counted from 0); 0 when there is none. */
static uint8_t first_on_line(struct slice text, size_t line)
{
    for (size_t i = 0; i < line; i++)
        (void)slice_cut(&text, '\n');
    while (slice_begins(text, " "))
        text = slice_part(text, 1, text.len);
    return text.len > 0 ? text.ptr[0] : 0;
}

/* What libyaml says, with where the broken thing began and a word about tabs. */
static enum err_code refuse_syntax(const yaml_parser_t *parser, struct slice text,
                                   struct err *err)
{
    yaml_mark_t at = parser->problem_mark, from = parser->context_mark;
    bool has_context = parser->context && (from.line != at.line || from.column != at.column);

    if (parser->error == YAML_MEMORY_ERROR)
        return err_set(err, ERR_LIMIT, "out of memory");
    if (has_context)
        err_set(err, ERR_FORMAT, "%s, %s that begins on line %zu, column %zu", parser->problem,
                parser->context, from.line + 1, from.column + 1);
    else
        err_set(err, ERR_FORMAT, "%s%s", parser->problem,
                first_on_line(text, at.line) == '\t' ? " (a tab: YAML indents with spaces)" : "");
    return add_place(at, err);
}

static bool wants_key(const struct walk *walk)
{
    if (walk->depth == 0)
        return false;
    return node_at(walk, walk->open[walk->depth - 1].index)->type == NODE_MAP &&
           walk->open[walk->depth - 1].children % 2 == 0;
}

static enum err_code check_key(struct node *key, struct err *err)
{
    if (key->type == NODE_LIST || key->type == NODE_MAP)
        return err_set(err, ERR_FORMAT, "have %s as a key, want text", node_type_name(key));
    if (key->len == 0)
        return err_set(err, ERR_FORMAT, "have an empty key, want text");
    if (key->type == NODE_PLAIN && slice_is(node_text(key), "<<"))
        return err_set(err, ERR_FORMAT, "merge keys (<<) are not allowed");
    key->type = NODE_STRING;
    return ERR_OK;
}

static enum err_code add_node(struct walk *walk, struct node node, struct err *err)
{
    enum err_code rc = wants_key(walk) ? check_key(&node, err) : ERR_OK;

    if (rc)
        return rc;
    if (nodes_made(walk) == YAML_NODES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d values", YAML_NODES_MAX);
    if (walk->depth > 0)
        walk->open[walk->depth - 1].children++;
    node.span = 1;
    buf_add(&walk->nodes, slice_of(&node, sizeof node));
    return buf_done(&walk->nodes, err);
}

/* Escapes can write what yaml_scan refuses in the document itself. */
static enum err_code check_controls(struct slice text, struct err *err)
{
    uint32_t code_point;
    size_t len;

    for (size_t at = 0; at < text.len; at += len) {
        len = utf8_decode(text, at, &code_point);
        if (len == 0)
            return err_set(err, ERR_BUG, "libyaml gives text that is not UTF-8");
        if ((code_point < 0x20 && code_point != '\t' && code_point != '\n') ||
            (code_point >= 0x7F && code_point < 0xA0))
            return err_set(err, ERR_FORMAT, "the control character U+%04X is not allowed",
                           code_point);
    }
    return ERR_OK;
}

/* Anchors and tags, of scalars and containers alike. */
static enum err_code check_properties(const yaml_char_t *anchor, const yaml_char_t *tag,
                                      struct err *err)
{
    if (anchor)
        return err_set(err, ERR_FORMAT, "anchors (&%s) are not allowed",
                       quote_bare(slice_text((const char *)anchor)).text);
    if (tag)
        return err_set(err, ERR_FORMAT, "tags (%s) are not allowed",
                       quote_bare(slice_text((const char *)tag)).text);
    return ERR_OK;
}

static enum err_code take_scalar(struct walk *walk, const yaml_event_t *event, struct err *err)
{
    struct slice text = slice_of(event->data.scalar.value, event->data.scalar.length);
    struct node node = {.len = (uint32_t)text.len, .line = line_of(walk, event->start_mark)};
    enum err_code rc;

    rc = check_properties(event->data.scalar.anchor, event->data.scalar.tag, err);
    if (!rc)
        rc = check_controls(text, err);
    if (rc)
        return rc;
    node.type = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? NODE_PLAIN : NODE_STRING;
    node.text = (const uint8_t *)arena_copy(walk->arena, text, err);
    return node.text ? add_node(walk, node, err) : ERR_LIMIT;
}

static enum err_code open_container(struct walk *walk, struct node node, struct err *err)
{
    enum err_code rc;

    if (walk->depth == NODE_DEPTH_MAX)
        return err_set(err, ERR_FORMAT, "more than %d lists and maps within each other",
                       NODE_DEPTH_MAX);
    rc = add_node(walk, node, err);
    if (rc)
        return rc;
    walk->open[walk->depth].index = (uint32_t)nodes_made(walk) - 1;
    walk->open[walk->depth++].children = 0;
    return ERR_OK;
}

static enum err_code take_list(struct walk *walk, const yaml_event_t *event, struct err *err)
{
    struct node node = {.line = line_of(walk, event->start_mark), .type = NODE_LIST};
    enum err_code rc = check_properties(event->data.sequence_start.anchor,
                                        event->data.sequence_start.tag, err);

    return rc ? rc : open_container(walk, node, err);
}

static enum err_code take_map(struct walk *walk, const yaml_event_t *event, struct err *err)
{
    struct node node = {.line = line_of(walk, event->start_mark), .type = NODE_MAP};
    enum err_code rc = check_properties(event->data.mapping_start.anchor,
                                        event->data.mapping_start.tag, err);

    return rc ? rc : open_container(walk, node, err);
}

static enum err_code close_container(struct walk *walk)
{
    uint32_t index = walk->open[--walk->depth].index;

    node_at(walk, index)->span = (uint32_t)nodes_made(walk) - index;
    return ERR_OK;
}

static enum err_code take_document(struct walk *walk, struct err *err)
{
    if (walk->has_document)
        return err_set(err, ERR_FORMAT, "a second document begins here, want one");
    walk->has_document = true;
    return ERR_OK;
}

static enum err_code take_event(struct walk *walk, const yaml_event_t *event, struct err *err)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return take_document(walk, err);
    case YAML_SCALAR_EVENT:
        return take_scalar(walk, event, err);
    case YAML_SEQUENCE_START_EVENT:
        return take_list(walk, event, err);
    case YAML_MAPPING_START_EVENT:
        return take_map(walk, event, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_container(walk);
    case YAML_ALIAS_EVENT:
        return err_set(err, ERR_FORMAT, "aliases (*%s) are not allowed",
                       quote_bare(slice_text((const char *)event->data.alias.anchor)).text);
    case YAML_STREAM_END_EVENT:
        walk->has_ended = true;
        return ERR_OK;
    default:
        return ERR_OK;
    }
}

static enum err_code walk_events(struct walk *walk, struct slice text, struct err *err)
{
    const unsigned char *bytes = text.len > 0 ? text.ptr : (const unsigned char *)"";

    walk->last_line = count_lines(text);
    yaml_parser_set_input_string(&walk->parser, bytes, text.len);
    while (!walk->has_ended) {
        yaml_event_t event;
        enum err_code rc;

        if (!yaml_parser_parse(&walk->parser, &event))
            return refuse_syntax(&walk->parser, text, err);
        rc = take_event(walk, &event, err);
        if (rc)
            add_place(event.start_mark, err);
        yaml_event_delete(&event);
        if (rc)
            return rc;
    }
    return ERR_OK;
}

/* Moves the nodes to the arena; an empty document has one as well. */
static enum err_code finish(struct walk *walk, const struct node **root, struct err *err)
{
    struct node empty = {.text = (const uint8_t *)"", .line = 1, .type = NODE_PLAIN};
    struct node *nodes;
    enum err_code rc = walk->has_document ? ERR_OK : add_node(walk, empty, err);

    if (rc)
        return rc;
    nodes = arena_array(walk->arena, nodes_made(walk), sizeof *nodes, err);
    if (!nodes)
        return ERR_LIMIT;
    memcpy(nodes, walk->nodes.ptr, walk->nodes.len);
    rc = node_check_unique(nodes, walk->arena, err);
    if (!rc)
        *root = nodes;
    return rc;
}

enum err_code yaml_parse(struct slice text, struct arena *arena, const struct node **root,
                         struct err *err)
{
    struct walk walk = {.arena = arena};
    enum err_code rc;

    *root = NULL;
    rc = yaml_scan(text, err);
    if (rc)
        return rc;
    if (!yaml_parser_initialize(&walk.parser))
        return err_set(err, ERR_LIMIT, "out of memory");
    buf_init_heap(&walk.nodes, YAML_NODES_MAX * sizeof(struct node));
    rc = walk_events(&walk, text, err);
    if (!rc)
        rc = finish(&walk, root, err);
    buf_clear(&walk.nodes);
    yaml_parser_delete(&walk.parser);
    return rc;
}
