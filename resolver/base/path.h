/*
 * path.h - paths as text.
 *
 * In the flow:  names of files and documents -> [path] -> messages, names beside them
 */
#ifndef SEALIFT_BASE_PATH_H
#define SEALIFT_BASE_PATH_H

/* What stands after the last slash; all of it where there is none. */
const char *path_last(const char *path);

#endif
