# Reads telegrams in hex, one a line. Prints, line by line as JSON, what two independent decoders make of each.
import json
import sys

import meterbus
import pymbusparser


def by_pymbusparser(telegram):
    said = pymbusparser.parse(telegram)
    identity = said["meter"]["identity"]
    records = [
        {
            "storage": record["storage_number"],
            "tariff": record["tariff"],
            "subunit": record["subunit"],
            "value": record.get("value", {}).get("value"),
        }
        for record in said["records"]
        if record["function"] not in ("More records follow", "Manufacturer specific")
    ]
    return {"id": identity["id"], "maker": identity.get("manufacturer_code"), "records": records, "state": said["decode_state"]}


def by_pymeterbus(telegram):
    said = meterbus.load(bytes.fromhex(telegram))
    records = json.loads(said.to_JSON())["body"]["records"]
    return {
        "records": [
            {"storage": record["storage_number"], "value": record["value"]}
            for record in records
            if record["value"] is not None
        ],
        "more": said.more_records_follow,
    }


def attempt(decoder, telegram):
    try:
        return decoder(telegram)
    except Exception as error:
        return {"failed": repr(error)}


for line in sys.stdin:
    telegram = line.strip()
    print(json.dumps([attempt(by_pymbusparser, telegram), attempt(by_pymeterbus, telegram)]))
