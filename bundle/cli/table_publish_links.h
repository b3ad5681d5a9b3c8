/*
 * table_publish_links.h - no symbolic link on the way to a file that is published.
 *
 * In the flow:  names below DIR -> [table_publish_links] -> table_publish_files
 * Rule:         as import's: what is published lies in DIR. Through a link somebody could have other
 *               files than DIR's written, and the resolver refuses links that lead out of it.
 * Not checked:  a link that is put there between this check and the writing, by somebody else who may
 *               write in DIR's folders.
 */
#ifndef SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_LINKS_H
#define SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_LINKS_H

#include "bundle/import/repository.h"

/* Looks at the folders above name (below the repository), what is at name, and its signature files.
 * ERR_POLICY for a symbolic link, or a file in the place of a folder; ERR_IO, ERR_LIMIT. err names it. */
enum err_code table_publish_links_check(const struct repository *repository, const char *name,
                                        struct err *err) MUST_USE;

#endif
