#include "bundle/cli/table_publish_links.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/sign/signature_files.h"
#include "resolver/base/quote.h"

struct looking {
    int folder;
    const char *last;
};

static enum err_code visit(void *ctx, const char *entry, struct err *err)
{
    const struct looking *looking = ctx;
    struct stat status;

    if (strcmp(entry, looking->last) != 0 && !signature_files_is_name(entry, looking->last))
        return ERR_OK;
    if (fstatat(looking->folder, entry, &status, AT_SYMLINK_NOFOLLOW))
        return errno == ENOENT ? ERR_OK : err_set(err, ERR_IO, "%s", strerror(errno));
    if (!S_ISLNK(status.st_mode))
        return ERR_OK;
    err_set(err, ERR_POLICY, "is a symbolic link, and nothing is published through links: remove it");
    return strcmp(entry, looking->last) ? err_add(err, "%s", quote_bare(slice_text(entry)).text)
                                        : err->code;
}

enum err_code table_publish_links_check(const struct repository *repository, const char *name,
                                        struct err *err)
{
    struct looking looking;
    enum err_code rc =
        repository_folder(repository, name, false, &looking.folder, &looking.last, err);

    if (rc != ERR_OK || looking.folder < 0)
        return rc;
    rc = repository_siblings(repository, name, visit, &looking, err);
    close(looking.folder);
    return rc;
}
