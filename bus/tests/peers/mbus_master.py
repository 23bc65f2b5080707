# A master of its own: reads meters behind a TCP gateway and prints what they say as JSON.
#   PORT primary ADDRESS        all telegrams of a meter by its primary address
#   PORT secondary ADDRESS      the same by secondary address (sixteen hex digits, * is not allowed)
import json
import sys

import meterbus
import serial

port, kind, address = sys.argv[1:]
line = serial.serial_for_url("socket://127.0.0.1:" + port, timeout=2)


def heard(what, kind):
    frame = meterbus.load(meterbus.recv_frame(line, length=1))
    assert isinstance(frame, kind), (what, frame)
    return frame


if kind == "primary":
    target = int(address)
    meterbus.send_ping_frame(line, target)
    heard("reset", meterbus.TelegramACK)
else:
    target = meterbus.ADDRESS_NETWORK_LAYER
    meterbus.send_select_frame(line, address)
    heard("selection", meterbus.TelegramACK)

records = []
request = meterbus.send_request_frame_multi(line, target)
while True:
    frame = heard("data", meterbus.TelegramLong)
    records += [r for r in json.loads(frame.to_JSON())["body"]["records"] if r["value"] is not None]
    if not frame.more_records_follow:
        break
    request.header.cField.parts[0] ^= meterbus.CONTROL_MASK_FCB
    request = meterbus.send_request_frame_multi(line, target, request)

print(json.dumps([{"storage": r["storage_number"], "value": r["value"]} for r in records]))
