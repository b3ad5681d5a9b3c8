#include "bundle/table/node_write.h"

static void write_children(struct json_writer *writer, const struct node *node)
{
    const struct node *child = node_first(node);

    while (child) {
        if (node->type == NODE_MAP) {
            json_key_slice(writer, node_text(child));
            child = node_next(node, child);
        }
        node_write(writer, child);
        child = node_next(node, child);
    }
}

void node_write(struct json_writer *writer, const struct node *node)
{
    switch ((enum node_type)node->type) {
    case NODE_MAP:
        json_begin_map(writer);
        write_children(writer, node);
        json_end_map(writer);
        break;
    case NODE_LIST:
        json_begin_list(writer);
        write_children(writer, node);
        json_end_list(writer);
        break;
    case NODE_STRING:
        json_string(writer, node_text(node));
        break;
    default:
        json_literal(writer, node_text(node));
    }
}

bool node_same(const struct node *a, const struct node *b)
{
    if (a->span != b->span)
        return false;
    for (uint32_t i = 0; i < a->span; i++) {
        if (a[i].type != b[i].type || a[i].span != b[i].span ||
            !slice_equal(node_text(&a[i]), node_text(&b[i])))
            return false;
    }
    return true;
}
