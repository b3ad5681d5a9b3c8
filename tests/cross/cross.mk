# The programs of other machines, under qemu's user mode emulation. Included by tests/rules.mk.
machines := aarch64-linux-gnu arm-linux-gnueabihf s390x-linux-gnu

$(addprefix build/$(machine)/tests/,unit/%.o contract/%.o): OPTIMIZE := -O1

cross_tested   := $(to)/tested.a
cross_units    := $(patsubst %.c,build/$(machine)/%.o,$(wildcard tests/unit/*.c))
cross_contract := $(patsubst %.c,build/$(machine)/%.o,$(wildcard tests/contract/*.c)) build/$(machine)/tests/unit/main.o

$(cross_tested): $(tested:%=build/$(machine)/%)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

$(to)/unit: $(cross_units) $(addprefix build/$(machine)/resolver/,crypto/backends_both.o cli/program_resolver.o) $(cross_tested)
	$(call link,$^)

$(to)/contract-both: $(cross_contract) build/$(machine)/resolver/crypto/backends_both.o $(cross_tested)
	$(call link,$^)

# What resolver-min has of BearSSL.
$(to)/contract-small: $(cross_contract) $(addprefix build/$(machine)/,$(filter %l_crypto.o %_small.o %s_bearssl.o,$(small))) $(cross_tested)
	$(call link,$^)

small-programs: $(addprefix $(to)/,contract-small resolver-min)
cross-programs: all small-programs $(addprefix $(to)/,contract-both unit verdicts)

check-small: ## resolver-min: the tests for what it has
	vendor/prerequisites test
	$(MAKE) --no-print-directory $(parallel) small-programs
	tests/cross/run --small

# sealift-resolver with a part left out or put in, to see what the part costs.
$(to)/size-local: $(addprefix build/$(flavour)/,$(layers) $(local) $(one_stack))
	$(call link,$(filter %.o,$^))

$(to)/size-json: $(addprefix build/$(flavour)/,$(filter-out resolver/base/yaml%,$(layers)) resolver/base/yaml_none.o $(local) $(one_stack))
	$(call link,$(filter %.o,$^))

$(to)/size-two: $(addprefix build/$(flavour)/,$(filter-out $(one_stack),$(sealift-resolver)) $(two_stack))
	$(call link,$(filter %.o,$^))

sized: $(addprefix $(to)/,sealift sealift-resolver resolver-min size-local size-json size-two)

size: ## a table of sizes, by program and machine, and what each part costs
	vendor/prerequisites cross
	vendor/prerequisites embedded
	for m in "" $(machines); do $(MAKE) --no-print-directory CROSS=$$m sized >/dev/null || exit 1; done
	$(MAKE) --no-print-directory build/arm-none-eabi/image >/dev/null
	@tests/cross/size $(machines)

check-cross: ## the tests on AArch64, 32-bit Arm and s390x (big-endian), under qemu
	vendor/prerequisites cross
	$(MAKE) --no-print-directory build/verdicts
	for m in $(machines); do $(MAKE) --no-print-directory $(parallel) CROSS=$$m cross-programs || exit 1; done
	tests/cross/run $(machines)

.PHONY: size sized small-programs cross-programs check-small check-cross
