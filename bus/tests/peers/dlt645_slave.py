# A meter of its own on TCP: listens on the port given and says when it does.
# The package takes the address low digits first, as on the wire.
import sys
import time

from dlt645.service.serversvc.server_service import MeterServerService

port, address = sys.argv[1:]
meter = MeterServerService.new_tcp_server("127.0.0.1", int(port), 60.0)
assert meter.set_address("".join(reversed([address[i : i + 2] for i in range(0, 12, 2)])))
assert meter.set_00(0x00000000, 1234.56)
assert meter.set_00(0x00010000, 987.65)
assert meter.set_02(0x02010100, 229.8)
assert meter.set_02(0x02800002, 49.98)
meter.start()
print("listening", flush=True)
# Until whoever started it closes its input.
sys.stdin.read()
