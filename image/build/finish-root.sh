#!/usr/bin/env bash
# finish-root.sh ROOT: makes the unpacked packages a system. What their scripts would have done at an installation is done here, by programs of
# the builder's architecture. Runs inside the tools.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"
root=${1:?which root}

# The image's own files, and the programs.
cp -a --no-preserve=ownership "$image/root/." "$root/"
install -m 755 "$work/programs/"* "$root/usr/bin/"
printf 'version=%s\narch=%s\n' "$version" "$ARCH" >"$root/usr/lib/meterpost/release"
mkdir -p "$root/usr/lib/meterpost/update-keys" "$root/usr/share/doc/meterpost" "$root/usr/share/meterpost/box"
cp "$work/update-keys/"*.pem "$root/usr/lib/meterpost/update-keys/"
cp "$image/../docs/image.md" "$project"/LICENSES/* "$root/usr/share/doc/meterpost/"
cp -r "$BOX/." "$root/usr/share/meterpost/box/"
bash "$root/usr/lib/meterpost/box" check "$root/usr/share/meterpost/box/box.toml" || fail "the box's description is not in order; see above"

# Folders that base-files and others would have made, and where things are mounted.
mkdir -p "$root"/{boot/firmware,data,head,dev,proc,sys,run,tmp,var,mnt,home,root,usr/local/bin}
rm -rf "${root:?}"/var/* "${root:?}"/tmp/*

# Firmware of the radios of the boards.
firmware=$root/usr/lib/firmware
mkdir -p "$firmware"/{brcm,cypress}
for chip in 43430 43455; do
    cp -a "$work/boot-packages/usr/lib/firmware/brcm/brcmfmac$chip-sdio."{bin,clm_blob,raspberrypi*} "$firmware/brcm/"
    cp -a "$work/boot-packages/usr/lib/firmware/cypress/cyfmac$chip-sdio."* "$firmware/cypress/"
done

# Accounts. Nobody can log in: no account has a password or a shell.
rm -f "$root"/etc/{passwd,group,shadow,gshadow}
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
sed -i 's#:/bin/bash$#:/usr/sbin/nologin#; s#:/bin/sync$#:/usr/sbin/nologin#' "$root/etc/passwd"
systemd-sysusers --root="$root"
cut -d : -f 1 "$root/etc/passwd" | sed "s/\$/:*:20000:0:99999:7:::/" >"$root/etc/shadow"
cut -d : -f 1 "$root/etc/group" | sed "s/\$/:*::/" >"$root/etc/gshadow"
chmod 640 "$root/etc/shadow" "$root/etc/gshadow"
rm -f "$root"/etc/{passwd,group,shadow,gshadow}- "$root/etc/.pwd.lock"

# What installation scripts would have written.
echo meterpost >"$root/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
: >"$root/etc/machine-id"
: >"$root/etc/resolv.conf"
ln -sfn ../usr/lib/os-release "$root/etc/os-release"
ln -sfn /usr/share/zoneinfo/UTC "$root/etc/localtime"
ln -sfn mawk "$root/usr/bin/awk"
mkdir -p "$root/etc/fonts/conf.d"
for font in "$root"/usr/share/fontconfig/conf.avail/*.conf; do ln -sfn "/usr/share/fontconfig/conf.avail/$(basename "$font")" "$root/etc/fonts/conf.d/"; done
for stack in account auth password session session-noninteractive; do
    sed '/^\$/d' "$root/usr/share/pam/common-$stack" >"$root/etc/pam.d/common-$stack"
done
# In no time zone of the builder, and never before the image was made.
touch "$root/usr/lib/clock-epoch"

# Units. What is not named in the preset does not run; consoles cannot be opened at all.
rm -f "$root"/usr/lib/systemd/system/{alsa-*.service,e2scrub*,polkit.service,systemd-bsod.service}
rm -rf "$root"/etc/{init.d,rc*.d,cron.*,runit,sv,initramfs-tools,kernel,apt,dpkg,ssh,X11}
systemctl --root="$root" --quiet preset-all
for unit in getty@.service serial-getty@.service autovt@.service console-getty.service container-getty@.service debug-shell.service \
    getty.target ctrl-alt-del.target ldconfig.service systemd-hwdb-update.service systemd-journal-catalog-update.service systemd-update-done.service \
    systemd-sysusers.service systemd-networkd-wait-online.service systemd-firstboot.service systemd-machine-id-commit.service \
    systemd-remount-fs.service systemd-update-utmp.service systemd-logind.service dbus.service dbus.socket user@.service; do
    ln -sfn /dev/null "$root/etc/systemd/system/$unit"
done
ln -sfn /usr/lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"

kernel=$(basename "$root"/usr/lib/modules/*)
depmod -b "$root" "$kernel"

# The development profile has a root shell on the serial console, without a password. It says so in the image's name.
if [ "$PROFILE" = development ]; then
    rm -f "$root/etc/systemd/system/serial-getty@.service" "$root/etc/systemd/system/getty.target"
    sed -i 's#^root:\(.*\):/usr/sbin/nologin$#root:\1:/bin/bash#' "$root/etc/passwd"
    mkdir -p "$root/etc/systemd/system/serial-getty@.service.d" "$root/etc/systemd/system/multi-user.target.wants"
    printf '[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root --keep-baud 115200 %%I vt220\n' \
        >"$root/etc/systemd/system/serial-getty@.service.d/root.conf"
    ln -sfn /usr/lib/systemd/system/serial-getty@.service "$root/etc/systemd/system/multi-user.target.wants/serial-getty@ttyAMA0.service"
fi

# The kernel goes to the slot's boot partition.
rm -rf "$work/kernel"
mkdir -p "$work/kernel/dtb"
mv "$root/boot/vmlinuz-$kernel" "$work/kernel/vmlinuz"
find "$root/usr/lib" -path '*/linux-image-*/*.dtb' -exec mv {} "$work/kernel/dtb/" \;
rm -rf "$root"/usr/lib/linux-image-* "$root"/boot/[!f]* "$root"/{vmlinuz,initrd.img}*

# No program of the image runs with rights of another account.
find "$root" -xdev -type f -perm /6000 -exec chmod ug-s {} +
find "$root" -xdev -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
