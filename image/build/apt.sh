# shellcheck shell=bash disable=SC2154,SC2016
# An apt of our own: it reads Debian 13 through the builder's own mirrors and settings, and touches nothing of the builder's apt. Sourced.

# private_apt ARCHITECTURE: makes its folders and names its configuration in APT_CONFIG.
private_apt() {
    local apt=$cache/apt-$1 keyring=/usr/share/keyrings/debian-archive-keyring.gpg main security
    [ -e "$keyring" ] || fail "the keys of Debian's archive are missing; install the package debian-archive-keyring"
    mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
    # The mirrors are those of the builder.
    bases() { apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | sed -n "s/^$1 //p" | sort -u | head -1; }
    main=$(bases Debian)
    security=$(bases Debian-Security)
    if [ -z "$main" ] || [ -z "$security" ]; then
        fail "apt of this machine names no mirror of Debian and of its security updates; add them to /etc/apt/sources.list.d and run apt-get update"
    fi
    {
        echo "deb [signed-by=$keyring] $main $SUITE main non-free-firmware"
        echo "deb [signed-by=$keyring] $main $SUITE-updates main non-free-firmware"
        echo "deb [signed-by=$keyring] $security $SUITE-security main non-free-firmware"
    } >"$apt/sources.list"
    : >"$apt/status"
    cat >"$apt/apt.conf" <<CONF
APT::Architecture "$1";
APT::Architectures { "$1"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$apt/state";
Dir::State::Status "$apt/status";
Dir::Cache "$apt/cache";
CONF
    export APT_CONFIG=$apt/apt.conf
}
