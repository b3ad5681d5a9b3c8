/*
 * tsv.h - tables in fixtures: one case a line, fields separated by tabs, comments after '#'.
 */
#ifndef SEALIFT_TESTS_TSV_H
#define SEALIFT_TESTS_TSV_H

#include <stdbool.h>
#include <stddef.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

/* Takes the next line that is no comment off *rest and cuts it into count fields; a field that is
 * not there is empty. False at the end. */
bool tsv_next(struct slice *rest, struct slice *fields, size_t count);

/* The code of that name ("ok", "forged"); ERR_BUG for an unknown one. */
enum err_code tsv_code(struct slice name);

/* folder/name, as a path of a fixture. */
const char *tsv_path(char out[256], const char *folder, struct slice name);

#endif
