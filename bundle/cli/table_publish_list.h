/*
 * table_publish_list.h - a version list of a repository's folder, with the version that is published.
 *
 * In the flow:  the list that is there, a uid -> [table_publish_list] -> the list that is to be there -> DIR
 * Rule:         a list that has the version already is left alone.
 * Memory:       in the arena.
 */
#ifndef SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_LIST_H
#define SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_LIST_H

#include "bundle/table/version_list.h"

struct table_publish_list {
    const char *path;
    struct slice before, after;
};

/* Reads the list at path, if there is one, and adds uid's version. On failure *list is zeroed: those of
 * file_read and version_list_add; err names the file. */
enum err_code table_publish_list_plan(enum version_list_kind kind, const struct uid *uid,
                                      const char *path, struct arena *arena,
                                      struct table_publish_list *list, struct err *err) MUST_USE;

/* Writes it, if it is another now; *is_new says so. Errors of table_publish_folders and file_replace. */
enum err_code table_publish_list_put(const struct table_publish_list *list, bool *is_new,
                                     struct err *err) MUST_USE;

#endif
