#include "bundle/publish/disk_machine.h"

#include "bundle/measure/boot.h"
#include "bundle/measure/pe.h"

#define MACHINE_X86_64 0x8664
#define MACHINE_AARCH64 0xaa64

static enum err_code find(const struct image *disk, struct arena *scratch, uint16_t *machine,
                          struct err *err)
{
    const struct slice by_rule = {NULL, 0};
    struct boot *boot = arena_alloc(scratch, sizeof *boot, err);
    struct pe pe;

    if (!boot || boot_find(disk, by_rule, false, scratch, boot, err) != ERR_OK ||
        pe_parse(&boot->uki.image, scratch, &pe, err) != ERR_OK)
        return err->code;
    *machine = pe.machine;
    return ERR_OK;
}

enum err_code disk_machine_find(const struct image *disk, struct arena *scratch,
                                const char **machine, struct err *err)
{
    uint16_t found = 0;
    enum err_code rc = find(disk, scratch, &found, err);

    *machine = found == MACHINE_X86_64 ? "x86_64" : found == MACHINE_AARCH64 ? "aarch64" : NULL;
    return rc == ERR_IO || rc == ERR_LIMIT || rc == ERR_BUG ? rc : ERR_OK;
}
