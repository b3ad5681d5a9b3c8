/*
 * fuzz_json_write.c - json_write: any bytes as text give JSON that reads back as that text; any
 * document, written again, reads back as the same document.
 */
#include "resolver/base/heap.h"
#include "resolver/base/json.h"
#include "resolver/base/json_write.h"
#include "resolver/base/utf8.h"
#include "tests/fuzz/fuzz.h"

#define OUT_MAX ((size_t)64 << 20)

static void write_node(struct json_writer *writer, const struct node *node)
{
    struct slice text = node_text(node);

    switch (node->type) {
    case NODE_STRING:
        json_string(writer, text);
        break;
    case NODE_BOOL:
        json_bool(writer, slice_is(text, "true"));
        break;
    case NODE_NUMBER:
        json_number(writer, text.len);
        break;
    default:
        json_null(writer);
    }
}

/* Writes the document without recursion: a stack of the open containers is enough. */
static void write_document(struct json_writer *writer, const struct node *root)
{
    const struct node *open[NODE_DEPTH_MAX], *at = root;
    size_t children[NODE_DEPTH_MAX] = {0}, depth = 0;

    while (at < root + root->span || depth > 0) {
        if (depth > 0 && at == open[depth - 1] + open[depth - 1]->span) {
            depth--;
            (open[depth]->type == NODE_MAP ? json_end_map : json_end_list)(writer);
            continue;
        }
        if (depth > 0 && open[depth - 1]->type == NODE_MAP && children[depth - 1]++ % 2 == 0) {
            json_key_slice(writer, node_text(at++));
            continue;
        }
        if (at->type == NODE_MAP || at->type == NODE_LIST) {
            (at->type == NODE_MAP ? json_begin_map : json_begin_list)(writer);
            children[depth] = 0;
            open[depth++] = at++;
            continue;
        }
        write_node(writer, at++);
    }
}

static void check_same(const struct node *a, const struct node *b)
{
    FUZZ_CHECK(a->span == b->span);
    for (uint32_t i = 0; i < a->span; i++) {
        FUZZ_CHECK(a[i].type == b[i].type && a[i].span == b[i].span);
        if (a[i].type != NODE_NUMBER)
            FUZZ_CHECK(slice_equal(node_text(a + i), node_text(b + i)));
    }
}

static void check_document(struct slice text, unsigned indent)
{
    const struct node *root, *again;
    struct json_writer writer;
    struct arena arena;
    struct buf out;
    struct err err;

    arena_init_heap(&arena, OUT_MAX);
    buf_init_heap(&out, OUT_MAX);
    if (json_parse(text, &arena, &root, &err) == ERR_OK) {
        writer = json_writer_to(&out, indent);
        write_document(&writer, root);
        FUZZ_CHECK(buf_done(&out, &err) == ERR_OK);
        FUZZ_CHECK(json_parse(buf_slice(&out), &arena, &again, &err) == ERR_OK);
        check_same(root, again);
    }
    buf_clear(&out);
    arena_clear(&arena);
}

static void check_text(struct slice text)
{
    const struct node *root;
    struct json_writer writer;
    struct arena arena;
    struct buf out;
    struct err err;

    arena_init_heap(&arena, OUT_MAX);
    buf_init_heap(&out, OUT_MAX);
    writer = json_writer_to(&out, 0);
    json_string(&writer, text);
    FUZZ_CHECK(buf_done(&out, &err) == ERR_OK);
    /* U+0000 is written as RFC 8259 has it, and refused by our own reader. */
    if (slice_find(text, '\0') == text.len) {
        FUZZ_CHECK(json_parse(buf_slice(&out), &arena, &root, &err) == ERR_OK);
        if (utf8_check(text) == text.len)
            FUZZ_CHECK(slice_equal(node_text(root), text));
    }
    buf_clear(&out);
    arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);

    check_text(text);
    check_document(text, 0);
    check_document(text, 2);
    return 0;
}
