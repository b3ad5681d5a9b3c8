/*
 * yaml_scan.h - the bytes that a YAML document may not hold, whatever they would mean.
 *
 * In the flow:  bytes -> [yaml_scan] -> yaml_parse
 * Why:          some bytes show a person one document and a parser another, and some make libyaml
 *               take hours; both kinds are refused before libyaml sees any of them.
 * Checked here: UTF-8; no byte order mark anywhere; no control characters; line ends are LF or CR
 *               LF alone (YAML 1.1 has five more kinds, which editors do not show as such); no
 *               line begins with "%" (libyaml compares each %TAG with all before it); runs of
 *               blanks and line ends of at most YAML_BLANKS_MAX (libyaml clears memory as long as
 *               the longest one at each word); size (YAML_SIZE_MAX).
 * Not checked:  that it is YAML.
 */
#ifndef SEALIFT_BASE_YAML_SCAN_H
#define SEALIFT_BASE_YAML_SCAN_H

#include <stddef.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define YAML_SIZE_MAX ((size_t)16 << 20) /* bytes of a document */
#define YAML_BLANKS_MAX 1024             /* spaces, tabs and line ends in a row */

/* ERR_FORMAT "line L, column C: reason" (columns count characters from 1); ERR_LIMIT for a
 * document of more than YAML_SIZE_MAX bytes. */
enum err_code yaml_scan(struct slice text, struct err *err) MUST_USE;

#endif
