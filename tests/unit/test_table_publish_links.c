#include "bundle/cli/table_publish_links.h"

#include <string.h>
#include <unistd.h>

#include "tests/unit/temp_folder.h"
#include "tests/unit/test.h"

static struct temp_folder folder;
static struct repository repository;

static void begin(void)
{
    struct err err;

    folder = temp_folder_make();
    temp_write(&folder, "repo/images/v2.2.0.json", SLICE("{}"));
    temp_write(&folder, "repo/images/v2.2.0.json.sig", SLICE("x"));
    CHECK_OK(repository_open(temp_path(&folder, "repo"), &repository, &err), err);
}

static void end(void)
{
    repository_close(&repository);
    temp_folder_remove(&folder);
}

static void link_to(const char *target, const char *name)
{
    (void)unlink(temp_path(&folder, name));
    CHECK(symlink(target, temp_path(&folder, name)) == 0);
}

static void check_refused(const char *name, const char *message)
{
    struct err err = {ERR_OK, ""};

    CHECK_NUMBER(ERR_POLICY, table_publish_links_check(&repository, name, &err));
    CHECK(slice_ends(slice_text(err.msg), message));
}

TEST(table_publish_links_refuses_links)
{
#define REFUSED "is a symbolic link, and nothing is published through links: remove it"
    static const char name[] = "images/v2.2.0.json";
    struct err err;

    begin();
    CHECK_OK(table_publish_links_check(&repository, name, &err), err);
    CHECK_OK(table_publish_links_check(&repository, "images/v2.3.0.json", &err), err);
    CHECK_OK(table_publish_links_check(&repository, "not/there/yet", &err), err);
    link_to("elsewhere", "repo/images/other.json");
    CHECK_OK(table_publish_links_check(&repository, name, &err), err);
    link_to("v2.3.0.json", "repo/images/v2.2.0.json.0123456789abcdef.sigstore.json");
    check_refused(name, "/images/v2.2.0.json: v2.2.0.json.0123456789abcdef.sigstore.json: " REFUSED);
    CHECK(unlink(temp_path(&folder, "repo/images/v2.2.0.json.0123456789abcdef.sigstore.json")) == 0);
    link_to("nowhere", "repo/images/v2.2.0.json");
    check_refused(name, "/images/v2.2.0.json: " REFUSED);
    link_to("images", "repo/constellation");
    check_refused("constellation/x", "/constellation/x: a part of it is a symbolic link or a file, and neither "
                                     "is gone through");
    end();
}
