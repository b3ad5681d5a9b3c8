/*
 * init.c - the only program in the initrd of tests/boot/run: prints what the TPM says, and powers off.
 *
 * To the first serial port: "PCR N HEX" for each register of the SHA-256 bank, "LOG", the event log in
 * lines of hex digits, "END".
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#define PCRS "/sys/class/tpm/tpm0/pcr-sha256/"
#define LOG "/sys/kernel/security/tpm0/binary_bios_measurements"
#define LINE 64

static void print_registers(FILE *port)
{
    for (int pcr = 0; pcr < 24; pcr++) {
        char path[sizeof PCRS + 8], value[80] = "";
        FILE *file;

        snprintf(path, sizeof path, PCRS "%d", pcr);
        file = fopen(path, "r");
        if (!file || !fgets(value, sizeof value, file))
            fprintf(port, "cannot read %s\n", path);
        value[strcspn(value, "\n")] = '\0';
        fprintf(port, "PCR %d %s\n", pcr, value);
        if (file)
            fclose(file);
    }
}

static void print_log(FILE *port)
{
    unsigned char bytes[LINE];
    FILE *file = fopen(LOG, "r");
    size_t len;

    fprintf(port, "LOG\n");
    while (file && (len = fread(bytes, 1, sizeof bytes, file)) > 0) {
        for (size_t i = 0; i < len; i++)
            fprintf(port, "%02x", bytes[i]);
        fprintf(port, "\n");
    }
    fprintf(port, "END\n");
}

int main(void)
{
    FILE *port;

    mkdir("/dev", 0755);
    mkdir("/sys", 0755);
    mount("none", "/dev", "devtmpfs", 0, NULL);
    mount("none", "/sys", "sysfs", 0, NULL);
    mount("none", "/sys/kernel/security", "securityfs", 0, NULL);
    port = fopen("/dev/ttyS0", "w");
    if (port) {
        print_registers(port);
        print_log(port);
        fclose(port);
    }
    sync();
    reboot(RB_POWER_OFF);
    return 1;
}
