#!/usr/bin/env python3
"""uki-sections.py DISK DIR - writes every section of the disk's UKI that the stub measures to a file in DIR,
named as the options of systemd-measure are: linux, osrel, ...; found by fixtures/predict.py, which shares
nothing with Sealift."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fixtures"))
import predict  # noqa: E402

with open(sys.argv[1], "rb") as file:
    fat = predict.Fat(predict.esp_of(file.read()))
default = [fat.read(f"EFI/BOOT/BOOT{machine}.EFI") for machine in ("X64", "AA64")]
pe = predict.Pe(default[0] or default[1])
for name, contents in predict.parts_of(pe, pe.version("systemd-stub")).items():
    if name.startswith(".") and name[1:] in " ".join(predict.ORDER.values()).replace(".", "").split():
        with open(os.path.join(sys.argv[2], name[1:]), "wb") as file:
            file.write(contents)
