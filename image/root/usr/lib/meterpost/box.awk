# Reads box.toml: tables of the system into `settings`, all others into `kiosk`. See usr/lib/meterpost/box.

function wrong(what, right) {
    print FILENAME ": line " FNR ": [" table "] " what (right == "" ? "" : "; right would be: " right) >"/dev/stderr"
    errors++
}

# key KEY PATTERN EXAMPLE: the system's tables and what they may hold.
function key(name, pattern, example) {
    patterns[name] = pattern
    examples[name] = example
    split(name, part, ".")
    ours[part[1]] = ours[part[1]] == "" ? part[2] : ours[part[1]] ", " part[2]
}

BEGIN {
    key("box.hostname", "^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$", "\"meterpost-{serial}\"")
    key("box.timezone", "^[A-Za-z]+(/[A-Za-z0-9_+-]+)*$", "\"Asia/Shanghai\"")
    key("box.rotation", "^(0|90|180|270)$", "0, 90, 180 or 270")
    key("box.ppi", "^[1-9][0-9]*(\\.[0-9]+)?$", "the panel's pixels per inch: 149.4")
    key("box.output", "^[A-Za-z0-9-]+$", "\"HDMI-A-1\"")
    key("box.mode", "^[0-9]+$", "the number of the panel's mode")
    key("box.touch_matrix", "^-?[0-9.]+ -?[0-9.]+ -?[0-9.]+ -?[0-9.]+ -?[0-9.]+ -?[0-9.]+$", "six numbers: \"1 0 0 0 1 0\"")
    key("network.address", "^[0-9a-fA-F.:]+/[0-9]+$", "\"192.168.1.20/24\"; without it the network tells it (DHCP)")
    key("network.gateway", "^[0-9a-fA-F.:]+$", "\"192.168.1.1\"")
    key("network.dns", "^[0-9a-fA-F.: ]+$", "\"192.168.1.1\"")
    key("network.ntp", "^[A-Za-z0-9.: -]+$", "\"ntp.example\"")
    key("wifi.country", "^[A-Z][A-Z]$", "two letters: \"CN\"")
    key("wifi.ssid", "^[^\"\\\\]+$", "\"the network's name\"")
    key("wifi.passphrase", "^[^\"\\\\]+$", "8 to 63 characters")
    key("update.url", "^https://[^ \"]+$", "\"https://updates.example/meterpost\"")
    table = "top"
    printf "" >settings
    printf "" >kiosk
}

/^[ \t]*\[/ {
    table = $0
    gsub(/^[ \t]*\[+[ \t]*|[ \t]*\]+.*$/, "", table)
    seen[table] = 1
    if (table == "commands") wrong("the image sets this table itself")
    if (!(table in ours)) {
        print >kiosk
        # Where the image keeps what must not be lost.
        if (table == "terminal") print "data = \"/data/terminal\"\nhead = \"/head/terminal/head\"" >kiosk
    }
    next
}

!(table in ours) {
    if (table == "terminal" && $0 ~ /^[ \t]*(data|head)[ \t]*=/) wrong("the image sets data and head itself")
    print >kiosk
    next
}

/^[ \t]*(#|$)/ { next }

{
    name = $0
    value = $0
    if (!sub(/[ \t]*=.*$/, "", name)) {
        wrong("\"" $0 "\" is no setting", "KEY = VALUE")
        next
    }
    sub(/^[ \t]*/, "", name)
    sub(/^[^=]*=[ \t]*/, "", value)
    if (value ~ /^"/) {
        if (!match(value, /^"[^"]*"[ \t]*(#.*)?$/)) {
            wrong(name ": the quotes do not match", examples[table "." name])
            next
        }
        sub(/^"/, "", value)
        sub(/"[ \t]*(#.*)?$/, "", value)
    } else
        sub(/[ \t]*(#.*)?$/, "", value)
    full = table "." name
    if (!(full in patterns)) {
        wrong(name ": unknown key", "one of " ours[table])
        next
    }
    if (full in given) wrong(name ": is there twice")
    given[full] = value
    plain = value
    gsub(/\{serial\}/, "0", plain)
    if (full == "wifi.passphrase" && (length(plain) < 8 || length(plain) > 63)) wrong(name ": " length(plain) " characters", examples[full])
    if (plain !~ patterns[full]) wrong(name ": \"" value "\"", examples[full])
    print full "\t" value >settings
}

END {
    table = "box"
    if (!("box.hostname" in given)) wrong("hostname: missing", examples["box.hostname"])
    if (!("box.timezone" in given)) wrong("timezone: missing", examples["box.timezone"])
    if (!("terminal" in seen)) { table = "terminal"; wrong("missing", "the tables of docs/kiosk-config.md") }
    if (("wifi.ssid" in given) && !(("wifi.passphrase" in given) && ("wifi.country" in given))) { table = "wifi"; wrong("passphrase and country are missing") }
    print "\n[commands]\nreboot = [\"/usr/lib/meterpost/order\", \"reboot\"]" >kiosk
    print "shutdown = [\"/usr/lib/meterpost/order\", \"shutdown\"]" >kiosk
    print "update = [\"/usr/lib/meterpost/update\", \"{version}\"]" >kiosk
    exit errors > 0
}
