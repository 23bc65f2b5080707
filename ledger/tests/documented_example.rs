#[test]
fn x() {
    let cddl = &include_str!("../../docs/ledger.cddl").replace("-9223372036854775808", "-9223372036854775807");
    let e = [0x85u8, 3];
    println!("{:?}", cddl_cat::validate_cbor_bytes("event", cddl, &[0x84, 3, 1, 1, 0x19, 3, 0xe8]));
    println!("{:?}", cddl_cat::validate_cbor_bytes("event", cddl, &[0x84, 3, 1, 1, 0x1b, 0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xff]));
    println!("{:?}", cddl_cat::validate_cbor_bytes("uint64", cddl, &[0x1b, 0xff,0xff,0xff,0xff,0xff,0xff,0xff,0xff]));
    println!("{:?}", cddl_cat::validate_cbor_bytes("event", cddl, &e));
}
