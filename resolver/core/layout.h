/*
 * layout.h - where things lie in a repository: the names of the three generations.
 *
 * In the flow:  uid -> [layout] -> source (relative names), find, versions
 * Checked here: nothing is left to check: names are built from a parsed uid and known words alone.
 */
#ifndef SEALIFT_CORE_LAYOUT_H
#define SEALIFT_CORE_LAYOUT_H

#include "resolver/base/slice.h"
#include "resolver/core/csp.h"
#include "resolver/core/uid.h"

#define LAYOUT_NAME_MAX 768 /* bytes of a relative name, its NUL included */

enum layout { LAYOUT_RFC, LAYOUT_V1, LAYOUT_V2 };

#define LAYOUT_COUNT 3

/* "rfc", "v1", "v2". layout_parse gives -1 for anything else. */
const char *layout_text(enum layout layout);
int layout_parse(struct slice text);

/* The lookup table of uid. */
void layout_table_name(enum layout layout, const struct uid *uid, char out[LAYOUT_NAME_MAX]);

/* The measurements of uid: one file a csp, or (v2) one for all, whatever the csp. */
void layout_measurements_name(enum layout layout, const struct uid *uid, enum csp csp,
                              char out[LAYOUT_NAME_MAX]);

/* The folder of the version lists of a ref and stream: "constellation/v1/ref/.../versions". */
void layout_versions_folder(const char *ref, const char *stream, char out[LAYOUT_NAME_MAX]);

/* The two file names under which a table of uid is looked for in the local folder:
 * 0 = "<uid>.json", 1 = the name that Constellation's own CLI reads. */
void layout_local_name(int which, const struct uid *uid, char out[LAYOUT_NAME_MAX]);

#endif
