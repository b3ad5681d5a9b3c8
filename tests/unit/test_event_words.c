/* What is said of events, and that events of another form than their type's are named by the type alone. */
#include "bundle/measure/event_words.h"

#include <string.h>

#include "tests/unit/test.h"

#define DRIVER_CONFIG 0x80000001u
#define BOOT 0x80000002u
#define BLOB 0x80000008u
#define BLOB2 0x8000000Au
#define GUID "0123456789abcdef"
#define LOADED "loadedatlength--linkedat"

static void check(uint32_t type, struct slice text, const char *words, const char *value)
{
    struct pcr_event event = {.type = type, .text = test_guarded(text)};
    uint8_t bytes[200];
    struct buf out;

    buf_init_fixed(&out, bytes, sizeof bytes);
    event_words(&event, &out);
    CHECK_TEXT(words, buf_slice(&out));
    buf_clear(&out);
    event_value(&event, &out);
    CHECK_TEXT(value, buf_slice(&out));
    CHECK(!out.failed);
}

TEST(event_words_name_variables)
{
    check(DRIVER_CONFIG, SLICE(GUID "\x0a\0\0\0\0\0\0\0" "\x01\0\0\0\0\0\0\0" "S\0e\0c\0u\0r\0e\0B\0o\0o\0t\0\x01"),
          "EV_EFI_VARIABLE_DRIVER_CONFIG SecureBoot", "on");
    check(DRIVER_CONFIG, SLICE(GUID "\x0a\0\0\0\0\0\0\0" "\x01\0\0\0\0\0\0\0" "S\0e\0c\0u\0r\0e\0B\0o\0o\0t\0\x00"),
          "EV_EFI_VARIABLE_DRIVER_CONFIG SecureBoot", "off");
    check(DRIVER_CONFIG, SLICE(GUID "\x0a\0\0\0\0\0\0\0" "\x01\0\0\0\0\0\0\0" "S\0e\0c\0u\0r\0e\0B\0o\0o\0t\0\x02"),
          "EV_EFI_VARIABLE_DRIVER_CONFIG SecureBoot", "1 bytes");
    check(DRIVER_CONFIG, SLICE(GUID "\x02\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0" "P\0K\0"),
          "EV_EFI_VARIABLE_DRIVER_CONFIG PK", "empty");
    check(0x800000E0, SLICE(GUID "\x02\0\0\0\0\0\0\0" "\x03\0\0\0\0\0\0\0" "d\0b\0abc"),
          "EV_EFI_VARIABLE_AUTHORITY db", "3 bytes");
    check(BOOT, SLICE(GUID "\x09\0\0\0\0\0\0\0" "\x04\0\0\0\0\0\0\0" "B\0o\0o\0t\0O\0r\0d\0e\0r\0\x01\x00\x0f\x0a"),
          "EV_EFI_VARIABLE_BOOT BootOrder", "0001 0A0F");
    check(0x8000000C, SLICE(GUID "\x08\0\0\0\0\0\0\0" "\x0c\0\0\0\0\0\0\0" "B\0o\0o\0t\0\x30\0\x30\0\x30\0F\0attrlnU\0\x04\x04\0\0"),
          "EV_EFI_VARIABLE_BOOT2 Boot000F", "U?");
    check(BOOT, SLICE(GUID "\x08\0\0\0\0\0\0\0" "\x02\0\0\0\0\0\0\0" "B\0o\0o\0t\0\x30\0\x30\0\x30\0G\0ab"),
          "EV_EFI_VARIABLE_BOOT Boot000G", "2 bytes");
    check(BOOT, SLICE(GUID "\x08\0\0\0\0\0\0\0" "\x02\0\0\0\0\0\0\0" "B\0o\0o\0t\0\x30\0\x30\0\x30\0\x31\x01" "ab"),
          "EV_EFI_VARIABLE_BOOT Boot000?", "2 bytes");
}

TEST(event_words_doubt_variables)
{
    static const char *const name = "EV_EFI_VARIABLE_BOOT";
    static const char whole[] = GUID "\x02\0\0\0\0\0\0\0" "\x03\0\0\0\0\0\0\0" "d\0b\0abc";

    for (size_t len = 0; len < sizeof whole - 1; len++)
        check(BOOT, slice_of(whole, len), name, "");
    check(BOOT, slice_of(whole, sizeof whole - 1), "EV_EFI_VARIABLE_BOOT db", "3 bytes");
    check(BOOT, SLICE(GUID "\xff\xff\xff\xff\xff\xff\xff\xff" "\x03\0\0\0\0\0\0\0" "d\0b\0abc"), name, "");
    check(BOOT, SLICE(GUID "\x02\0\0\0\0\0\0\x80" "\x03\0\0\0\0\0\0\0" "d\0b\0abc"), name, "");
    check(BOOT, SLICE(GUID "\x02\0\0\0\0\0\0\0" "\x03\0\0\0\x01\0\0\0" "d\0b\0abc"), name, "");
}

