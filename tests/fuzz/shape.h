/*
 * shape.h - what holds for every parsed document, JSON or YAML: checked by walking it.
 */
#ifndef SEALIFT_TESTS_FUZZ_SHAPE_H
#define SEALIFT_TESTS_FUZZ_SHAPE_H

#include <string.h>

#include "resolver/base/node.h"
#include "resolver/base/utf8.h"
#include "tests/fuzz/fuzz.h"

static inline uint32_t shape_lines(struct slice text)
{
    uint32_t lines = 1;

    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

/* Children fill their container exactly; keys are strings, each once, and come in pairs. */
static inline void shape_check_container(const struct node *container)
{
    const struct node *end = container + container->span, *at = container + 1;
    size_t children = 0;

    for (; at < end; at += at->span, children++) {
        FUZZ_CHECK(at->span >= 1);
        if (container->type == NODE_MAP && children % 2 == 0)
            FUZZ_CHECK(at->type == NODE_STRING && at->span == 1);
    }
    FUZZ_CHECK(at == end);
    FUZZ_CHECK(container->type == NODE_LIST || children % 2 == 0);
    FUZZ_CHECK(container->text == NULL && container->len == 0);
}

static inline void shape_check(const struct node *root, struct slice document)
{
    uint32_t last_line = shape_lines(document);

    for (const struct node *at = root; at < root + root->span; at++) {
        FUZZ_CHECK(at->line >= 1 && at->line <= last_line);
        if (at->type == NODE_LIST || at->type == NODE_MAP) {
            shape_check_container(at);
            continue;
        }
        FUZZ_CHECK(at->span == 1 && at->text != NULL);
        FUZZ_CHECK(utf8_check(node_text(at)) == at->len);
        FUZZ_CHECK(at->len == 0 || !memchr(at->text, '\0', at->len));
    }
}

#endif
