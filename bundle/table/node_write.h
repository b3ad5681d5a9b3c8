/*
 * node_write.h - parsed JSON being written again, and compared.
 *
 * In the flow:  what a table holds that is not known here -> [node_write] -> the table, edited
 * Shape:        members in the order of the document; texts escaped as json_write.h does, numbers as
 *               they were written.
 * Not checked:  anything: json_parse did.
 */
#ifndef SEALIFT_BUNDLE_TABLE_NODE_WRITE_H
#define SEALIFT_BUNDLE_TABLE_NODE_WRITE_H

#include "resolver/base/json_write.h"
#include "resolver/base/node.h"

/* Writes the node and all below it as one value. node must come from json_parse (no NODE_PLAIN). */
void node_write(struct json_writer *writer, const struct node *node);

/* Whether both are the same value, members in the same order and numbers in the same text. */
bool node_same(const struct node *a, const struct node *b);

#endif