TEST(event_words_name_programs)
{
    static const char *const name = "EV_EFI_BOOT_SERVICES_APPLICATION";

    check(PCR_EV_BOOT_APPLICATION,
          SLICE(LOADED "\x16\0\0\0\0\0\0\0" "\x02\x01\x06\0xx" "\x04\x04\x08\0\\\0E\0" "\x04\x04\x04\0" "\x7f\xff\x04\0"),
          "EV_EFI_BOOT_SERVICES_APPLICATION \\E", "");
    check(PCR_EV_BOOT_APPLICATION,
          SLICE(LOADED "\x18\0\0\0\0\0\0\0" "\x04\x03\x14\0\xf8\xd1\xc5\x55\xcd\x04\xb5\x46\x8a\x20\xe5\x6c\xbb\x30\x52"
                       "\xd0\x7f\xff\x04\0"),
          "EV_EFI_BOOT_SERVICES_APPLICATION (the kernel that systemd-stub starts)", "");
    check(PCR_EV_BOOT_APPLICATION,
          SLICE(LOADED "\x18\0\0\0\0\0\0\0" "\x04\x03\x14\0\xf8\xd1\xc5\x55\xcd\x04\xb5\x46\x8a\x20\xe5\x6c\xbb\x30\x52"
                       "\xd1\x7f\xff\x04\0"), name, "");
    /* Longer than the event, nodes that do not end, too short and too long, and what follows the end. */
    check(PCR_EV_BOOT_APPLICATION, SLICE(LOADED "\x09\0\0\0\0\0\0\0" "\x04\x04\x08\0\\\0E\0"), name, "");
    check(PCR_EV_BOOT_APPLICATION, SLICE(LOADED "\x08\0\0\0\x01\0\0\0" "\x04\x04\x08\0\\\0E\0"), name, "");
    check(PCR_EV_BOOT_APPLICATION, SLICE(LOADED "\x08\0\0\0\0\0\0\0" "\x04\x04\x09\0\\\0E\0"), name, "");
    check(PCR_EV_BOOT_APPLICATION, SLICE(LOADED "\x08\0\0\0\0\0\0\0" "\x04\x04\x03\0\\\0E\0"), name, "");
    check(PCR_EV_BOOT_APPLICATION, SLICE(LOADED "\x03\0\0\0\0\0\0\0" "\x04\x04\x08"), name, "");
    check(PCR_EV_BOOT_APPLICATION,
          SLICE(LOADED "\x0c\0\0\0\0\0\0\0" "\x7f\xff\x04\0" "\x04\x04\x08\0\\\0E\0"), name, "");
    check(PCR_EV_BOOT_APPLICATION, SLICE("short"), name, "");
    check(0x80000004, SLICE(LOADED "\x08\0\0\0\0\0\0\0" "\x04\x04\x08\0\\\0D\0"),
          "EV_EFI_BOOT_SERVICES_DRIVER \\D", "");
    check(0x80000005, SLICE(LOADED "\x08\0\0\0\0\0\0\0" "\x04\x04\x08\0\\\0R\0"),
          "EV_EFI_RUNTIME_SERVICES_DRIVER \\R", "");
}

TEST(event_words_name_the_rest)
{
    char longest[300];

    check(PCR_EV_ACTION, SLICE("Exit Boot\0more"), "EV_EFI_ACTION 'Exit Boot'", "");
    check(PCR_EV_IPL, SLICE("q\0u\0\xe4\0\0\0z\0"), "EV_IPL 'qu?'", "");
    check(PCR_EV_IPL, SLICE(""), "EV_IPL ''", "");
    check(PCR_EV_EVENT_TAG, SLICE("tag-size" "Linux initrd\0"), "EV_EVENT_TAG 'Linux initrd'", "");
    check(PCR_EV_SEPARATOR, SLICE("\0\0\0\0"), "EV_SEPARATOR", "");
    check(0x99, SLICE("abc"), "event of a type that is not known", "");
    check(BLOB, SLICE("\x00\x00\x82\0\0\0\0\0" "\x10\0\0\0\0\0\0\0"),
          "EV_EFI_PLATFORM_FIRMWARE_BLOB at 0x820000", "16 bytes");
    check(BLOB, SLICE("\x00\x00\x82\0\0\0\0"), "EV_EFI_PLATFORM_FIRMWARE_BLOB", "");
    check(BLOB, SLICE("\x00\x00\x82\0\0\0\0\0" "\x10\0\0\0\0\0\0"),
          "EV_EFI_PLATFORM_FIRMWARE_BLOB at 0x820000", "");
    check(BLOB2, SLICE("\x03PEI\x01\0\0\0\0\0\0\0" "\x02\0\0\0\0\0\0\0"),
          "EV_EFI_PLATFORM_FIRMWARE_BLOB2 PEI at 0x1", "2 bytes");
    memset(longest, 'a', sizeof longest);
    check(PCR_EV_ACTION, slice_of(longest, sizeof longest),
          "EV_EFI_ACTION 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'", "");
}
