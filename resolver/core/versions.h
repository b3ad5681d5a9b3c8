/*
 * versions.h - what a repository offers: the versions of one ref and stream.
 *
 * In the flow:  ref, stream -> [versions] -> list, newest -> the user; config generate
 * How:          a source that can list (a directory) is looked through in all layouts; another
 *               one (a web server) is asked for its version lists:
 *               constellation/v1/ref/REF/stream/STREAM/versions/{latest,major/vN,minor/vN.M}/image.json
 * Trust:        none: version lists are not signed, and a name in a list is no promise. What is
 *               resolved afterwards is checked as ever.
 * Order:        semantic versioning precedence, oldest first. The newest is the highest release;
 *               where there are only pre-releases, the highest of those. A web server's own
 *               `latest` list is believed.
 */
#ifndef SEALIFT_CORE_VERSIONS_H
#define SEALIFT_CORE_VERSIONS_H

#include "resolver/core/layout.h"
#include "resolver/core/source.h"

#define VERSIONS_MAX 20000      /* of one ref and stream */
#define VERSIONS_MAJOR_MAX 100  /* major versions asked for over HTTP */
#define VERSION_LISTS_MAX 500   /* lists asked for over HTTP: they name each other */
#define VERSION_LIST_MAX_BYTES ((size_t)1 << 20)
#define VERSION_LISTS_MAX_BYTES ((size_t)16 << 20) /* of all lists asked for over HTTP */

struct versions {
    struct uid *list; /* sorted, each once */
    size_t count;
};

/*
 * Lists the versions of ref and stream. layout is one of enum layout, or -1 for all. On failure
 * *versions is zeroed: ERR_FORMAT (ref, stream, a malformed list), ERR_FORGED (a list of another ref
 * or stream), ERR_NOT_FOUND (none; a web server without version lists), ERR_IO (a web server that
 * answers 403 to that question), ERR_LIMIT, and those of the source.
 */
enum err_code versions_list(const struct source *source, int layout, struct slice ref,
                            struct slice stream, struct arena *arena, struct versions *versions,
                            struct err *err) MUST_USE;

/* The newest one alone; over HTTP that is one document. *newest is zeroed on failure. */
enum err_code versions_latest(const struct source *source, int layout, struct slice ref,
                              struct slice stream, struct arena *arena, struct uid *newest,
                              struct err *err) MUST_USE;

#endif
