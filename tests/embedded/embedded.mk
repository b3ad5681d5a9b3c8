# The resolver's core in a microcontroller: Cortex-M4, 128 KiB of flash, 64 KiB of RAM. Included by tests/rules.mk.
BARE       := vendor/cache/arm-none-eabi
bare_flags := -mcpu=cortex-m4 -mthumb --specs=nano.specs -Os -ffunction-sections -fdata-sections -isystem $(BARE)/include \
              -Dvsnprintf=bounded_vsnprintf -Dsnprintf=bounded_snprintf
# All of base/, crypto/ and core/ but the heap and YAML; the linker leaves out what is not reached.
bare       := $(filter-out %/heap.o resolver/base/yaml%,$(layers)) resolver/base/yaml_none.o resolver/base/bounded_format.o \
              $(one_stack) resolver/api.o resolver/api_values.o
bare_image := $(bare) tests/embedded/board.o tests/embedded/board_mps2.o

build/arm-none-eabi/%.o: %.c | $(BARE)/.built
	@mkdir -p $(@D) && echo "  CC $@"
	$(Q)arm-none-eabi-gcc $(COMMON) $(bare_flags) -c $< -o $@

$(BARE)/.built: vendor/lock vendor/build
	vendor/prerequisites embedded
	vendor/fetch bearssl jsmn
	vendor/build arm-none-eabi
	@touch $@

bare_link = -mcpu=cortex-m4 -mthumb --specs=nano.specs -nostartfiles -Ttests/embedded/mps2.ld \
            -Wl,--gc-sections,--build-id=none,--fatal-warnings,-Map=$@.map
link_bare = $(call linked,arm-none-eabi-gcc $(bare_link) -o $@.new $(filter %.o,$^) $(BARE)/lib/libbearssl.a)

build/arm-none-eabi/image: $(addprefix build/arm-none-eabi/,$(bare_image) tests/embedded/example.o tests/embedded/image.o) tests/embedded/mps2.ld
	$(link_bare)

# Every fixture goes through code that stops the board at the first undefined thing, a misaligned access among them.
build/traps/%.o: %.c | $(BARE)/.built
	@mkdir -p $(@D) && echo "  CC $@"
	$(Q)arm-none-eabi-gcc $(COMMON) $(bare_flags) -fsanitize=undefined,alignment -fsanitize-undefined-trap-on-error -c $< -o $@

build/arm-none-eabi/verdicts: $(addprefix build/traps/,$(bare_image) tests/embedded/verdicts.o) tests/embedded/mps2.ld
	$(link_bare)

# The same questions to the same core on this machine; with CROSS= on another.
$(to)/verdicts: $(addprefix build/$(machine)/,$(filter-out resolver/base/bounded_format.o,$(bare)) \
                $(addprefix tests/embedded/,board.o board_host.o verdicts.o))
	$(call link,$^)

check-embedded: ## the resolver's core on a Cortex-M4, under qemu
	vendor/prerequisites embedded
	$(MAKE) --no-print-directory $(parallel) build/arm-none-eabi/image build/arm-none-eabi/verdicts build/verdicts
	tests/embedded/run

.PHONY: check-embedded
