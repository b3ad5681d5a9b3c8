/* Start-up and semihosting of the MPS2 board with a Cortex-M4 (AN386), as qemu knows it. */
#include <string.h>

#include "tests/embedded/board.h"

#define PAINT 0xA5A5A5A5u
#define STACK_GUARD_BYTES 64

/* Arm's semihosting (Semihosting for AArch32 and AArch64, 5) */
enum { SYS_OPEN = 0x01, SYS_CLOSE = 0x02, SYS_WRITE0 = 0x04, SYS_READ = 0x06, SYS_FLEN = 0x0C, SYS_EXIT_EXTENDED = 0x20 };
#define OPEN_READ_BINARY 1
#define STOPPED_APPLICATION_EXIT 0x20026

extern uint32_t board_data_start[], board_data_end[], board_data_load[];
extern uint32_t board_bss_start[], board_bss_end[];
extern uint32_t board_stack_start[], board_stack_end[];

int main(void);
noreturn void board_reset(void);
noreturn void board_fault(void);

static int semihost(int call, const void *argument)
{
    register int r0 __asm__("r0") = call;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))(uintptr_t)board_stack_end,
    board_reset,
    board_fault, /* NMI */
    board_fault, /* HardFault */
    board_fault, /* MemManage */
    board_fault, /* BusFault */
    board_fault, /* UsageFault */
};

/* No C library has run yet, and nothing may be on the stack but this frame. */
__attribute__((optimize("no-tree-loop-distribute-patterns"))) noreturn void board_reset(void)
{
    uint32_t *from = board_data_load;

    for (uint32_t *to = board_data_start; to < board_data_end; to++)
        *to = *from++;
    for (uint32_t *to = board_bss_start; to < board_bss_end; to++)
        *to = 0;
    for (uint32_t *to = board_stack_start; to < (uint32_t *)__builtin_frame_address(0) - 16; to++)
        *to = PAINT;
    /* CCR: unaligned words and divisions by zero are faults. */
    *(volatile uint32_t *)0xE000ED14 |= 1u << 4;
    board_exit(main());
}

noreturn void board_fault(void)
{
    board_say("fault: the processor stopped the image\n");
    board_exit(1);
}

void board_say(const char *text)
{
    semihost(SYS_WRITE0, text);
}

size_t board_read(const char *path, uint8_t *out, size_t max_size)
{
    const uint32_t name[3] = {(uint32_t)(uintptr_t)path, OPEN_READ_BINARY, (uint32_t)strlen(path)};
    const int handle = semihost(SYS_OPEN, name);
    const uint32_t file[1] = {(uint32_t)handle};
    const int size = handle < 0 ? -1 : semihost(SYS_FLEN, file);
    uint32_t block[3] = {(uint32_t)handle, (uint32_t)(uintptr_t)out, (uint32_t)size};
    int missing = 1;

    if (size >= 0 && (size_t)size <= max_size)
        missing = size ? semihost(SYS_READ, block) : 0;
    if (handle >= 0)
        semihost(SYS_CLOSE, file);
    return missing ? SIZE_MAX : (size_t)size;
}

size_t board_stack_used(void)
{
    const uint32_t *at = board_stack_start;

    while (at < board_stack_end && *at == PAINT)
        at++;
    if ((size_t)(at - board_stack_start) * sizeof *at < STACK_GUARD_BYTES)
        return SIZE_MAX;
    return (size_t)(board_stack_end - at) * sizeof *at;
}

noreturn void board_exit(int status)
{
    const uint32_t block[2] = {STOPPED_APPLICATION_EXIT, (uint32_t)status};

    for (;;)
        semihost(SYS_EXIT_EXTENDED, block);
}
