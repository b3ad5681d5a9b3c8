/* terraform.h for a program that leaves it out: --terraform is refused. */
#include <string.h>

#include "resolver/cli/session.h"
#include "resolver/cli/terraform.h"

enum err_code terraform_read(int fd, struct arena *arena, struct question *question,
                             struct err *err)
{
    (void)fd;
    (void)arena;
    memset(question, 0, sizeof *question);
    return err_set(err, ERR_POLICY, "--terraform: this program was built without it: use sealift-resolver");
}
