/*
 * bundle_folder.h - an OCI layout directory of the operating system as bundle_files.
 *
 * In the flow:  an open folder -> [bundle_folder] -> bundle_open_folder
 * Checked here: nothing outside of the folder is opened (beneath.h), and nothing but regular files.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_BUNDLE_FOLDER_H
#define SEALIFT_BUNDLE_ARCHIVE_BUNDLE_FOLDER_H

#include "bundle/archive/bundle_files.h"

/* The folder that *fd has open; fd is the ctx and must outlive the files. */
struct bundle_files bundle_folder(int *fd);

#endif
