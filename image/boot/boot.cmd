# U-Boot runs this. It chooses a slot, counts the try before anything of the slot is touched, and starts it.
#
# The state is two equal copies of one sector in the partition `state`, in U-Boot's own format with a CRC. They are always written one after
# the other, so at any power cut at least one is whole, and the first whole one is the newest:
#   slot_order     the slots that can be started, the preferred one first
#   slot_a_tries   how often a may still be tried; marking it good (usr/lib/meterpost/slot) sets it up again
#   slot_b_tries

setenv slot_order "a b"
setenv slot_a_tries 3
setenv slot_b_tries 3
part start ${devtype} ${devnum} state state_block
${devtype} dev ${devnum}
setenv state_found
for copy in 0 8; do
    if test -z "${state_found}"; then
        setexpr block ${state_block} + ${copy}
        if ${devtype} read ${kernel_addr_r} ${block} 1; then
            if env import -c ${kernel_addr_r} 200 slot_order slot_a_tries slot_b_tries; then
                setenv state_found yes
            fi
        fi
    fi
done

setenv slot
setenv first
for candidate in ${slot_order}; do
    if test -z "${first}"; then setenv first ${candidate}; fi
    if test ${candidate} = a; then setenv left ${slot_a_tries}; else setenv left ${slot_b_tries}; fi
    if test -z "${slot}"; then
        if test ${left} -gt 0; then
            setenv slot ${candidate}
            setexpr slot_left ${left} - 1
        fi
    fi
done
if test -z "${slot}"; then
    # Every slot has failed. A box that goes on trying is better than one that stops.
    echo "METERPOST no slot has a try left; all are tried again"
    setenv slot ${first}
    setenv slot_a_tries 3
    setenv slot_b_tries 3
    setenv slot_left 2
fi
if test ${slot} = a; then setenv slot_a_tries ${slot_left}; else setenv slot_b_tries ${slot_left}; fi
env export -c -s 200 ${kernel_addr_r} slot_order slot_a_tries slot_b_tries
for copy in 0 8; do
    setexpr block ${state_block} + ${copy}
    ${devtype} write ${kernel_addr_r} ${block} 1
done
echo "METERPOST slot ${slot} tries left ${slot_left}"

part number ${devtype} ${devnum} boot-${slot} slot_part
setenv slot_args
setenv extra_args
# What this slot wants of its kernel, and what this box's firmware partition adds (for tests and diagnosis).
if load ${devtype} ${devnum}:${slot_part} ${kernel_addr_r} args.env; then
    env import -t ${kernel_addr_r} ${filesize} slot_args
fi
if load ${devtype} ${devnum}:${distro_bootpart} ${kernel_addr_r} extra.env; then
    env import -t ${kernel_addr_r} ${filesize} extra_args
fi
setenv bootargs "${slot_args} ${extra_args} meterpost.slot=${slot}"
if load ${devtype} ${devnum}:${slot_part} ${kernel_addr_r} vmlinuz; then
    if load ${devtype} ${devnum}:${slot_part} ${ramdisk_addr_r} initrd; then
        booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdt_addr}
    fi
fi
echo "METERPOST slot ${slot} cannot be started"
reset
